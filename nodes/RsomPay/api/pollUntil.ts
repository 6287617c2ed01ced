import { sleep } from 'n8n-workflow';

import { ServiceError } from '../../shared/errors';
import { isRetryableStatus } from '../../shared/retry';

const BASE_DELAY_MS = 500;
const BACKOFF_FACTOR = 1.5;
const MAX_DELAY_MS = 15_000;

/** How long to poll. */
export interface PollOptions<T> {
	/** Whether a result ends the polling. */
	isDone: (result: T) => boolean;
	/** When to send the last request, in ms since 1970. */
	until: number;
	/** Whether to continue after a transient error. */
	retryErrors: boolean;
	/** Ends the polling when the execution is cancelled. */
	signal?: AbortSignal;
	/** The current time in ms. */
	now?: () => number;
}

/**
 * Sends a request at growing intervals until its result is done or the time is up. API guide:
 * confirming on the return page ("poll briefly").
 *
 * @returns the last result
 * @throws the error of the request when it is not transient or there was no result at all, or the
 * reason of the cancellation
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
	const { httpCode, failure } = error;
	if (failure?.cause === 'configuration-invalid') return false;
	// After a 429 the client holds back the next request for as long as RsomPay wants.
	return httpCode === undefined || isRetryableStatus(httpCode);
}
