import type { Ledger } from './ledger.mts';
import type { MoyasarControl } from './types.mts';

type Arrival = Parameters<MoyasarControl['arriveBefore']>[0];

/** Payments that arrive while a list is being read. */
export class Arrivals {
	readonly #ledger: Ledger;
	#scheduled: Arrival[] = [];

	constructor(ledger: Ledger) {
		this.#ledger = ledger;
	}

	/** Schedules an arrival for the next read of its page. */
	schedule(arrival: Arrival): void {
		this.#scheduled.push(arrival);
	}

	/** Adds the payments that are scheduled for this page, and removes them from the schedule. */
	addDue(page: number): void {
		const due = this.#scheduled.filter((arrival) => arrival.page === page);
		this.#scheduled = this.#scheduled.filter((arrival) => arrival.page !== page);
		for (const { count = 1, payment } of due) {
			for (let added = 0; added < count; added += 1) this.#ledger.add(payment);
		}
	}

	clear(): void {
		this.#scheduled = [];
	}
}
