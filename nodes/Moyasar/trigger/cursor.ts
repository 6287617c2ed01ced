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

/** How far a trigger has read. n8n stores it in the trigger's static data. */
export interface Cursor {
	event: PaymentEvent;
	/** n8n's ID of the credential. */
	account: string;
	/** The time of the newest payment or change that was read, in ms since 1970. */
	newest: number;
	/**
	 * The dedupe keys of the last `OVERLAP_MS` up to `newest`, with their times: each payment was output,
	 * or existed before. `null` until the first poll has succeeded.
	 */
	known: Record<string, number> | null;
}

const cursorSchema = z.object({
	event: z.nativeEnum(PAYMENT_EVENTS),
	account: z.string(),
	newest: z.number(),
	known: z.record(z.number()).nullable(),
});

/** The event and the account of a cursor. A cursor of another subject cannot be used. */
export type CursorSubject = Pick<Cursor, 'event' | 'account'>;

/** Parses a stored cursor. `undefined` when there is none for this subject. */
export function parseCursor(
	stored: unknown,
	{ event, account }: CursorSubject,
): Cursor | undefined {
	const { data } = cursorSchema.safeParse(stored);
	return data?.event === event && data.account === account ? data : undefined;
}

/**
 * Creates the cursor of a trigger that starts now.
 *
 * @param now in ms since 1970
 */
export function newCursor({ event, account }: CursorSubject, now: number): Cursor {
	return { event, account, newest: now, known: null };
}

/** The earliest time that the next poll must read, in ms since 1970. */
export function earliestOf({ newest }: Cursor): number {
	return newest - OVERLAP_MS;
}

/**
 * Advances a cursor by the payments of a poll.
 *
 * @param payments all that were created, or changed, since `earliestOf(cursor)`, newest first
 * @param now in ms since 1970. A payment with a later time does not move the cursor there.
 * @returns the new payments, oldest first, and the next cursor
 * @throws ServiceError when a payment has no readable time
 */
export function advance(
	cursor: Cursor,
	payments: readonly Payment[],
	now: number,
): { fresh: Payment[]; next: Cursor } {
	const { event } = cursor;
	const timed = payments
		.map((payment) => ({ payment, at: timeOf(payment, event), key: dedupeKey(payment, event) }))
		.reverse()
		.sort((a, b) => a.at - b.at);
	const earliest = cursor.known === null ? cursor.newest : earliestOf(cursor);
	const known = cursor.known ?? {};
	const fresh = timed
		.filter(({ at, key }) => at >= earliest && known[key] === undefined)
		.map(({ payment }) => payment);
	const [latest] = timed.slice(-1);
	const newest = Math.max(cursor.newest, Math.min(latest?.at ?? 0, now));
	// A payment that this poll did not return, because of a lagging server, stays known.
	const seen = { ...known, ...Object.fromEntries(timed.map(({ key, at }) => [key, at])) };
	const next: Cursor = { ...cursor, newest };
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

// A new payment counts once, an updated one once for each difference: two changes may have one time.
function dedupeKey(payment: Payment, event: PaymentEvent): string {
	if (event === 'newPayment') return payment.id;
	const { id, updated_at, status, captured, refunded } = payment;
	return [id, updated_at, status, captured, refunded].map(String).join(' ');
}
