import type { EventName, Invoice, InvoiceStatus, Payment, RsomPayEvent } from './types.mts';

/** What a webhook's body is built from. */
export type EventFacts = {
	event: EventName;
	/** A UUID. */
	eventId: string;
	occurredAt: Date;
	/** The invoice after the payment. */
	invoice: Invoice;
	/** Absent for a change of status without a payment. */
	payment?: Payment;
	/** Only for `invoice.status_changed`. */
	previousStatus?: InvoiceStatus;
};

/** The body of a webhook, in the order of the guide (§7). */
export function buildEvent(facts: EventFacts): RsomPayEvent {
	const { event, eventId, occurredAt, invoice, payment, previousStatus } = facts;
	const { customer, totals, external_id, reference_number, status, amount, payment_url } = invoice;
	return {
		event,
		event_id: eventId,
		occurred_at: `${occurredAt.toISOString().slice(0, 19)}+00:00`,
		...(previousStatus !== undefined && { previous_status: previousStatus }),
		customer,
		totals,
		invoice: { external_id, reference_number, status, amount, payment_url },
		...(payment !== undefined && { payment }),
	};
}
