import { phpJson } from '../simulator/index.mts';

/** A webhook's body of about 1.3 kB. API guide: the example of `payment.completed`. */
export function exampleBody(eventId: string): string {
	return phpJson({
		event: 'payment.completed',
		event_id: eventId,
		occurred_at: '2026-05-18T12:00:00+00:00',
		customer: {
			id: 'CUST-9',
			fullname: 'Ahmed Ali',
			email: 'customer@example.com',
			phone: '+966501234567',
		},
		totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
		invoice: {
			external_id: 'INV-PARTNER-001',
			reference_number: 'INV-42-001',
			status: 'paid',
			amount: 103.5,
			payment_url: 'https://payment.rsompay.com/pay/invoice/0f1e2d3c4b5a69788796a5b4c3d2e1f0',
			notes: 'Optional invoice note. '.repeat(24),
		},
		payment: {
			uuid: '660e8400-e29b-41d4-a716-446655440001',
			payment_method: 'card',
			status: 'completed',
			amount: 103.5,
			paid_at: '2026-05-18 12:00:00',
		},
	});
}
