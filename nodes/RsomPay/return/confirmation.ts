import { Throttle } from '../../shared/throttle';
import { askPatiently } from '../api/askPatiently';
import type { Invoice } from '../api/schemas';
import { mayChangeSoon } from './outcome';

/**
 * How long an invoice that does not exist is not asked for again. Not long: whoever guesses the ID
 * of one that is about to be created keeps its customer from being told.
 */
const UNKNOWN_FOR_MS = 60_000;

/** How many of those are remembered at the most. */
const MOST_UNKNOWN = 10_000;

/** How many questions are under way at once. */
const MOST_AT_ONCE = 20;

/**
 * Asks RsomPay about the invoices that customers return for, sparingly: anyone can open the
 * address, as often as they like. API guide: confirming on the return page.
 */
export class Confirmations {
	private readonly unknown = new Map<string, number>();

	private readonly underWay = new Map<string, Promise<Invoice | undefined>>();

	private readonly throttle = new Throttle(MOST_AT_ONCE);

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
	 * @param patienceMs for how long to ask again
	 * @returns the invoice, or `undefined` when there is none
	 * @throws the problem, when RsomPay did not tell in time
	 */
	async confirm(
		key: string,
		ask: () => Promise<Invoice | undefined>,
		patienceMs: number,
	): Promise<Invoice | undefined> {
		if ((this.unknown.get(key) ?? 0) > this.now()) return undefined;
		const shared = this.underWay.get(key);
		if (shared) return await shared;
		const asking = this.ask(key, ask, patienceMs).finally(() => this.underWay.delete(key));
		this.underWay.set(key, asking);
		return await asking;
	}

	private async ask(
		key: string,
		ask: () => Promise<Invoice | undefined>,
		patienceMs: number,
	): Promise<Invoice | undefined> {
		const invoice = await askPatiently(async () => await this.throttle.run(ask), {
			isDone: (found) => !found || !mayChangeSoon(found.status),
			until: this.now() + patienceMs,
			// While RsomPay has difficulties, customers must not add to them.
			throughFaults: false,
			now: this.now,
		});
		if (!invoice) this.rememberUnknown(key);
		return invoice;
	}

	private rememberUnknown(key: string): void {
		this.unknown.delete(key);
		this.unknown.set(key, this.now() + UNKNOWN_FOR_MS);
		const [oldest] = this.unknown.keys();
		if (this.unknown.size > MOST_UNKNOWN && oldest !== undefined) this.unknown.delete(oldest);
	}
}
