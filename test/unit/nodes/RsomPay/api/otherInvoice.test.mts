import fc from 'fast-check';

import type { InvoiceRequest } from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import { otherInvoice } from '../../../../../nodes/RsomPay/api/otherInvoice.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';

const line = {
	description: 'Service fee',
	quantity: 1,
	unit_price: 100,
	discount_amount: 10,
	tax_rate: 15,
};

const request: InvoiceRequest = {
	external_id: 'INV-PARTNER-001',
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
	customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
	items: [line],
};

const invoice: Invoice = {
	external_id: 'INV-PARTNER-001',
	status: 'issued',
	amount: 103.5,
	customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
};

test.each<[string, Record<string, unknown>]>([
	['the amount', {}],
	['the amount as text', { amount: '103.50' }],
	['the amount, rounded up', { amount: 103.52 }],
	['the amount, rounded down', { amount: 103.48 }],
	['no amount', { amount: undefined }],
	['an amount of null', { amount: null }],
	['an amount that is blank', { amount: '' }],
	['an amount that cannot be compared', { amount: 'SAR 5' }],
	['an amount beyond all numbers', JSON.parse('{"amount":1e999}') as { amount: number }],
	['no customer', { customer: undefined }],
	['a customer of null', { customer: null }],
	['a customer without an ID', { customer: { fullname: 'Ahmed Ali' } }],
	['an empty customer as PHP writes it', { customer: [] }],
	['a customer by another name', { customer: { id: 'CUST-9', fullname: 'Ahmad Ali' } }],
	['another status', { status: 'paid' }],
])('an invoice with %s is the one that was asked for', (_, changes) => {
	expect(otherInvoice({ ...invoice, ...changes }, request)).toBeUndefined();
});

test.each<[string, Record<string, unknown>, string]>([
	['a higher amount', { amount: 103.53 }, '103.53 for customer CUST-9'],
	['a lower amount', { amount: 103.47 }, '103.47 for customer CUST-9'],
	['another amount as text', { amount: '250.00' }, '250 for customer CUST-9'],
	['an amount of nothing', { amount: 0 }, '0 for customer CUST-9'],
	['another customer', { customer: { id: 'CUST-10' } }, '103.5 for customer CUST-10'],
])('an invoice with %s is another one', (_, changes, found) => {
	expect(otherInvoice({ ...invoice, ...changes }, request)).toBe(
		`The External ID "INV-PARTNER-001" was used before, and RsomPay gave back the invoice it stands for: ${found}, while this item asks for 103.5 for customer CUST-9. Use another External ID for another invoice.`,
	);
});

test('each line may be rounded', () => {
	const lines = { ...request, items: [line, line, line] };

	expect(otherInvoice({ ...invoice, amount: 310.56 }, lines)).toBeUndefined();
	expect(otherInvoice({ ...invoice, amount: 310.57 }, lines)).toBeDefined();
});

test('rounding each line to the coin is never taken for another invoice', () => {
	const cents = fc.integer({ min: 1, max: 10_000_000 });
	const lines = fc.array(
		fc.record({ price: cents, thousandths: fc.integer({ min: 1, max: 9_999 }), tax: fc.nat(25) }),
		{
			minLength: 1,
			maxLength: 12,
		},
	);
	const round = (hundredThousandths: bigint, unit: bigint) =>
		(hundredThousandths * 2n + unit) / (unit * 2n);
	fc.assert(
		fc.property(lines, (values) => {
			// As a till does it: the price of a line, and then its tax, each to the coin.
			const total = values.reduce((sum, { price, thousandths, tax }) => {
				const net = round(BigInt(price) * BigInt(thousandths), 1_000n);
				return sum + net + round(net * BigInt(tax), 100n);
			}, 0n);
			const items = values.map(({ price, thousandths, tax }) => ({
				description: 'Service fee',
				unit_price: price / 100,
				quantity: thousandths / 1_000,
				tax_rate: tax,
			}));
			const amount = Number(total) / 100;
			expect(otherInvoice({ ...invoice, amount }, { ...request, items })).toBeUndefined();
		}),
	);
});

test('says something of any answer, and never throws', () => {
	const changes = fc.record({
		amount: fc.oneof(fc.double(), fc.anything()),
		customer: fc.anything(),
	});
	fc.assert(
		fc.property(changes, (values) => {
			const sentence = otherInvoice({ ...invoice, ...values } as Invoice, request);
			if (sentence === undefined) return;
			expect(sentence).toContain('"INV-PARTNER-001" was used before');
			expect(sentence).not.toMatch(/undefined|null|NaN/);
		}),
		{ numRuns: 500 },
	);
});
