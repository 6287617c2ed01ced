import { randomUUID } from 'node:crypto';
import type { InvoiceRequestInput } from './schema.mts';
import type { RsomPayEvent } from './types.mts';

/** The guide's example body of POST /invoices; its total is 103.5 SAR. */
export const exampleInvoiceRequest = {
	external_id: 'INV-PARTNER-001',
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
	currency_code: 'SAR',
	due_date: '2026-12-31',
	issued_date: '2026-05-18',
	notes: 'Optional invoice note',
	customer: {
		id: 'CUST-9',
		fullname: 'Ahmed Ali',
		email: 'customer@example.com',
		phone: '+966501234567',
	},
	items: [
		{
			description: 'Service fee',
			item_type: 'service',
			quantity: 1,
			unit_price: 100,
			discount_amount: 10,
			tax_rate: 15,
			reference_id: 'LINE-1',
		},
	],
} satisfies InvoiceRequestInput;

/** The guide's example webhook (§7) for that invoice, paid; each call has a new event ID. */
export function exampleEvent(changes: Partial<RsomPayEvent> = {}): RsomPayEvent {
	return {
		event: 'payment.completed',
		event_id: randomUUID(),
		occurred_at: '2026-05-18T12:00:00+00:00',
		customer: exampleInvoiceRequest.customer,
		totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
		invoice: {
			external_id: exampleInvoiceRequest.external_id,
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
