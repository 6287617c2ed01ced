import type { IDataObject } from 'n8n-workflow';

import { setNewest } from '../../shared/setNewest';
import type { Invoice } from '../api/schemas';

/** What webhooks reported to a suspended execution, by the external ID of the invoice. */
export interface ReceivedSoFar {
	/** The settled invoices, as Get by Reference returns them. */
	settled: Map<string, Invoice>;
	/** The payments that callbacks reported. */
	payments: Map<string, IDataObject>;
	/** The external IDs of the invoices whose customers have seen that they are settled. */
	served: Set<string>;
}

/** n8n resumes an execution up to some time after its limit. */
const EXPIRY_GRACE_MS = 60 * 60_000;

/** Longer than any webhook takes. */
const RESUME_LOCK_TTL_MS = 5 * 60_000;

/** The maximum number of executions, and of resume locks. Another process may resume an execution. */
const MAX_ENTRIES = 10_000;

interface WaitingExecution extends ReceivedSoFar {
	until: number;
}

/**
 * The waiting executions of this process: what webhooks reported while other invoices of the same
 * execution are open, and the resume lock of each wait. n8n stores nothing of a callback that does
 * not resume an execution. After a restart the invoices are read again, and only the `payment` of
 * such a callback is missing.
 */
export class WaitingExecutions {
	private readonly executions = new Map<string, WaitingExecution>();

	/** When each resume lock was acquired, in ms since 1970. */
	private readonly resuming = new Map<string, number>();

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/**
	 * Returns what was reported to one execution. The caller adds to it.
	 *
	 * @param until when the wait ends at the latest, in ms since 1970
	 */
	get(executionId: string, until: number): ReceivedSoFar {
		for (const [id, execution] of this.executions) {
			if (execution.until + EXPIRY_GRACE_MS < this.now()) this.executions.delete(id);
		}
		const existing = this.executions.get(executionId);
		// In a loop one execution waits several times.
		const execution: WaitingExecution =
			existing?.until === until
				? existing
				: { until, settled: new Map(), payments: new Map(), served: new Set() };
		setNewest(this.executions, executionId, execution, MAX_ENTRIES);
		return execution;
	}

	/**
	 * Acquires the resume lock of one wait, for 5 minutes. Without it a slow second webhook would
	 * rewind an execution that has already reached another wait.
	 *
	 * @returns whether the lock was free
	 */
	tryLock(executionId: string, until: number): boolean {
		const now = this.now();
		for (const [wait, lockedAt] of this.resuming) {
			if (lockedAt + RESUME_LOCK_TTL_MS < now) this.resuming.delete(wait);
		}
		const wait = `${executionId} ${until}`;
		if (this.resuming.has(wait)) return false;
		setNewest(this.resuming, wait, now, MAX_ENTRIES);
		return true;
	}

	/** Deletes what was reported to an execution that has resumed. */
	delete(executionId: string): void {
		this.executions.delete(executionId);
	}

	/** Releases the resume lock: n8n did not resume the execution. */
	unlock(executionId: string, until: number): void {
		this.resuming.delete(`${executionId} ${until}`);
	}
}
