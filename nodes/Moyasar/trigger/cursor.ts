import { z } from 'zod';

import { ServiceError } from '../../shared/errors';
import type { Payment } from '../api/schemas';

/** What a trigger starts a workflow on. */
export const PAYMENT_EVENTS = {
	newPayment: 'newPayment',
	updatedPayment: 'updatedPayment',
} as const;

export type PaymentEvent = keyof typeof PAYMENT_EVENTS;

/**
 * How far back a poll asks again, in ms. A payment may become visible after one that is younger,
 * the clocks of the two machines differ, and a bound of Moyasar's includes the moment it names.
 */
export const OVERLAP_MS = 60_000;

/** How far a trigger has got. */
export interface Cursor {
	event: PaymentEvent;
	/** Whose payments: n8n's ID of the credential. */
	account: string;
	/** The time of the newest payment or change so far, in ms since 1970. */
	newest: number;
	/**
	 * Those of the last `OVERLAP_MS` up to `newest`, with their times: each has been handed on, or was
	 * there before. `null` until the first poll has succeeded.
	 */
	known: Record<string, number> | null;
}

const cursorSchema = z.object({
	event: z.nativeEnum(PAYMENT_EVENTS),
	account: z.string(),
	newest: z.number(),
	known: z.record(z.number()).nullable(),
});

/** What a cursor is about: one that is about something else is of no use. */
export type CursorSubject = Pick<Cursor, 'event' | 'account'>;

/** Reads a cursor that n8n stored; `undefined` where there is none for this subject. */
export function parseCursor(
	stored: unknown,
	{ event, account }: CursorSubject,
): Cursor | undefined {
	const { data } = cursorSchema.safeParse(stored);
	return data?.event === event && data.account === account ? data : undefined;
}

/**
 * The cursor of a trigger that starts now.
 *
 * @param now in ms since 1970
 */
export function newCursor({ event, account }: CursorSubject, now: number): Cursor {
	return { event, account, newest: now, known: null };
}

/** The earliest moment that the next poll must ask for, in ms since 1970. */
export function earliestOf({ newest }: Cursor): number {
	return newest - OVERLAP_MS;
}

/**
 * Takes a poll's payments for the next step of a cursor.
 *
 * @param payments all that were created, or changed, since `earliestOf(cursor)`, newest first
 * @param now in ms since 1970; a payment of the future does not take the cursor there
 * @returns those that are new, oldest first, and the cursor that knows them
 * @throws ServiceProblem when a payment has no readable time
 */
export function advance(
	cursor: Cursor,
	payments: readonly Payment[],
	now: number,
): { fresh: Payment[]; next: Cursor } {
	const { event } = cursor;
	const moments = payments
		.map((payment) => ({ payment, at: timeOf(payment, event), name: dedupeKey(payment, event) }))
		.reverse()
		.sort((a, b) => a.at - b.at);
	const earliest = cursor.known === null ? cursor.newest : earliestOf(cursor);
	const known = cursor.known ?? {};
	const fresh = moments
		.filter(({ at, name }) => at >= earliest && known[name] === undefined)
		.map(({ payment }) => payment);
	const [latest] = moments.slice(-1);
	const newest = Math.max(cursor.newest, Math.min(latest?.at ?? 0, now));
	// What one poll did not see, as of a server that lags, stays known.
	const seen = { ...known, ...Object.fromEntries(moments.map(({ name, at }) => [name, at])) };
	const next: Cursor = { ...cursor, newest };
	next.known = Object.fromEntries(Object.entries(seen).filter(([, at]) => at >= earliestOf(next)));
	return { fresh, next };
}

/**
 * When a payment was created, or last changed.
 *
 * @returns ms since 1970
 * @throws ServiceProblem when it has no readable time
 */
export function timeOf({ id, created_at, updated_at }: Payment, event: PaymentEvent): number {
	const time = Date.parse(
		(event === 'updatedPayment' ? updated_at : undefined) ?? created_at ?? '',
	);
	if (!Number.isNaN(time)) return time;
	throw new ServiceError('Moyasar gave a payment without a readable time', {
		description: `It is the payment ${id}. Without that time nobody can tell whether it is new.`,
	});
}

// A payment is new once, and changed as often as what can change differs: two changes may fall into
// one moment.
function dedupeKey(payment: Payment, event: PaymentEvent): string {
	if (event === 'newPayment') return payment.id;
	const { id, updated_at, status, captured, refunded } = payment;
	return [id, updated_at, status, captured, refunded].map(String).join(' ');
}
