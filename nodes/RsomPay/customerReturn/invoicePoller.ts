import { ConcurrencyLimiter } from '../../shared/concurrencyLimiter';
import { ServiceError } from '../../shared/errors';
import { isRetryableStatus } from '../../shared/retry';
import { pollUntil } from '../api/pollUntil';
import type { Invoice } from '../api/schemas';
import { RequestBudget } from './requestBudget';

/** How long an invoice that was found is not requested again. Shorter than the interval of a poll. */
const FOUND_TTL_MS = 400;

/**
 * How long an invoice that does not exist is not requested again. Not longer: a request with a guessed
 * ID blocks the result page of an invoice that is created a moment later.
 */
const NOT_FOUND_TTL_MS = 60_000;

/** The maximum number of remembered invoices. */
const MAX_REMEMBERED = 2_000;

/** The maximum number of visitors who wait. */
const MAX_VISITORS = 500;

/** The number of requests in flight at first, and the maximum while they succeed. */
const CONCURRENCY = { initial: 4, max: 20 };

/** How long no request is sent after an outage or a wrong token. A 429 says by itself how long. */
const ERROR_PAUSE_MS = 2_000;

/** What a request costs. One for an invoice that was not found before may be a guess. */
const COST = { known: 1, unknown: 10 };

/** What a visitor asks for, and where. */
export interface Visit {
	/** The RsomPay account. After a 429 or an error it is not asked for a while. */
	account: string;
	/** The node whose URL is visited. It has a budget of requests. */
	node: string;
	/** Identifies the invoice. */
	invoice: string;
}

/** How long a visitor waits. */
export interface VisitOptions {
	/** Whether the invoice ends the polling. */
	isDone: (invoice: Invoice) => boolean;
	/** When to send the last request, in ms since 1970. */
	until: number;
}

/**
 * Reads the invoice as it is now, `undefined` when it does not exist. Its requests go through the
 * limiter, which is paused after a 429.
 */
export type FindInvoice = (limiter: ConcurrencyLimiter) => Promise<Invoice | undefined>;

interface Remembered {
	found: Promise<Invoice | undefined>;
	/** Since when and how long it is not requested again, in ms. */
	at: number;
	ttl: number;
	exists: boolean;
}

/**
 * Polls the invoices of returning customers. Anyone can open the return URL, as often as they like, so
 * the number of requests is bounded, and a visitor cannot see whether there was one.
 * API guide: confirming on the return page.
 */
export class InvoicePoller {
	private readonly remembered = new Map<string, Remembered>();

	private readonly limiters = new Map<string, ConcurrencyLimiter>();

	private readonly budgets = new Map<string, RequestBudget>();

	private visitors = 0;

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/** Returns whether so many visitors wait that another one must not. */
	isFull(): boolean {
		return this.visitors >= MAX_VISITORS;
	}

	/**
	 * Reads an invoice, at growing intervals until it is done. Without an invoice it takes the whole
	 * time, too. Visitors who ask for the same invoice share the requests.
	 *
	 * @returns the invoice, or `undefined` when it does not exist or could not be requested
	 * @throws the error of the request when there was no result before
	 */
	async poll(
		visit: Visit,
		findInvoice: FindInvoice,
		{ isDone, until }: VisitOptions,
	): Promise<Invoice | undefined> {
		let last: Invoice | undefined;
		this.visitors++;
		try {
			return await pollUntil(async () => (last = (await this.find(visit, findInvoice)) ?? last), {
				isDone: (invoice) => invoice !== undefined && isDone(invoice),
				until,
				// While RsomPay has an outage, customers must not add to its load.
				retryErrors: false,
				now: this.now,
			});
		} finally {
			this.visitors--;
		}
	}

	/** Requests an invoice, unless it was requested just now, there is a pause, or nothing is left. */
	private async find(
		{ account, node, invoice }: Visit,
		findInvoice: FindInvoice,
	): Promise<Invoice | undefined> {
		const key = JSON.stringify([node, account, invoice]);
		const before = this.remembered.get(key);
		if (before && this.isFresh(before)) return await before.found;
		const limiter = getOrCreate(
			this.limiters,
			account,
			() => new ConcurrencyLimiter(CONCURRENCY.initial, undefined, CONCURRENCY.max),
		);
		const budget = getOrCreate(this.budgets, node, () => new RequestBudget(this.now));
		const cost = before?.exists ? COST.known : COST.unknown;
		if (limiter.isPaused() || !budget.take(cost)) return undefined;

		const request: Remembered = {
			found: findInvoice(limiter),
			at: this.now(),
			ttl: Infinity,
			exists: before?.exists ?? false,
		};
		this.remember(key, request);
		let ttl = FOUND_TTL_MS;
		try {
			const found = await request.found;
			request.exists = found !== undefined;
			if (found) budget.giveBack(cost - COST.known);
			else ttl = NOT_FOUND_TTL_MS;
			return found;
		} catch (error) {
			if (!isRejection(error)) limiter.pause(ERROR_PAUSE_MS);
			return await Promise.reject(error);
		} finally {
			request.at = this.now();
			request.ttl = ttl;
		}
	}

	private isFresh({ at, ttl }: Remembered): boolean {
		const age = this.now() - at;
		// The clock may have been set back.
		return age >= 0 && age < ttl;
	}

	private remember(key: string, request: Remembered): void {
		// Deleted first, so that it moves to the end.
		this.remembered.delete(key);
		this.remembered.set(key, request);
		const [oldest] = this.remembered.keys();
		if (this.remembered.size > MAX_REMEMBERED && oldest !== undefined) {
			this.remembered.delete(oldest);
		}
	}
}

/**
 * Whether only this invoice was rejected, or was not asked for in time. Otherwise visitors could pause
 * the whole account.
 */
function isRejection(error: unknown): boolean {
	const { httpCode, failure } = error instanceof ServiceError ? error : {};
	if (httpCode === undefined) return failure?.cause === 'rate-limited';
	return httpCode >= 400 && httpCode !== 401 && !isRetryableStatus(httpCode);
}

function getOrCreate<T>(map: Map<string, T>, key: string, create: () => T): T {
	const value = map.get(key) ?? create();
	map.set(key, value);
	return value;
}
