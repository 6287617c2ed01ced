import { hash, randomInt } from 'node:crypto';

import type { ClaimRows } from './claimRows';

/** How long a claim is remembered at least. */
const RETENTION_MS = 72 * 60 * 60 * 1000;

/** The windows of `RETENTION_MS` that have rows: the current one, the one before, the one deleted next. */
const WINDOWS = 3;

/** How many chains of rows a window has. */
const SLOTS = 4_096;

/** The maximum length of a chain. */
const MAX_POSITIONS = 100;

/** How long a run that is to succeed counts as alive after it has extended its lease. */
export const LEASE_MS = 60_000;

const CLAIMED = 'claimed';

/** The number of entries of a row tells what became of the run. A running one has `CLAIMED`. */
const FAILED = ['failed'];
const SUCCEEDED = ['succeeded', 'twice'];
const SUCCEEDED_COUNT = 3;
const FAILED_COUNT = 2;

/** A delivery for which n8n has started an execution. */
export interface Delivery {
	/** Identifies the event, or the customer's return. */
	key: string;
	/** Identifies the execution, also when n8n runs it again. */
	holder: string;
	/** Whether the claim counts when the workflow has succeeded, not as soon as it is started. */
	untilSuccess: boolean;
}

/** A claim on a delivery: its execution runs. Without a row it is not remembered. */
export interface Claim {
	row?: string;
}

/**
 * Claims a delivery across processes. The insert of a row decides.
 *
 * The row's name has no more than a part of the key, so that all rows can be found and deleted: a
 * delivery takes the first free row of its chain. A run that failed leaves its row to a later position.
 *
 * @param now in ms since 1970
 * @returns the claim, or why the execution must not run: another execution runs, or has run
 */
export async function claimDelivery(
	rows: ClaimRows,
	delivery: Delivery,
	now: number,
): Promise<Claim | 'inFlight' | 'duplicate'> {
	const { holder, untilSuccess } = delivery;
	const tag = tagOf(delivery);
	const slot = Number.parseInt(tag.slice(0, 3), 16);
	const current = Math.floor(now / RETENTION_MS);
	await deleteChain(rows, current + 1, randomInt(SLOTS));

	// Twice: a row of a run that is to succeed begins with one entry, any other with three.
	const entries = untilSuccess ? [CLAIMED] : [CLAIMED, CLAIMED, holder];
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
			if (!before.has(CLAIMED)) return { row };
			if (!untilSuccess) return before.has(holder) ? { row } : 'duplicate';
			const count = await rows.count(row);
			if (count >= SUCCEEDED_COUNT) return 'duplicate';
			if (count < FAILED_COUNT && (await rows.isLeased(row, now - LEASE_MS))) return 'inFlight';
		}
	}
	return {};
}

/** Records what became of the run of a claim: whether the delivery is a duplicate from now on. */
export async function endClaim(
	rows: ClaimRows,
	row: string,
	delivery: Delivery,
	succeeded: boolean,
): Promise<void> {
	await rows.record(row, tagOf(delivery), succeeded ? SUCCEEDED : FAILED);
}

/** Another tag for each kind of claim: their rows have other entries. */
function tagOf({ key, untilSuccess }: Delivery): string {
	return hash('sha256', JSON.stringify([key, untilSuccess]), 'hex');
}

function rowOf(window: number, slot: number, position: number): string {
	return `${window % WINDOWS} ${slot} ${position}`;
}

async function deleteChain(rows: ClaimRows, window: number, slot: number): Promise<void> {
	for (let position = 0; (await rows.count(rowOf(window, slot, position))) > 0; position++) {
		await rows.delete(rowOf(window, slot, position));
	}
}
