import { sleep } from 'n8n-workflow';

import { ServiceError } from '../../shared/errors';
import { isRetryableStatus } from '../../shared/retry';

const BASE_DELAY_MS = 500;
const BACKOFF_FACTOR = 1.5;
const MAX_DELAY_MS = 15_000;

/** How long something is asked for again and again. */
export interface PollOptions<T> {
	/** Whether an answer is what is waited for. */
	isDone: (result: T) => boolean;
	/** When to ask for the last time, in ms since 1970. */
	until: number;
	/** Whether to ask again, too, when there was no answer. */
	retryErrors: boolean;
	/** Ends all waiting when the execution is cancelled. */
	signal?: AbortSignal;
	/** The current time in ms. */
	now?: () => number;
}

/**
 * Asks for something until the answer is what is waited for, or the time is up: at growing
 * intervals, and if wished through faults that may pass. API guide: confirming on the return page ("poll
 * briefly").
 *
 * @returns the last answer that there was
 * @throws what asking threw, if it may not pass or there was no answer at all; or the reason of the
 * cancellation
 */
export async function pollUntil<T>(
	request: () => Promise<T>,
	{ isDone, until, retryErrors, signal, now = Date.now }: PollOptions<T>,
): Promise<T> {
	let last: { result: T } | undefined;
	for (let delay = BASE_DELAY_MS; ; delay *= BACKOFF_FACTOR) {
		try {
			last = { result: await request() };
			if (now() >= until || isDone(last.result)) return last.result;
		} catch (error) {
			if (!isTransient(error)) return await Promise.reject(error);
			if (!retryErrors || now() >= until) {
				return last ? last.result : await Promise.reject(error);
			}
		}
		await sleep(Math.min(delay, MAX_DELAY_MS, Math.max(0, until - now())), signal);
	}
}

function isTransient(error: unknown): boolean {
	if (!(error instanceof ServiceError)) return false;
	const { httpCode } = error;
	// Whoever is told to slow down does not ask again.
	return httpCode === undefined || (isRetryableStatus(httpCode) && httpCode !== 429);
}
