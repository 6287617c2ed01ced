import { z } from 'zod';

import type { Customer, Invoice, Totals } from '../api/schemas';

/** The events of the guide; more may come. API guide: webhook events. */
export const EVENTS = {
	statusChanged: 'invoice.status_changed',
	paymentCompleted: 'payment.completed',
	paymentFailed: 'payment.failed',
} as const;

/** What starts a workflow when a customer returns: no event of RsomPay's. */
export const CUSTOMER_RETURNED = 'customer.returned';

/** What stands for every event of RsomPay, known or not. */
export const ANY_EVENT = '*';

/**
 * An event as RsomPay sends it. Only `event` and `event_id` are certain to be there; `event_id`
 * stays the same when a delivery is repeated. API guide: webhook payload.
 */
export interface RsomPayEvent {
	event: string;
	event_id: string;
	/** ISO 8601. */
	occurred_at?: string;
	/** Only in `invoice.status_changed`. */
	previous_status?: string;
	customer?: Customer;
	totals?: Totals;
	invoice?: Omit<Invoice, 'customer' | 'totals' | 'items'>;
	payment?: {
		uuid?: string;
		/** `card`, `tamara`, or a brand such as `mada`. */
		payment_method?: string;
		status?: string;
		amount?: number;
		/** `YYYY-MM-DD HH:MM:SS` in UTC. */
		paid_at?: string;
		[name: string]: unknown;
	};
	[name: string]: unknown;
}

// A verified event is not refused, and a payment missed, for anything else in it.
const requiredFields = z.object({ event: z.string().min(1), event_id: z.string().min(1) });

const eventSchema = z.custom<RsomPayEvent>((value) => requiredFields.safeParse(value).success);

const statusSchema = z.object({ invoice: z.object({ status: z.string() }) });

/** Which events start a workflow. */
export interface EventFilter {
	/** The API's event names, or `ANY_EVENT`. */
	events: readonly string[];
	/** For `invoice.status_changed`: the new statuses that count; all of them where it is empty. */
	newStatuses: readonly string[];
}

/**
 * Reads an event from a body that has been verified.
 *
 * @returns the event, or `undefined` when the body is no JSON object or not shaped like one
 */
export function parseEvent(rawBody: Uint8Array): RsomPayEvent | undefined {
	try {
		const text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
		return eventSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** Whether an event is one that the workflow is to be started for. */
export function matchesFilter(event: RsomPayEvent, { events, newStatuses }: EventFilter): boolean {
	// Whoever returns is met elsewhere, and confirmed.
	if (event.event === CUSTOMER_RETURNED) return false;
	if (!events.includes(ANY_EVENT) && !events.includes(event.event)) return false;
	if (event.event !== EVENTS.statusChanged || newStatuses.length === 0) return true;
	return newStatuses.includes(invoiceStatusOf(event));
}

/** The status that an event says its invoice has; empty where it says none. */
export function invoiceStatusOf(event: RsomPayEvent): string {
	return statusSchema.safeParse(event).data?.invoice.status ?? '';
}

/** The names that were chosen in a list; an expression may give a single one instead. */
export function toStringList(value: unknown): string[] {
	return [value ?? []].flat().map(String);
}
