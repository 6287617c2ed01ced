import { exampleEvent, type InvoiceStatus, type RsomPayEvent } from '../../../simulator/index.mts';

/** The guide's webhook about another invoice, which it says has become this. */
export function eventAbout(
	externalId: string,
	status: InvoiceStatus = 'paid',
	changes: Partial<RsomPayEvent> = {},
): RsomPayEvent {
	const event = exampleEvent(changes);
	return { ...event, invoice: { ...event.invoice, external_id: externalId, status } };
}

/** The guide's webhook about a payment of another invoice that failed. */
export function failureOf(externalId: string): RsomPayEvent {
	const event = eventAbout(externalId, 'failed', { event: 'payment.failed' });
	return {
		...event,
		...(event.payment && { payment: { ...event.payment, status: 'failed', paid_at: null } }),
	};
}
