import { exampleEvent, type RsomPayEvent } from '../../../simulator/index.mts';

/** The API guide's example of a webhook, with a new event ID and an Arabic name. */
export function paymentCompleted(changes: Partial<RsomPayEvent> = {}): RsomPayEvent {
	const event = exampleEvent();
	return { ...event, customer: { ...event.customer, fullname: 'أحمد علي' }, ...changes };
}

/** The event for a new status of the invoice. */
export function statusChanged(status: RsomPayEvent['invoice']['status']): RsomPayEvent {
	const { invoice } = paymentCompleted();
	return paymentCompleted({
		event: 'invoice.status_changed',
		previous_status: 'issued',
		invoice: { ...invoice, status },
	});
}
