import { hash, randomInt } from 'node:crypto';

import type { ClaimRows } from './claimRows';
import { RETENTION_MS } from './dedupeStore';

/** The windows of `RETENTION_MS` that have rows: the current one, the one before, the one deleted next. */
const WINDOWS = 3;

/** How many chains of rows a window has. */
const SLOTS = 4_096;

/** The maximum length of a chain. */
const MAX_POSITIONS = 100;

/** How long a run that is to succeed counts as alive after it has extended its lease. */
export const LEASE_MS = 60_000;

const CLAIMED = 'claimed';

/** The entries of the row that tells how a run ended. Their number is read. */
const ENDED = { succeeded: ['end'], failed: ['end', 'end'] } as const;

/** A delivery for which n8n has started an execution. */
export interface Delivery {
	/** Identifies the event, or the customer's return. */
	key: string;
	/** Identifies the execution, also when n8n runs it again. */
	holder: string;
	/** Whether the claim counts when the workflow has succeeded, not as soon as it is started. */
	untilSuccess: boolean;
}

/** What became of a delivery. */
export type Claim =
	/** Its execution runs. Without a row that is not remembered. */
	| { result: 'claimed'; row?: string }
	/** Another execution of it runs. */
	| { result: 'inFlight'; row: string }
	/** Another execution of it has run, or was accepted. */
	| { result: 'duplicate' };

/**
 * Claims a delivery across processes. The insert of a row decides.
 *
 * The row's name has no more than a part of the key, so that all rows can be found and deleted: a
 * delivery takes the first free row of its chain. A run that failed leaves its row to a later position.
 *
 * @param now in ms since 1970
 */
export async function claimDelivery(
	rows: ClaimRows,
	delivery: Delivery,
	now: number,
): Promise<Claim> {
	const { holder, untilSuccess } = delivery;
	const tag = tagOf(delivery);
	const slot = Number.parseInt(tag.slice(0, 3), 16);
	const current = Math.floor(now / RETENTION_MS);
	await deleteChain(rows, current + 1, randomInt(SLOTS));

	// Two that record themselves in an existing row may undo each other. The one that inserted it stays in it.
	const entries = untilSuccess ? [CLAIMED] : [CLAIMED, holder];
	for (const window of [current - 1, current]) {
		for (let position = 0; position < MAX_POSITIONS; position++) {
			const row = rowOf(window, slot, position);
			if (window !== current || untilSuccess) {
				const isFree = (await rows.count(row)) === 0;
				if (isFree && window !== current) break;
				// Before the row is inserted, or another execution would find it without a lease.
				if (isFree) await rows.extendLease(row, now);
			}
			const before = await rows.record(row, tag, entries);
			if (before === undefined) continue;
			if (!before.has(CLAIMED) || before.has(holder)) return { result: 'claimed', row };
			const ended = untilSuccess ? await rows.count(endOf(row)) : ENDED.succeeded.length;
			if (ended === ENDED.succeeded.length) return { result: 'duplicate' };
			if (ended === 0 && (await rows.isLeased(row, now - LEASE_MS))) {
				return { result: 'inFlight', row };
			}
		}
	}
	return { result: 'claimed' };
}

/** Records how the run of a claim ended. After a success the delivery is a duplicate. */
export async function endClaim(rows: ClaimRows, row: string, succeeded: boolean): Promise<void> {
	// A row of its own: others write to that of the claim.
	await rows.record(endOf(row), 'end', [...ENDED[succeeded ? 'succeeded' : 'failed']]);
}

/** Returns whether the run of a claim has ended. */
export async function hasEnded(rows: ClaimRows, row: string): Promise<boolean> {
	return (await rows.count(endOf(row))) > 0;
}

const endOf = (row: string): string => `${row} end`;

/** Another tag for each kind of claim: their rows have other entries. */
function tagOf({ key, untilSuccess }: Delivery): string {
	return hash('sha256', JSON.stringify([key, untilSuccess]), 'hex');
}

function rowOf(window: number, slot: number, position: number): string {
	return `${window % WINDOWS} ${slot} ${position}`;
}

async function deleteChain(rows: ClaimRows, window: number, slot: number): Promise<void> {
	for (let position = 0; (await rows.count(rowOf(window, slot, position))) > 0; position++) {
		const row = rowOf(window, slot, position);
		await rows.delete(row);
		await rows.delete(endOf(row));
	}
}
