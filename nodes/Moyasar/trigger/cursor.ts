import { z } from 'zod';

import { ServiceProblem } from '../../shared/problems';
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
	/** The time of the newest payment or change so far, in ms since 1970. */
	newest: number;
	/** Those of the last `OVERLAP_MS` up to `newest`: each has been handed on, or was there before. */
	known: string[];
}

const cursorSchema = z.object({
	event: z.nativeEnum(PAYMENT_EVENTS),
	newest: z.number(),
	known: z.array(z.string()),
});

/** Reads a cursor that n8n stored; `undefined` where there is none for this event. */
export function cursorIn(stored: unknown, event: PaymentEvent): Cursor | undefined {
	const { data } = cursorSchema.safeParse(stored);
	return data?.event === event ? data : undefined;
}

/** The cursor of a trigger that starts now; what it reads first was there before. */
export function cursorAt(event: PaymentEvent, now: number): Cursor {
	return { event, newest: now, known: [] };
}

/** The earliest moment that the next poll must ask for, in ms since 1970. */
export function earliestOf({ newest }: Cursor): number {
	return newest - OVERLAP_MS;
}

/**
 * Takes a poll's payments for the next step of a cursor.
 *
 * @param payments all that were created, or changed, since `earliestOf(cursor)`, newest first
 * @returns those that are new, oldest first, and the cursor that knows them
 * @throws ServiceProblem when a payment has no readable time
 */
export function advance(
	cursor: Cursor,
	payments: readonly Payment[],
): { fresh: Payment[]; next: Cursor } {
	const { event } = cursor;
	const moments = payments
		.map((payment) => ({ payment, at: timeOf(payment, event), name: nameOf(payment, event) }))
		.reverse()
		.sort((a, b) => a.at - b.at);
	const known = new Set(cursor.known);
	const isSince = (moment: number) => (entry: { at: number }) => entry.at >= moment;
	const fresh = moments
		.filter(isSince(earliestOf(cursor)))
		.filter(({ name }) => !known.has(name))
		.map(({ payment }) => payment);
	const newest = Math.max(cursor.newest, ...moments.slice(-1).map(({ at }) => at));
	const next = { event, newest, known: [] as string[] };
	next.known = moments.filter(isSince(earliestOf(next))).map(({ name }) => name);
	return { fresh, next };
}

function timeOf(payment: Payment, event: PaymentEvent): number {
	const field = event === 'newPayment' ? 'created_at' : 'updated_at';
	const time = Date.parse(payment[field] ?? '');
	if (!Number.isNaN(time)) return time;
	throw new ServiceProblem(`Moyasar gave a payment without a readable ${field}`, {
		description: `It is the payment ${payment.id}. Without that time nobody can tell whether it is new.`,
	});
}

// A payment is new once, and changed as often as its time of change differs.
function nameOf(payment: Payment, event: PaymentEvent): string {
	return event === 'newPayment' ? payment.id : `${payment.id} ${payment.updated_at}`;
}
