import { z } from 'zod';

import { ServiceError } from '../../shared/errors';
import type { Payment } from '../api/schemas';

/** The values of 'Trigger On'. */
export const PAYMENT_EVENTS = {
	newPayment: 'newPayment',
	updatedPayment: 'updatedPayment',
} as const;

export type PaymentEvent = keyof typeof PAYMENT_EVENTS;

/**
 * How far a poll overlaps the previous one, in ms. A payment may become visible after a newer one, the
 * clocks of the two machines differ, and Moyasar's range includes its limits.
 */
export const OVERLAP_MS = 60_000;

/** A place in the list of payments, up to which it was read. */
export interface Position {
	/** The time of the newest payment or change that was read, in ms since 1970. */
	newest: number;
	/**
	 * The dedupe keys of the last `OVERLAP_MS` up to `newest`, with their times: each payment was output,
	 * or existed before. `null` until the first poll has succeeded.
	 */
	known: Record<string, number> | null;
}

/** What a cursor was begun for. A cursor of another event or account cannot be used. */
export interface CursorSubject {
	event: PaymentEvent;
	/** n8n's ID of the credential. */
	account: string;
	/** When the workflow was last published to start from then, in ms since 1970. */
	published?: number;
	/** The moment to start from that Start From names, in ms since 1970. */
	from?: number;
	/** Start From as the user wrote it. The moment of a Start Date also depends on the time zone. */
	startFrom?: string;
	/** n8n's ID of the node: a node that is added again has the static data of the one before. */
	nodeId?: string;
}

/** How far a trigger has read. n8n stores it in the trigger's static data. */
export interface Cursor extends Position, CursorSubject {
	/** Where it started, in ms since 1970, until it has read once all that there is. */
	start?: number;
	/** How many cursors it has replaced. */
	replaced?: number;
	/**
	 * Where the last poll began, if it started an execution. n8n saves the cursor before it creates the
	 * execution, so an n8n that ends in between has not run it.
	 */
	previous?: Position;
	/** When that poll ended, in ms since 1970. Tells apart two polls that found the same. */
	handedOverAt?: number;
}

const positionSchema = z.object({ newest: z.number(), known: z.record(z.number()).nullable() });

const cursorSchema = positionSchema.extend({
	event: z.nativeEnum(PAYMENT_EVENTS),
	account: z.string(),
	published: z.number().optional(),
	from: z.number().optional(),
	startFrom: z.string().optional(),
	nodeId: z.string().optional(),
	start: z.number().optional(),
	replaced: z.number().optional(),
	previous: positionSchema.optional(),
	handedOverAt: z.number().optional(),
});

/**
 * Selects the cursor to continue from.
 *
 * @param stored what n8n stored, if anything
 * @returns the stored cursor, or a new one where the workflow was published again or Start From was
 * changed. `undefined` when there is none for this subject: the trigger starts now.
 */
export function resumeCursor(stored: unknown, subject: CursorSubject): Cursor | undefined {
	const { event, account, published, from, startFrom, nodeId } = subject;
	const { data } = cursorSchema.safeParse(stored);
	const cursor = data?.event === event && data.account === account ? data : undefined;
	// What another node has handed over, `execute` cannot recognize.
	const isSameNode = cursor?.nodeId === undefined || cursor.nodeId === nodeId;
	const continued = cursor && { ...cursor, ...(!isSameNode && { nodeId, previous: undefined }) };
	if (from !== undefined) {
		return continued && startsAlike(continued, subject)
			? { ...continued, published, startFrom }
			: newCursor(subject, from, stored);
	}
	// Only a later time counts: n8n may overwrite the time of publication with an older one.
	if (published !== undefined && published > (data?.published ?? 0)) {
		return newCursor(subject, published, stored);
	}
	return continued;
}

function startsAlike(cursor: Cursor, { from = 0, startFrom }: CursorSubject): boolean {
	if (cursor.from === undefined) return false;
	// Version 0.1.0 did not store Start From, and continued at a later start.
	if (cursor.startFrom === undefined) return cursor.from <= from;
	return cursor.startFrom === startFrom || cursor.from === from;
}

/**
 * Creates the cursor of a trigger.
 *
 * @param start where it starts, in ms since 1970
 * @param stored the cursor that it replaces, if any
 */
export function newCursor(subject: CursorSubject, start: number, stored?: unknown): Cursor {
	const { data } = cursorSchema.safeParse(stored);
	const replaced = data && (data.replaced ?? 0) + 1;
	return { ...subject, start, replaced, newest: start, known: null };
}

/** The earliest time that the next poll must read, in ms since 1970. */
export function earliestOf({ newest }: Position): number {
	return Math.max(0, newest - OVERLAP_MS);
}

/**
 * Advances a cursor by the payments of a poll.
 *
 * @param payments all that were created, or changed, since `earliestOf(cursor)`, newest first
 * @param now in ms since 1970. A payment with a later time does not move the cursor there.
 * @param until the time up to which they were read, where the list has more
 * @returns the new payments, oldest first, and the next cursor
 * @throws ServiceError when a payment has no readable time
 */
export function advance(
	cursor: Cursor,
	payments: readonly Payment[],
	now: number,
	until?: number,
): { fresh: Payment[]; next: Cursor } {
	const { event } = cursor;
	const timed = payments
		.map((payment) => ({ payment, at: timeOf(payment, event), key: dedupeKey(payment, event) }))
		.reverse()
		.sort((a, b) => a.at - b.at);
	const start = cursor.start ?? (cursor.known === null ? cursor.newest : 0);
	const earliest = Math.max(start, earliestOf(cursor));
	const known = cursor.known ?? {};
	const fresh = timed
		.filter(({ at, key }) => at >= earliest && known[key] === undefined)
		.map(({ payment }) => payment);
	const [latest] = timed.slice(-1);
	const newest = Math.max(cursor.newest, Math.min(until ?? latest?.at ?? 0, now));
	// A payment that this poll did not return, because of a lagging server, stays known.
	const seen = { ...known, ...Object.fromEntries(timed.map(({ key, at }) => [key, at])) };
	const next: Cursor = { ...cursor, newest, start: until === undefined ? undefined : start };
	next.known = Object.fromEntries(Object.entries(seen).filter(([, at]) => at >= earliestOf(next)));
	return { fresh, next };
}

/**
 * Returns when a payment was created, or last changed.
 *
 * @returns ms since 1970
 * @throws ServiceError when it has no readable time
 */
export function timeOf({ id, created_at, updated_at }: Payment, event: PaymentEvent): number {
	const time = Date.parse(
		(event === 'updatedPayment' ? updated_at : undefined) ?? created_at ?? '',
	);
	if (!Number.isNaN(time)) return time;
	throw new ServiceError('Moyasar returned a payment without a readable time', {
		description: `It is the payment ${id}. Without a time it is unknown whether it is new.`,
	});
}

/**
 * Identifies what an execution starts on, so that it starts once. A trigger that starts again, because
 * its workflow was published again or Start From was changed, gives the same payments other keys. Two
 * polls that start again at once give them the same keys.
 */
export function executionKey(cursor: Cursor, payment: Payment): string {
	const { event, published, from, replaced } = cursor;
	const start = [from ?? published ?? 0, replaced ?? []].flat().join('/');
	return `${start} ${dedupeKey(payment, event)}`;
}

// A new payment counts once, an updated one once for each difference: two changes may have one time.
function dedupeKey(payment: Payment, event: PaymentEvent): string {
	if (event === 'newPayment') return payment.id;
	const { id, updated_at, status, captured, refunded } = payment;
	return [id, updated_at, status, captured, refunded].map(String).join(' ');
}
