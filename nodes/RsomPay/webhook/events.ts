import { z } from 'zod';

import { isFinal } from '../api/invoiceStatus';
import type { Customer, Invoice, Totals } from '../api/schemas';

/** The events of the guide. RsomPay may add others. API guide: webhook events. @internal */
export const EVENTS = {
	statusChanged: 'invoice.status_changed',
	paymentCompleted: 'payment.completed',
	paymentFailed: 'payment.failed',
} as const;

/** Starts a workflow when a customer returns. It is not an event of RsomPay. @internal */
export const CUSTOMER_RETURNED = 'customer.returned';

/** Matches every event of RsomPay, known or not. @internal */
export const ANY_EVENT = '*';

/** The payment of an event. API guide: webhook payload, `payment`. */
export interface EventPayment {
	uuid?: string;
	/** `card`, `tamara`, or a brand such as `mada`. */
	payment_method?: string;
	status?: string;
	amount?: number;
	/** `YYYY-MM-DD HH:MM:SS` in UTC. */
	paid_at?: string | null;
	[name: string]: unknown;
}

/**
 * An event as RsomPay sends it. Only `event` and `event_id` are certain. A retry of a delivery has
 * the same `event_id`. API guide: webhook payload.
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
	payment?: EventPayment;
	[name: string]: unknown;
}

// No other field may make a verified event unusable: a payment would be missed.
const requiredFields = z.object({ event: z.string().min(1), event_id: z.string().min(1) });

const eventSchema = z.custom<RsomPayEvent>((value) => requiredFields.safeParse(value).success);

const statusSchema = z.object({ invoice: z.object({ status: z.string() }) });

/** Which events start a workflow. @internal */
export interface EventFilter {
	/** The API's event names, or `ANY_EVENT`. */
	events: readonly string[];
	/** For `invoice.status_changed`: the new statuses that match. An empty list matches all. */
	newStatuses: readonly string[];
}

/**
 * Parses an event from a verified body.
 *
 * @returns the event, or `undefined` when the body is no JSON object or not shaped like an event
 *
 * @internal
 */
export function parseEvent(rawBody: Uint8Array): RsomPayEvent | undefined {
	try {
		const text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
		return eventSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** Returns whether an event matches the filter. @internal */
export function matchesFilter(event: RsomPayEvent, { events, newStatuses }: EventFilter): boolean {
	// Only a customer's return may start a workflow with this event, and only with a confirmed invoice.
	if (event.event === CUSTOMER_RETURNED) return false;
	if (!events.includes(ANY_EVENT) && !events.includes(event.event)) return false;
	if (event.event !== EVENTS.statusChanged || newStatuses.length === 0) return true;
	return newStatuses.includes(invoiceStatusOf(event));
}

/** Returns the status of an event's invoice, or an empty text without one. @internal */
export function invoiceStatusOf(event: RsomPayEvent): string {
	return statusSchema.safeParse(event).data?.invoice.status ?? '';
}

/**
 * Returns whether an event says that its invoice is paid or canceled. Get by Reference may not say so
 * yet. API guide: webhook events.
 *
 * @internal
 */
export function announcesEnd(event: RsomPayEvent): boolean {
	return event.event === EVENTS.paymentCompleted || isFinal(invoiceStatusOf(event));
}

/**
 * Converts the value of a multiple choice to a list. An expression may give a single value.
 *
 * @internal
 */
export function toStringList(value: unknown): string[] {
	return [value ?? []].flat().map(String);
}
