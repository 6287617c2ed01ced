import type { Ledger } from './ledger.mts';
import type { MoyasarControl } from './types.mts';

type Arrival = Parameters<MoyasarControl['arriveBefore']>[0];

/** Payments that arrive while a list is being read. */
export class Arrivals {
	readonly #ledger: Ledger;
	#expected: Arrival[] = [];

	constructor(ledger: Ledger) {
		this.#ledger = ledger;
	}

	expect(arrival: Arrival): void {
		this.#expected.push(arrival);
	}

	/** Adds, for good, the payments that were to arrive before this page. */
	arrive(page: number): void {
		const due = this.#expected.filter((arrival) => arrival.page === page);
		this.#expected = this.#expected.filter((arrival) => arrival.page !== page);
		for (const { count = 1, payment } of due) {
			for (let added = 0; added < count; added += 1) this.#ledger.add(payment);
		}
	}

	clear(): void {
		this.#expected = [];
	}
}
