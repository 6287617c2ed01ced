import { ConcurrencyLimiter } from '../../shared/concurrencyLimiter';
import { isPending } from '../api/invoiceStatus';
import { pollUntil } from '../api/pollUntil';
import type { Invoice } from '../api/schemas';

/**
 * How long an invoice that does not exist is not requested again. Not longer: a request with a guessed
 * ID blocks the result page of an invoice that is created a moment later.
 */
const NOT_FOUND_TTL_MS = 60_000;

/** The maximum number of remembered invoices that do not exist. */
const MAX_NOT_FOUND = 10_000;

/** The maximum number of requests in flight. */
const MAX_CONCURRENT = 20;

/**
 * Polls the invoices of returning customers with as few requests as possible, because anyone can open
 * the return URL, as often as they like. API guide: confirming on the return page.
 */
export class InvoicePoller {
	private readonly notFoundUntil = new Map<string, number>();

	private readonly inFlight = new Map<string, Promise<Invoice | undefined>>();

	private readonly limiter = new ConcurrencyLimiter(MAX_CONCURRENT);

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/**
	 * Reads an invoice, at growing intervals while its payment may be about to be confirmed. Callers
	 * that poll the same invoice meanwhile share the result.
	 *
	 * @param key identifies the account and the invoice
	 * @param findInvoice reads the invoice as it is now, `undefined` when it does not exist
	 * @param pollForMs how long to poll
	 * @returns the invoice, or `undefined` when it does not exist
	 * @throws the error of the request when there was no result in time
	 */
	async poll(
		key: string,
		findInvoice: () => Promise<Invoice | undefined>,
		pollForMs: number,
	): Promise<Invoice | undefined> {
		if ((this.notFoundUntil.get(key) ?? 0) > this.now()) return undefined;
		const shared = this.inFlight.get(key);
		if (shared) return await shared;
		const polling = this.pollOnce(key, findInvoice, pollForMs).finally(() =>
			this.inFlight.delete(key),
		);
		this.inFlight.set(key, polling);
		return await polling;
	}

	private async pollOnce(
		key: string,
		findInvoice: () => Promise<Invoice | undefined>,
		pollForMs: number,
	): Promise<Invoice | undefined> {
		const invoice = await pollUntil(async () => await this.limiter.run(findInvoice), {
			isDone: (found) => !found || !isPending(found.status),
			until: this.now() + pollForMs,
			// While RsomPay has an outage, customers must not add to its load.
			retryErrors: false,
			now: this.now,
		});
		if (!invoice) this.rememberNotFound(key);
		return invoice;
	}

	private rememberNotFound(key: string): void {
		this.notFoundUntil.delete(key);
		this.notFoundUntil.set(key, this.now() + NOT_FOUND_TTL_MS);
		const [oldest] = this.notFoundUntil.keys();
		if (this.notFoundUntil.size > MAX_NOT_FOUND && oldest !== undefined) {
			this.notFoundUntil.delete(oldest);
		}
	}
}
