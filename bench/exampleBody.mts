import { exampleEvent, phpJson } from '../simulator/index.mts';

/** A webhook body of about 1.3 kB: the API guide's example of `payment.completed`. */
export function exampleBody(eventId: string): string {
	const event = exampleEvent({ event_id: eventId });
	return phpJson({
		...event,
		invoice: { ...event.invoice, notes: 'Optional invoice note. '.repeat(28) },
	});
}
