import { exampleEvent, type RsomPayEvent } from '../../../simulator/index.mts';

/** The guide's example of a webhook, with an event ID of its own and a name in Arabic. */
export function paymentCompleted(changes: Partial<RsomPayEvent> = {}): RsomPayEvent {
	const event = exampleEvent();
	return { ...event, customer: { ...event.customer, fullname: 'أحمد علي' }, ...changes };
}

/** The event of a changed status, which carries the invoice's new one. */
export function statusChanged(status: RsomPayEvent['invoice']['status']): RsomPayEvent {
	const { invoice } = paymentCompleted();
	return paymentCompleted({
		event: 'invoice.status_changed',
		previous_status: 'issued',
		invoice: { ...invoice, status },
	});
}
