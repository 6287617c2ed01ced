import type { InvoiceRequestInput } from './schema.mts';

/** The body of POST /invoices that the guide shows: it comes to 103.5 SAR. */
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
