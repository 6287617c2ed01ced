import { exampleEvent, type InvoiceStatus, type RsomPayEvent } from '../../../simulator/index.mts';

/** The guide's example event about another invoice with another status. */
export function eventAbout(
	externalId: string,
	status: InvoiceStatus = 'paid',
	changes: Partial<RsomPayEvent> = {},
): RsomPayEvent {
	const event = exampleEvent(changes);
	return { ...event, invoice: { ...event.invoice, external_id: externalId, status } };
}

/** The guide's example event about a failed payment of another invoice. */
export function failedPaymentEvent(externalId: string): RsomPayEvent {
	const event = eventAbout(externalId, 'failed', { event: 'payment.failed' });
	return {
		...event,
		...(event.payment && { payment: { ...event.payment, status: 'failed', paid_at: null } }),
	};
}

/** Matches the payment of an invoice as `GET /transactions` returns it. */
export function transactionOf(externalId: string): unknown {
	return expect.objectContaining({
		reference: expect.stringMatching(/^TX-REF-/) as unknown,
		status: 'completed',
		invoice_external_id: externalId,
	});
}
