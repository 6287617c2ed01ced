import { ConcurrencyLimiter } from '../../shared/concurrencyLimiter';
import { pollUntil } from '../api/pollUntil';
import type { Invoice } from '../api/schemas';
import { isPending } from './outcome';

/**
 * How long an invoice that does not exist is not asked for again. Not long: whoever guesses the ID
 * of one that is about to be created keeps its customer from being told.
 */
const NOT_FOUND_TTL_MS = 60_000;

/** How many of those are remembered at the most. */
const MAX_NOT_FOUND = 10_000;

/** How many questions are under way at once. */
const MAX_CONCURRENT = 20;

/**
 * Asks RsomPay about the invoices that customers return for, sparingly: anyone can open the
 * address, as often as they like. API guide: confirming on the return page.
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
	 * Asks for an invoice, and again at growing intervals while its payment may be just about to be
	 * confirmed. Several who ask for the same one meanwhile share the answer.
	 *
	 * @param key stands for the invoice and whose it is
	 * @param ask reads the invoice as it is now, if there is one
	 * @param pollForMs for how long to ask again
	 * @returns the invoice, or `undefined` when there is none
	 * @throws the problem, when RsomPay did not tell in time
	 */
	async poll(
		key: string,
		ask: () => Promise<Invoice | undefined>,
		pollForMs: number,
	): Promise<Invoice | undefined> {
		if ((this.notFoundUntil.get(key) ?? 0) > this.now()) return undefined;
		const shared = this.inFlight.get(key);
		if (shared) return await shared;
		const asking = this.pollOnce(key, ask, pollForMs).finally(() => this.inFlight.delete(key));
		this.inFlight.set(key, asking);
		return await asking;
	}

	private async pollOnce(
		key: string,
		ask: () => Promise<Invoice | undefined>,
		pollForMs: number,
	): Promise<Invoice | undefined> {
		const invoice = await pollUntil(async () => await this.limiter.run(ask), {
			isDone: (found) => !found || !isPending(found.status),
			until: this.now() + pollForMs,
			// While RsomPay has difficulties, customers must not add to them.
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
		if (this.notFoundUntil.size > MAX_NOT_FOUND && oldest !== undefined)
			this.notFoundUntil.delete(oldest);
	}
}
