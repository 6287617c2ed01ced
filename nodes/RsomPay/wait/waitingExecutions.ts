import type { IDataObject } from 'n8n-workflow';

import type { Invoice } from '../api/schemas';

/** What an execution was told while it is suspended, by the external ID of the invoice. */
export interface ReceivedSoFar {
	/** The invoices that have settled, as Get by Reference gives them. */
	settled: Map<string, Invoice>;
	/** The payments that callbacks told of. */
	payments: Map<string, IDataObject>;
}

/** n8n continues an execution some time after its time is up. */
const EXPIRY_GRACE_MS = 60 * 60_000;

/** Longer than any webhook takes. */
const RESUME_LOCK_TTL_MS = 5 * 60_000;

interface WaitingExecution extends ReceivedSoFar {
	until: number;
}

/**
 * What suspended executions were told early, while other invoices of theirs are still open: n8n
 * stores nothing of a callback that does not continue an execution. It is kept in the process, and
 * asked for again after a restart, so that only the payment of such a callback may be missing then.
 */
export class WaitingExecutions {
	private readonly executions = new Map<string, WaitingExecution>();

	/** Since when waits go on, in ms since 1970. */
	private readonly resuming = new Map<string, number>();

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/**
	 * What one execution was told; what is added is remembered.
	 *
	 * @param until when the execution goes on at the latest, in ms since 1970
	 */
	get(executionId: string, until: number): ReceivedSoFar {
		for (const [id, entry] of this.executions) {
			if (entry.until + EXPIRY_GRACE_MS < this.now()) this.executions.delete(id);
		}
		const kept = this.executions.get(executionId);
		// A node in a loop waits several times in one execution.
		if (kept?.until === until) return kept;
		const entry: WaitingExecution = { until, settled: new Map(), payments: new Map() };
		this.executions.set(executionId, entry);
		return entry;
	}

	/**
	 * Claims to let an execution go on. n8n takes one that waits again by then, elsewhere, back to
	 * where a webhook found it when it came: whatever was asked for meanwhile, only the first may.
	 *
	 * @returns whether nobody did so in the last minutes
	 */
	tryLock(executionId: string, until: number): boolean {
		const now = this.now();
		for (const [wait, since] of this.resuming) {
			if (since + RESUME_LOCK_TTL_MS < now) this.resuming.delete(wait);
		}
		const wait = `${executionId} ${until}`;
		if (this.resuming.has(wait)) return false;
		this.resuming.set(wait, now);
		return true;
	}

	/** Forgets what an execution was told that goes on. */
	delete(executionId: string): void {
		this.executions.delete(executionId);
	}

	/** Gives a claim up: n8n did not let the execution go on. */
	unlock(executionId: string, until: number): void {
		this.resuming.delete(`${executionId} ${until}`);
	}
}
