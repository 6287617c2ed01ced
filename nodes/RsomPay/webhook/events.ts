import { z } from 'zod';

/** The events of the guide; more may come. API guide: webhook events. */
export const EVENTS = {
	statusChanged: 'invoice.status_changed',
	paymentCompleted: 'payment.completed',
	paymentFailed: 'payment.failed',
} as const;

/** What stands for every event, known or not. */
export const ANY_EVENT = '*';

const eventSchema = z
	.object({
		event: z.string().min(1).max(255),
		event_id: z.string().min(1).max(255),
		occurred_at: z.string().optional(),
		previous_status: z.string().nullish(),
		customer: z.object({}).passthrough().nullish(),
		totals: z.object({}).passthrough().nullish(),
		invoice: z
			.object({
				external_id: z.string().optional(),
				reference_number: z.string().nullish(),
				status: z.string().optional(),
				amount: z.union([z.number(), z.string()]).nullish(),
				payment_url: z.string().nullish(),
			})
			.passthrough()
			.nullish(),
		payment: z
			.object({
				uuid: z.string().nullish(),
				payment_method: z.string().nullish(),
				status: z.string().nullish(),
				amount: z.union([z.number(), z.string()]).nullish(),
				paid_at: z.string().nullish(),
			})
			.passthrough()
			.nullish(),
	})
	.passthrough();

/**
 * An event as RsomPay sends it; amounts in the currency's major unit. `event_id` stays the same
 * when a delivery is repeated. API guide: webhook payload.
 */
export type RsomPayEvent = z.infer<typeof eventSchema>;

/** Which events start a workflow. */
export interface Subscription {
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
export function isSubscribed(event: RsomPayEvent, { events, newStatuses }: Subscription): boolean {
	if (!events.includes(ANY_EVENT) && !events.includes(event.event)) return false;
	if (event.event !== EVENTS.statusChanged || newStatuses.length === 0) return true;
	return newStatuses.includes(event.invoice?.status ?? '');
}
