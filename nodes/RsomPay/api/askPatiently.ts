import { sleep } from 'n8n-workflow';

import { ServiceProblem } from '../../shared/problems';
import { isRetriedStatus } from '../../shared/retry';

const FIRST_WAIT_MS = 500;
const GROWTH = 1.5;
const LONGEST_WAIT_MS = 15_000;

/** How long something is asked for again and again. */
export interface Patience<T> {
	/** Whether an answer is what is waited for. */
	isDone: (answer: T) => boolean;
	/** When to ask for the last time, in ms since 1970. */
	until: number;
	/** Whether to ask again, too, when there was no answer. */
	throughFaults: boolean;
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
export async function askPatiently<T>(
	ask: () => Promise<T>,
	{ isDone, until, throughFaults, signal, now = Date.now }: Patience<T>,
): Promise<T> {
	let last: { answer: T } | undefined;
	for (let wait = FIRST_WAIT_MS; ; wait *= GROWTH) {
		try {
			last = { answer: await ask() };
			if (now() >= until || isDone(last.answer)) return last.answer;
		} catch (error) {
			if (!isPassing(error)) return await Promise.reject(error);
			if (!throughFaults || now() >= until) {
				return last ? last.answer : await Promise.reject(error);
			}
		}
		await sleep(Math.min(wait, LONGEST_WAIT_MS, Math.max(0, until - now())), signal);
	}
}

function isPassing(error: unknown): boolean {
	if (!(error instanceof ServiceProblem)) return false;
	const { httpCode } = error;
	// Whoever is told to slow down does not ask again.
	return httpCode === undefined || (isRetriedStatus(httpCode) && httpCode !== 429);
}
