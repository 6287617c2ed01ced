import { sleep } from 'n8n-workflow';

import { ServiceProblem } from '../../shared/problems';
import { isRetriedStatus } from '../../shared/retry';
import type { Invoice } from './schemas';

const FIRST_WAIT_MS = 500;
const GROWTH = 1.5;
const LONGEST_WAIT_MS = 15_000;

/** How an invoice is asked for again and again. */
export interface Patience {
	/** Whether an invoice is as it is waited for. */
	isDone: (invoice: Invoice) => boolean;
	/** When to ask for the last time, in ms since 1970. */
	until: number;
	/** Ends all waiting when the execution is cancelled. */
	signal?: AbortSignal;
	/** The current time in ms. */
	now?: () => number;
}

/**
 * Asks for an invoice until it is done, or the time is up: at growing intervals, and through faults
 * that may pass. API guide: confirming on the return page ("poll briefly").
 *
 * @param ask reads the invoice as it is now
 * @returns the invoice as it was at the last asking
 * @throws what asking for the last time threw, or the reason of the cancellation
 */
export async function askPatiently(
	ask: () => Promise<Invoice>,
	{ isDone, until, signal, now = Date.now }: Patience,
): Promise<Invoice> {
	for (let wait = FIRST_WAIT_MS; ; wait *= GROWTH) {
		const isLast = now() >= until;
		try {
			const invoice = await ask();
			if (isLast || isDone(invoice)) return invoice;
		} catch (error) {
			if (isLast || !isPassing(error)) return await Promise.reject(error);
		}
		await sleep(Math.min(wait, LONGEST_WAIT_MS, Math.max(0, until - now())), signal);
	}
}

function isPassing(error: unknown): boolean {
	if (!(error instanceof ServiceProblem)) return false;
	return error.httpCode === undefined || isRetriedStatus(error.httpCode);
}
