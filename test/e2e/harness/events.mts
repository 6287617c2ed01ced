import { randomUUID } from 'node:crypto';
import type { RsomPayEvent } from '../../../simulator/index.mts';

/** The guide's example of a webhook, with an event ID of its own and a name in Arabic. */
export function paymentCompleted(changes: Partial<RsomPayEvent> = {}): RsomPayEvent {
	return {
		event: 'payment.completed',
		event_id: randomUUID(),
		occurred_at: '2026-05-18T12:00:00+00:00',
		customer: {
			id: 'CUST-9',
			fullname: 'أحمد علي',
			email: 'customer@example.com',
			phone: '+966501234567',
		},
		totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
		invoice: {
			external_id: 'INV-PARTNER-001',
			reference_number: 'INV-42-001',
			status: 'paid',
			amount: 103.5,
			payment_url: 'https://payment.rsompay.com/pay/invoice/token',
		},
		payment: {
			uuid: '660e8400-e29b-41d4-a716-446655440001',
			payment_method: 'card',
			status: 'completed',
			amount: 103.5,
			paid_at: '2026-05-18 12:00:00',
		},
		...changes,
	};
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
