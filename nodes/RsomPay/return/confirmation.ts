import { sleep } from 'n8n-workflow';

import { ServiceProblem } from '../../shared/problems';
import { isRetriedStatus } from '../../shared/retry';
import type { Invoice } from '../api/schemas';
import { mayChangeSoon } from './outcome';

/** How long an invoice that does not exist is not asked for again. */
const UNKNOWN_FOR_MS = 5 * 60_000;

/** How many of those are remembered at the most. */
const MOST_UNKNOWN = 10_000;

const FIRST_WAIT_MS = 500;

const GROWTH = 1.5;

/**
 * Asks RsomPay about the invoices that customers return for, sparingly: anyone can open the
 * address, as often as they like. API guide: confirming on the return page.
 */
export class Confirmations {
	private readonly unknown = new Map<string, number>();

	private readonly underWay = new Map<string, Promise<Invoice | undefined>>();

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/**
	 * Asks for an invoice, and again at growing intervals while its payment may be just about to be
	 * confirmed. Several who ask for the same one meanwhile share the answer.
	 *
	 * @param key stands for the invoice and whose it is
	 * @param ask reads the invoice as it is now
	 * @param patienceMs for how long to ask again
	 * @returns the invoice, or `undefined` when there is none
	 * @throws the last problem, when RsomPay never told
	 */
	async confirm(
		key: string,
		ask: () => Promise<Invoice>,
		patienceMs: number,
	): Promise<Invoice | undefined> {
		if ((this.unknown.get(key) ?? 0) > this.now()) return undefined;
		const shared = this.underWay.get(key) ?? this.askPatiently(key, ask, patienceMs);
		this.underWay.set(key, shared);
		try {
			return await shared;
		} finally {
			this.underWay.delete(key);
		}
	}

	private async askPatiently(
		key: string,
		ask: () => Promise<Invoice>,
		patienceMs: number,
	): Promise<Invoice | undefined> {
		const until = this.now() + patienceMs;
		let last: Invoice | undefined;
		for (let wait = FIRST_WAIT_MS; ; wait *= GROWTH) {
			const left = () => until - this.now();
			try {
				last = await ask();
				if (!mayChangeSoon(last.status) || left() <= 0) return last;
			} catch (error) {
				if (error instanceof ServiceProblem && error.httpCode === 404) {
					this.rememberUnknown(key);
					return undefined;
				}
				if (!isPassing(error) || left() <= 0) {
					if (last) return last;
					return await Promise.reject(error);
				}
			}
			await sleep(Math.min(wait, Math.max(0, left())));
		}
	}

	private rememberUnknown(key: string): void {
		this.unknown.delete(key);
		this.unknown.set(key, this.now() + UNKNOWN_FOR_MS);
		const [oldest] = this.unknown.keys();
		if (this.unknown.size > MOST_UNKNOWN && oldest !== undefined) this.unknown.delete(oldest);
	}
}

function isPassing(error: unknown): boolean {
	return (
		error instanceof ServiceProblem &&
		(error.httpCode === undefined || isRetriedStatus(error.httpCode))
	);
}
