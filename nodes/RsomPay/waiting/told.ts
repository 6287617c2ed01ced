import type { IDataObject } from 'n8n-workflow';

import type { Invoice } from '../api/schemas';

/** What is known of an invoice that has settled: as Get by Reference gives it, and its payment. */
export interface Settled {
	invoice: Invoice;
	/** The payment that a callback told of; `null` where none did. */
	payment: IDataObject | null;
}

/** n8n continues an execution some time after its time is up. */
const GRACE_MS = 60 * 60_000;

interface Entry {
	until: number;
	settled: Map<string, Settled>;
}

/**
 * What suspended executions were told early, while other invoices of theirs are still open: n8n
 * stores nothing of a callback that does not continue an execution. It is kept in the process, and
 * asked for again after a restart, so that only the payment of such a callback may be missing then.
 */
export class Told {
	private readonly executions = new Map<string, Entry>();

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/**
	 * What one execution was told, by external ID; what is added is remembered.
	 *
	 * @param until when the execution goes on at the latest, in ms since 1970
	 */
	of(executionId: string, until: number): Map<string, Settled> {
		for (const [id, entry] of this.executions) {
			if (entry.until + GRACE_MS < this.now()) this.executions.delete(id);
		}
		const kept = this.executions.get(executionId);
		// A node in a loop waits several times in one execution.
		if (kept?.until === until) return kept.settled;
		const entry = { until, settled: new Map<string, Settled>() };
		this.executions.set(executionId, entry);
		return entry.settled;
	}

	/** Forgets what an execution was told that goes on. */
	forget(executionId: string): void {
		this.executions.delete(executionId);
	}
}
