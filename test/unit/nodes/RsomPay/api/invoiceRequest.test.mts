import fc from 'fast-check';
import { DateTime } from 'luxon';

import { INVOICE_LABELS } from '../../../../../nodes/RsomPay/resources/invoice/createFields.ts';
import { createInvoiceValidator } from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import { InputError } from '../../../../../nodes/shared/errors.ts';
import { inputErrorsOf } from '../../../support.mts';

type Fields = Record<string, unknown>;

const LINE: Fields = {
	description: 'Service fee',
	item_type: 'service',
	quantity: 1,
	unit_price: 100,
	discount_amount: 10,
	tax_rate: 15,
	reference_id: 'LINE-1',
};

/** The guide's example. */
const EXAMPLE: Fields = {
	external_id: 'INV-PARTNER-001',
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
	customer: {
		fullname: 'Ahmed Ali',
		id: 'CUST-9',
		email: 'customer@example.com',
		phone: '+966501234567',
	},
	items: [LINE],
	currency_code: 'SAR',
	due_date: '2026-12-31',
	issued_date: '2026-05-18',
	notes: 'Optional invoice note',
};

const validateInvoice = createInvoiceValidator('Asia/Riyadh', true, INVOICE_LABELS);

const errorsFor = (changes: Fields) =>
	inputErrorsOf(() => validateInvoice({ ...EXAMPLE, ...changes }));

const customer = (changes: Fields) => ({
	customer: { ...(EXAMPLE.customer as Fields), ...changes },
});

const line = (changes: Fields) => ({ items: [{ ...LINE, ...changes }] });

test("returns the guide's example unchanged", () => {
	expect(validateInvoice(EXAMPLE)).toStrictEqual(EXAMPLE);
});

test('leaves out empty fields', () => {
	const blanks = { currency_code: '', due_date: null, issued_date: ' ', notes: undefined };
	const body = validateInvoice({
		...EXAMPLE,
		...blanks,
		...customer({ email: '', phone: null }),
		...line({
			quantity: '',
			discount_amount: null,
			tax_rate: undefined,
			item_type: ' ',
			reference_id: '',
		}),
	});

	expect(JSON.parse(JSON.stringify(body))).toStrictEqual({
		external_id: 'INV-PARTNER-001',
		notification_url: 'https://partner.example.com/webhooks/rsom',
		return_url: 'https://partner.example.com/payment/return',
		customer: { fullname: 'Ahmed Ali', id: 'CUST-9' },
		items: [{ description: 'Service fee', unit_price: 100 }],
	});
});

test('converts numbers, texts and dates to the types of the API', () => {
	const body = validateInvoice({
		...EXAMPLE,
		external_id: 42,
		...customer({ id: 9, phone: 966501234567 }),
		...line({ quantity: '1.500', unit_price: '100.10', discount_amount: '0', tax_rate: '15' }),
		due_date: DateTime.fromISO('2026-12-31T16:00:00', { zone: 'America/New_York' }),
		issued_date: new Date('2026-05-17T21:00:00Z'),
	});

	expect(body).toMatchObject({
		external_id: '42',
		customer: { id: '9', phone: '966501234567' },
		items: [{ quantity: 1.5, unit_price: 100.1, discount_amount: 0, tax_rate: 15 }],
		due_date: '2027-01-01',
		issued_date: '2026-05-18',
	});
});

describe('the limits of the guide', () => {
	const url = (length: number) => {
		const start = 'https://partner.example.com/';
		return start + 'x'.repeat(length - start.length);
	};
	const emailAddress = (length: number) =>
		`${'x'.repeat(length - '@example.com'.length)}@example.com`;
	const x = (length: number) => 'x'.repeat(length);

	test.each<[string, number, (length: number) => Fields]>([
		["'External ID'", 255, (length) => ({ external_id: x(length) })],
		["'Notification URL'", 2048, (length) => ({ notification_url: url(length) })],
		["'Return URL'", 2048, (length) => ({ return_url: url(length) })],
		["'Currency Code'", 8, (length) => ({ currency_code: x(length) })],
		["'Notes'", 2000, (length) => ({ notes: x(length) })],
		["'Customer Full Name'", 255, (length) => customer({ fullname: x(length) })],
		["'Customer ID'", 255, (length) => customer({ id: x(length) })],
		["'Customer Email'", 255, (length) => customer({ email: emailAddress(length) })],
		["'Customer Phone'", 32, (length) => customer({ phone: x(length) })],
		["'Description' of line 1", 255, (length) => line({ description: x(length) })],
		["'Item Type' of line 1", 32, (length) => line({ item_type: x(length) })],
		["'Reference ID' of line 1", 128, (length) => line({ reference_id: x(length) })],
	])('%s has at most %d characters', (label, max, changes) => {
		expect(errorsFor(changes(max))).toStrictEqual([]);
		expect(errorsFor(changes(max + 1))).toStrictEqual([
			`${label} is too long: ${max + 1} characters, at most ${max} are allowed`,
		]);
	});

	test.each<[string, number, number, (value: number) => Fields]>([
		[
			"'Quantity' of line 1",
			0.001,
			0.0009,
			(value) => line({ quantity: value, discount_amount: 0 }),
		],
		[
			"'Unit Price' of line 1",
			0.01,
			0.0099,
			(value) => line({ unit_price: value, discount_amount: 0 }),
		],
		["'Discount Amount' of line 1", 0, -0.01, (value) => line({ discount_amount: value })],
	])('%s is at least %d', (label, min, tooSmall, changes) => {
		expect(errorsFor(changes(min))).toStrictEqual([]);
		expect(errorsFor(changes(tooSmall))).toStrictEqual([
			`${label} must be at least ${min}, not ${tooSmall}`,
		]);
	});

	test('a tax rate has no limit', () => {
		for (const rate of [-5, 0, 15, 150])
			expect(errorsFor(line({ tax_rate: rate }))).toStrictEqual([]);
	});

	test.each<[string, Fields]>([
		["'External ID' is empty", { external_id: '' }],
		["'Notification URL' is empty", { notification_url: ' ' }],
		["'Return URL' is empty", { return_url: undefined }],
		["'Customer Full Name' is empty", customer({ fullname: '' })],
		["'Customer ID' is empty", customer({ id: null })],
		["'Description' of line 1 is empty", line({ description: '' })],
		["'Unit Price' of line 1 is empty", line({ unit_price: '' })],
		["'Line Items' need at least one line", { items: [] }],
		["'Line Items' need at least one line", { items: undefined }],
	])('a required field: %s', (message, changes) => {
		expect(errorsFor(changes)).toStrictEqual([message]);
	});

	test.each<[string, Fields]>([
		[
			"'Customer Email' must be an e-mail address such as customer@example.com",
			customer({ email: 'x' }),
		],
		['\'Due Date\' must be a date such as 2026-12-31, not "soon"', { due_date: 'soon' }],
		["'Issued Date' must be a date such as 2026-12-31, not 5", { issued_date: 5 }],
		["'Notes' must be text", { notes: {} }],
		[
			'\'Unit Price\' of line 1 must be a number such as 100.10, not "1,000.00"',
			line({ unit_price: '1,000.00' }),
		],
		[
			'\'Tax Rate (%)\' of line 1 must be a number such as 100.10, not "15%"',
			line({ tax_rate: '15%' }),
		],
	])('the format of a field: %s', (message, changes) => {
		expect(errorsFor(changes)).toStrictEqual([message]);
	});
});

describe('the total', () => {
	const NO_TOTAL = ["'Line Items' must add up to more than 0 after discounts and tax"];

	test.each<[Fields[]]>([
		[[{ ...LINE, discount_amount: 100 }]],
		[[{ ...LINE, discount_amount: 100.01 }]],
		[[{ ...LINE, tax_rate: -100 }]],
		[[LINE, { ...LINE, discount_amount: 190 }]],
		// In binary floating point, 0.1 + 0.2 - 0.3 is more than 0.
		[
			[
				{ description: 'A', unit_price: 0.1 },
				{ description: 'B', unit_price: 0.2 },
				{ description: 'C', unit_price: 0.1, discount_amount: 0.4 },
			],
		],
	])('must be more than 0: %j', (items) => {
		expect(errorsFor({ items })).toStrictEqual(NO_TOTAL);
	});

	test('may include a negative line', () => {
		expect(errorsFor({ items: [LINE, { ...LINE, discount_amount: 150 }] })).toStrictEqual([]);
	});

	test('is not validated when a number of a line is invalid', () => {
		const items = [
			{ ...LINE, quantity: 0 },
			{ ...LINE, discount_amount: 500 },
		];

		expect(errorsFor({ items })).toStrictEqual([
			"'Quantity' of line 1 must be at least 0.001, not 0",
		]);
	});
});

describe('lines from JSON', () => {
	test('can have numbers as text and text as numbers', () => {
		const { items } = validateInvoice({
			...EXAMPLE,
			items: [{ description: 5, unit_price: ' 100.10 ' }],
		});

		expect(items).toStrictEqual([{ description: '5', unit_price: 100.1 }]);
	});

	test.each([
		['[{', 'the end is missing'],
		['text', 'look at line 1, column 1'],
		['[\n  { "unit_price": 1, }\n]', 'look at line 2, column 22'],
	])('are rejected with the place where %j is not valid JSON', (items, where) => {
		expect(errorsFor({ items })).toStrictEqual([`'Line Items' are not valid JSON: ${where}`]);
	});

	test.each([[{ description: 'Service fee', unit_price: 100 }], [5], [true], [null]])(
		'are rejected when they are %j',
		(items) => {
			expect(errorsFor({ items })).toStrictEqual(["'Line Items' must be a list of lines"]);
		},
	);

	test('are rejected when a line is not an object', () => {
		expect(errorsFor({ items: [LINE, 5, null, 'x', []] })).toStrictEqual(
			[2, 3, 4, 5].map((number) => `'Line Items': line ${number} must be an object`),
		);
	});

	test('are rejected when a line has an unknown field', () => {
		expect(errorsFor({ items: [LINE, { ...LINE, unitPrice: 5, price: 5 }] })).toStrictEqual([
			"'Line Items': line 2 has 'unitPrice', 'price', which RsomPay does not know (it knows description, quantity, unit_price, discount_amount, tax_rate, item_type, reference_id)",
		]);
	});
});

test('reports all errors at once, each with the label of its field', () => {
	const fields = {
		...EXAMPLE,
		external_id: '',
		notification_url: 'http://partner.example.com',
		return_url: 'https://localhost/return',
		...customer({ fullname: '', email: 'x' }),
		items: [LINE, { ...LINE, description: '', unit_price: 'a lot' }],
		due_date: 'soon',
		notes: 'x'.repeat(2001),
	};
	const messages = [
		"'External ID' is empty",
		"'Notification URL' must begin with https://",
		"'Return URL' must be reachable from the internet, which localhost is not",
		"'Customer Full Name' is empty",
		"'Customer Email' must be an e-mail address such as customer@example.com",
		"'Description' of line 2 is empty",
		`'Unit Price' of line 2 must be a number such as 100.10, not "a lot"`,
		`'Due Date' must be a date such as 2026-12-31, not "soon"`,
		"'Notes' is too long: 2001 characters, at most 2000 are allowed",
	];

	expect(inputErrorsOf(() => validateInvoice(fields))).toStrictEqual(messages);
	expect(() => validateInvoice(fields)).toThrow(messages.join('; '));
});

describe('the two URLs', () => {
	const both = (url: string) => ({ ...EXAMPLE, notification_url: url, return_url: url });
	const custom = createInvoiceValidator('UTC', false, INVOICE_LABELS);

	test.each([
		'http://partner.example.com',
		'https://127.0.0.1/hook',
		'https://n8n.local',
		'https:partner.example.com',
	])('must be public for RsomPay: rejects %s', (url) => {
		const errors = inputErrorsOf(() => validateInvoice(both(url)));

		expect(errors).toHaveLength(2);
		expect(errors[0]).toMatch(/^'Notification URL' must/);
		expect(errors[1]).toMatch(/^'Return URL' must/);
	});

	test.each(['http://127.0.0.1:5678/webhook/1', 'https://localhost', 'HTTP://n8n.local/hook'])(
		'need not be public for a custom base URL: accepts %s',
		(url) => {
			expect(custom(both(url))).toMatchObject({ notification_url: url, return_url: url });
		},
	);

	test.each([
		'partner.example.com',
		'ftp://partner.example.com',
		'/hook',
		'https://',
		'https:///hook',
	])('must be absolute for a custom base URL: rejects %s', (url) => {
		expect(inputErrorsOf(() => custom(both(url)))).toStrictEqual(
			['Notification URL', 'Return URL'].map(
				(label) => `'${label}' must be a whole address that begins with https://`,
			),
		);
	});

	test.each([
		[true, 'is empty'],
		[false, 'is empty'],
	])('get one error each when empty (public: %j)', (urlsArePublic, message) => {
		expect(
			inputErrorsOf(() => createInvoiceValidator('UTC', urlsArePublic, INVOICE_LABELS)(both(' '))),
		).toStrictEqual([`'Notification URL' ${message}`, `'Return URL' ${message}`]);
	});
});

test("reads dates in the workflow's time zone", () => {
	const date = new Date('2026-12-31T22:00:00Z');
	const days = ['Asia/Riyadh', 'America/New_York'].map(
		(zone) =>
			createInvoiceValidator(zone, true, INVOICE_LABELS)({ ...EXAMPLE, due_date: date }).due_date,
	);

	expect(days).toStrictEqual(['2027-01-01', '2026-12-31']);
});

test('accepts any values or throws an InputError', () => {
	const value = fc.anything({ withBigInt: true, withDate: true });
	const fields = fc.record(
		{
			external_id: value,
			notification_url: value,
			return_url: value,
			customer: fc.oneof(
				value,
				fc.record({ id: value, fullname: value, email: value, phone: value }),
			),
			items: fc.oneof(
				value,
				fc.array(
					fc.oneof(
						value,
						fc.record({ ...Object.fromEntries(Object.keys(LINE).map((name) => [name, value])) }),
					),
				),
			),
			due_date: value,
			notes: value,
		},
		{ requiredKeys: [] },
	);
	fc.assert(
		fc.property(fields, (values) => {
			for (const message of inputErrorsOf(() => validateInvoice(values)))
				expect(message).toMatch(/^'/);
		}),
		{ numRuns: 300 },
	);
	expect(() => validateInvoice({})).toThrow(InputError);
});
