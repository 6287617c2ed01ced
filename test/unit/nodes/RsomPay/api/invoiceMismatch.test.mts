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

const compare = (changes: Record<string, unknown>, asked = request) =>
	findInvoiceMismatch({ ...invoice, ...changes } as Invoice, asked);

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
])('an invoice with %s is the one that was asked for', (_, changes) => {
	expect(compare(changes)).toBeUndefined();
});

test('what was left out is what RsomPay makes of it', () => {
	const asked = { ...request, items: [{ description: 'Service fee', unit_price: 100 }] };
	const told = (changes: Record<string, unknown>) => ({
		items: [{ unit_price: 100, quantity: 1, discount_amount: 0, tax_rate: 0, ...changes }],
	});

	expect(compare(told({}), asked)).toBeUndefined();
	expect(compare(told({ tax_rate: 15 }), asked)).toBeUndefined();
	expect(compare(told({ quantity: 2 }), asked)).toBeDefined();
	expect(compare(told({ discount_amount: 1 }), asked)).toBeDefined();
});

// In binary floating point 1.01 - 1.005 is more than 0.005, and 3.0005 - 3 more than 0.0005.
test.each([
	[{ unit_price: 1.005 }, { unit_price: '1.01' }],
	[{ quantity: 3.0005 }, { quantity: '3.000' }],
])('what was rounded by exactly half a digit is the same: %j, %j', (asked, told) => {
	expect(compare(items(told), { ...request, items: [{ ...line, ...asked }] })).toBeUndefined();
});

test('a quantity has three decimals', () => {
	expect(compare(items({ quantity: 1.0005 }))).toBeUndefined();
	expect(compare(items({ quantity: 1.001 }))).toBeDefined();
});

test('a customer whose ID comes as a number is the same', () => {
	const asked = { ...request, customer: { id: '42', fullname: 'Ahmed Ali' } };

	expect(compare({ customer: { id: 42 } }, asked)).toBeUndefined();
	expect(compare({ customer: { id: 43 } }, asked)).toBeDefined();
});

describe('another invoice is not handed on', () => {
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
		const problem = compare(changes);

		expect(problem).toBeInstanceOf(ServiceError);
		expect(problem?.message).toBe(
			'The External ID "INV-PARTNER-001" already stands for an invoice with other line items',
		);
		expect(problem?.description).toContain('Use another External ID');
	});

	test('of another customer', () => {
		expect(compare({ customer: { id: 'CUST-10' } })?.message).toBe(
			'The External ID "INV-PARTNER-001" already stands for an invoice of another customer',
		);
	});

	test('with the second of two lines changed', () => {
		const asked = { ...request, items: [line, line] };

		expect(compare({ items: [line, line] }, asked)).toBeUndefined();
		expect(compare({ items: [line, { ...line, unit_price: 99 }] }, asked)).toBeDefined();
	});
});

test('says something of any answer, and never throws', () => {
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
			expect(compare(values)?.message ?? 'already stands for').toContain('already stands for');
		}),
	);
});
