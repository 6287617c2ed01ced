import fc from 'fast-check';

import type { InvoiceRequest } from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import { findInvoiceMismatch } from '../../../../../nodes/RsomPay/api/invoiceMismatch.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

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
	items: [{ ...line, tax_amount: 13.5, total_amount: 103.5, reference_id: null }],
};

const mismatchOf = (changes: Record<string, unknown>, expected = request) =>
	findInvoiceMismatch({ ...invoice, ...changes } as Invoice, expected);

const items = (changes: Record<string, unknown>) => ({ items: [{ ...line, ...changes }] });

test.each<[string, Record<string, unknown>]>([
	['the same customer and lines', {}],
	['no customer', { customer: undefined }],
	['a customer of null', { customer: null }],
	['an empty customer as PHP writes it', { customer: [] }],
	['a customer ID of null', { customer: { id: null } }],
	['a customer ID that cannot be compared', { customer: { id: { toString: '' } } }],
	['a customer by another name', { customer: { id: 'CUST-9', fullname: 'Ahmad Ali' } }],
	['no lines', { items: undefined }],
	['lines of null', { items: null }],
	['lines that cannot be compared', { items: ['Service fee'] }],
	['numbers as text', items({ quantity: '1.000', unit_price: '100.00', tax_rate: '15' })],
	['a number of null', items({ discount_amount: null, tax_rate: null })],
	['a number that cannot be compared', items({ unit_price: 'SAR 100' })],
	['a number that was rounded', items({ unit_price: 100.004, discount_amount: 9.996 })],
	['another description', items({ description: 'Fee' })],
	['another status and amount', { status: 'paid', amount: 0 }],
])('accepts an invoice with %s', (_, changes) => {
	expect(mismatchOf(changes)).toBeUndefined();
});

test('compares a missing field with the default of RsomPay', () => {
	const expected = { ...request, items: [{ description: 'Service fee', unit_price: 100 }] };
	const actual = (changes: Record<string, unknown>) => ({
		items: [{ unit_price: 100, quantity: 1, discount_amount: 0, tax_rate: 0, ...changes }],
	});

	expect(mismatchOf(actual({}), expected)).toBeUndefined();
	expect(mismatchOf(actual({ tax_rate: 15 }), expected)).toBeUndefined();
	expect(mismatchOf(actual({ quantity: 2 }), expected)).toBeDefined();
	expect(mismatchOf(actual({ discount_amount: 1 }), expected)).toBeDefined();
});

// In binary floating point 1.01 - 1.005 is more than 0.005, and 3.0005 - 3 more than 0.0005.
test.each([
	[{ unit_price: 1.005 }, { unit_price: '1.01' }],
	[{ quantity: 3.0005 }, { quantity: '3.000' }],
])('accepts a value rounded by exactly half a digit: %j, %j', (expected, actual) => {
	expect(
		mismatchOf(items(actual), { ...request, items: [{ ...line, ...expected }] }),
	).toBeUndefined();
});

test('compares a quantity to three decimals', () => {
	expect(mismatchOf(items({ quantity: 1.0005 }))).toBeUndefined();
	expect(mismatchOf(items({ quantity: 1.001 }))).toBeDefined();
});

test('compares a customer ID that is a number', () => {
	const expected = { ...request, customer: { id: '42', fullname: 'Ahmed Ali' } };

	expect(mismatchOf({ customer: { id: 42 } }, expected)).toBeUndefined();
	expect(mismatchOf({ customer: { id: 43 } }, expected)).toBeDefined();
});

describe('returns an error for an invoice', () => {
	test.each<[string, Record<string, unknown>]>([
		['fewer lines', { items: [] }],
		['more lines', { items: [line, line] }],
		['another price', items({ unit_price: 100.02 })],
		['another price as text', items({ unit_price: '250.00' })],
		['another quantity', items({ quantity: 2 })],
		['another discount', items({ discount_amount: 0 })],
		['another tax rate', items({ tax_rate: 5 })],
		['another second line', { items: [line, { ...line, unit_price: 1 }] }],
	])('with %s', (_, changes) => {
		const error = mismatchOf(changes);

		expect(error).toBeInstanceOf(ServiceError);
		expect(error?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice with other line items',
		);
		expect(error?.description).toContain('Use another External ID');
	});

	test('of another customer', () => {
		expect(mismatchOf({ customer: { id: 'CUST-10' } })?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice of another customer',
		);
	});

	test('with the second of two lines changed', () => {
		const expected = { ...request, items: [line, line] };

		expect(mismatchOf({ items: [line, line] }, expected)).toBeUndefined();
		expect(mismatchOf({ items: [line, { ...line, unit_price: 99 }] }, expected)).toBeDefined();
	});
});

test('accepts any response or returns an error without throwing', () => {
	const anything = fc.oneof(fc.double(), fc.anything());
	const changes = fc.record({
		customer: fc.oneof(fc.record({ id: fc.anything() }), fc.anything()),
		items: fc.oneof(
			fc.array(fc.record({ unit_price: anything, quantity: anything }), { maxLength: 2 }),
			fc.anything(),
		),
	});
	fc.assert(
		fc.property(changes, (values) => {
			expect(mismatchOf(values)?.message ?? 'already belongs to').toContain('already belongs to');
		}),
	);
});
