import fc from 'fast-check';

import type {
	InvoiceLine,
	InvoiceRequest,
} from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import { findInvoiceMismatch } from '../../../../../nodes/RsomPay/api/invoiceMismatch.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';
import { computeTotals } from '../../../../../simulator/rsompay/totals.mts';

const line = {
	description: 'Service fee',
	item_type: 'service',
	quantity: 1,
	unit_price: 100,
	discount_amount: 10,
	tax_rate: 15,
	reference_id: 'LINE-1',
};

const requestOf = (items: InvoiceLine[]): InvoiceRequest => ({
	external_id: 'INV-PARTNER-001',
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
	customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
	items,
});

/** What the simulator of RsomPay computes for lines. */
function pricesOf(items: InvoiceLine[]) {
	const priced = computeTotals(
		items.map((item) => ({
			unit_price: item.unit_price,
			quantity: item.quantity ?? 1,
			discount_amount: item.discount_amount ?? 0,
			tax_rate: item.tax_rate ?? 0,
		})),
	);
	if (priced === null) throw new Error('The lines are too large for the simulator');
	return priced;
}

/** The invoice that RsomPay returns for lines. */
function invoiceOf(items: InvoiceLine[]) {
	const { lines, totals } = pricesOf(items);
	return {
		external_id: 'INV-PARTNER-001',
		status: 'issued',
		amount: totals.grand_total as unknown,
		customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
		totals: totals as Record<string, unknown>,
		items: items.map(({ description, item_type, reference_id }, index) => ({
			description,
			item_type: item_type ?? null,
			reference_id: reference_id ?? null,
			...lines[index],
		})) as Array<Record<string, unknown>>,
	};
}

/** The error for an invoice of `[line]` with these changes. */
const mismatchOf = (changes: Record<string, unknown>, expected = requestOf([line])) =>
	findInvoiceMismatch({ ...invoiceOf([line]), ...changes } as Invoice, expected);

/** The error for an invoice of `existing` when `requested` was requested. */
const reuseOf = (existing: InvoiceLine[], requested: InvoiceLine[]) =>
	findInvoiceMismatch(invoiceOf(existing) as Invoice, requestOf(requested));

const items = (changes: Record<string, unknown>) => ({ items: [{ ...line, ...changes }] });

test.each<[string, Record<string, unknown>]>([
	['the same customer, lines and amount', {}],
	['no customer', { customer: undefined }],
	['a customer of null', { customer: null }],
	['an empty customer as PHP writes it', { customer: [] }],
	['a customer ID of null', { customer: { id: null } }],
	['a customer ID that cannot be compared', { customer: { id: { toString: '' } } }],
	['a customer by another name', { customer: { id: 'CUST-9', fullname: 'Ahmad Ali' } }],
	['a trimmed customer ID', { customer: { id: '\u200fCUST-9 ' } }],
	['no lines', { items: undefined }],
	['lines of null', { items: null }],
	['a line that cannot be compared', { items: ['Service fee'] }],
	['numbers as text', items({ quantity: '1.000', unit_price: '100.00', tax_rate: '15' })],
	['a number of null', items({ discount_amount: null, tax_rate: null })],
	['a number that cannot be compared', items({ unit_price: 'SAR 100' })],
	['a number that was rounded', items({ unit_price: 100.004, discount_amount: 9.996 })],
	['texts of null', items({ description: null, item_type: null, reference_id: null })],
	['no texts', { items: [{ unit_price: 100 }] }],
	['other spaces in a text', items({ description: ' Service\u00a0 fee\r\n' })],
	['a text without its direction mark', items({ description: 'Service fee\u200f' })],
	['another status', { status: 'paid' }],
	['an amount as text', { amount: '103.50', totals: { grand_total: '103.5' } }],
	['an amount of null', { amount: null, totals: { grand_total: null } }],
	['no amount', { amount: undefined, totals: undefined }],
	['totals as PHP writes an empty object', { totals: [] }],
	['an amount that cannot be compared', { amount: 'SAR 1,035.00', totals: { grand_total: {} } }],
	['the default currency', { currency_code: 'SAR' }],
	['a currency in lower case', { currency_code: ' sar ' }],
	['a currency of null', { currency_code: null }],
])('accepts an invoice with %s', (_, changes) => {
	expect(mismatchOf(changes)).toBeUndefined();
});

describe('a field that the request leaves out', () => {
	const bare = { description: 'Service fee', unit_price: 100 };

	test('is compared with the default of RsomPay', () => {
		expect(reuseOf([bare], [bare])).toBeUndefined();
		expect(
			reuseOf([{ ...bare, quantity: 1, discount_amount: 0, tax_rate: 0 }], [bare]),
		).toBeUndefined();
		expect(reuseOf([{ ...bare, quantity: 2 }], [bare])).toBeDefined();
		expect(reuseOf([{ ...bare, discount_amount: 1 }], [bare])).toBeDefined();
	});

	test('as the tax rate means no tax', () => {
		const error = reuseOf([{ ...bare, tax_rate: 15 }], [bare]);

		expect(error?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice with other line items',
		);
		expect(error?.description).toContain('The tax_rate of line 1 is 15, not 0.');
		expect(error?.description).toContain("set every line's tax rate");
	});

	test('as the tax rate means no tax, even when RsomPay returns no lines', () => {
		const { amount } = invoiceOf([{ ...bare, tax_rate: 15 }]);

		expect(
			findInvoiceMismatch(
				{ ...invoiceOf([bare]), items: undefined, amount } as Invoice,
				requestOf([bare]),
			),
		).toBeDefined();
	});

	test('without a default is not compared', () => {
		expect(
			reuseOf([{ ...bare, item_type: 'service', reference_id: 'LINE-1' }], [bare]),
		).toBeUndefined();
	});
});

// In binary floating point 1.01 - 1.005 is more than 0.005, and 3.0005 - 3 more than 0.0005.
test.each<[Partial<InvoiceLine>, Record<string, unknown>, number]>([
	[{ unit_price: 1.005 }, { unit_price: '1.01' }, 1.01],
	[{ quantity: 3.0005 }, { quantity: '3.000' }, 3],
])('accepts a value rounded by exactly half a digit: %j, %j', (expected, actual, amount) => {
	const requested = { description: 'Service fee', unit_price: 1, ...expected };
	const returned = { ...invoiceOf([requested]), amount };
	returned.items = [{ ...returned.items[0], ...actual }];

	expect(findInvoiceMismatch(returned as Invoice, requestOf([requested]))).toBeUndefined();
});

test('compares a quantity to three decimals', () => {
	expect(mismatchOf(items({ quantity: 1.0005 }))).toBeUndefined();
	expect(mismatchOf(items({ quantity: 1.001 }))).toBeDefined();
});

test('compares a customer ID that is a number', () => {
	const expected = { ...requestOf([line]), customer: { id: '42', fullname: 'Ahmed Ali' } };

	expect(mismatchOf({ customer: { id: 42 } }, expected)).toBeUndefined();
	expect(mismatchOf({ customer: { id: 43 } }, expected)).toBeDefined();
});

describe('returns an error for an invoice', () => {
	test.each<[string, Record<string, unknown>, string]>([
		['fewer lines', { items: [] }, 'It has 0 lines, not 1.'],
		['more lines', { items: [line, line] }, 'It has 2 lines, not 1.'],
		['another price', items({ unit_price: 100.02 }), 'unit_price of line 1 is 100.02, not 100.'],
		['another price as text', items({ unit_price: '250.00' }), 'unit_price of line 1 is 250,'],
		['another quantity', items({ quantity: 2 }), 'The quantity of line 1 is 2, not 1.'],
		['another discount', items({ discount_amount: 0 }), 'discount_amount of line 1 is 0, not 10.'],
		['another tax rate', items({ tax_rate: 5 }), 'The tax_rate of line 1 is 5, not 15.'],
		['another description', items({ description: 'Fee' }), 'line 1 is "Fee", not "Service fee".'],
		['another item type', items({ item_type: 'goods' }), 'item_type of line 1 is "goods"'],
		['another reference', items({ reference_id: 'LINE-2' }), 'reference_id of line 1 is "LINE-2"'],
		[
			'another price beside a value that cannot be compared',
			items({ unit_price: 1, quantity: {} }),
			'unit_price',
		],
	])('with %s', (_, changes, difference) => {
		const error = mismatchOf(changes);

		expect(error).toBeInstanceOf(ServiceError);
		expect(error?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice with other line items',
		);
		expect(error?.description).toContain(difference);
		expect(error?.description).toContain('Use another External ID');
	});

	test.each<[string, Record<string, unknown>]>([
		['amount', { amount: 103.51 }],
		['amount as text', { amount: '103.49' }],
		['amount of 0', { amount: 0 }],
		['grand total', { totals: { grand_total: 90 } }],
		['amount, without lines', { amount: 103.51, items: undefined }],
		['amount, beside lines that cannot be compared', { amount: 90, items: ['Service fee'] }],
	])('of another %s', (_, changes) => {
		const error = mismatchOf(changes);

		expect(error?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice of another amount',
		);
		expect(error?.description).toContain('not 103.5.');
	});

	test('in another currency', () => {
		const inDollars = { ...requestOf([line]), currency_code: 'USD' };

		expect(mismatchOf({ currency_code: 'usd' }, inDollars)).toBeUndefined();
		expect(mismatchOf({ currency_code: 'SAR' }, inDollars)?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice in another currency',
		);
		expect(mismatchOf({ currency_code: 'USD' })).toBeDefined();
	});

	test('of another customer', () => {
		expect(mismatchOf({ customer: { id: 'CUST-10' } })?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice of another customer',
		);
	});

	test('with the second of two lines changed', () => {
		expect(reuseOf([line, line], [line, line])).toBeUndefined();
		expect(reuseOf([line, { ...line, unit_price: 99 }], [line, line])?.description).toContain(
			'The unit_price of line 2 is 99, not 100.',
		);
	});
});

const hundredths = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 100);

/** Lines as merchants write them: prices of two decimals, quantities of three, any field absent. */
const anyLine: fc.Arbitrary<InvoiceLine> = fc.record(
	{
		description: fc.constantFrom('Service fee', 'رسوم الخدمة', 'Crème\u0301  brûlée'),
		unit_price: fc.integer({ min: 1, max: 50_000_000 }).map((value) => value / 100),
		quantity: fc.integer({ min: 1, max: 2_000_000 }).map((value) => value / 1000),
		discount_amount: hundredths(500),
		tax_rate: fc.oneof(fc.constantFrom(0, 5, 15), hundredths(3_000)),
		item_type: fc.constantFrom('service', 'goods'),
		reference_id: fc.constantFrom('LINE-1', 'LINE-2'),
	},
	{ requiredKeys: ['description', 'unit_price'] },
);

const anyLines = fc
	.array(anyLine, { minLength: 1, maxLength: 8 })
	.filter((lines) => pricesOf(lines).totals.grand_total > 0);

describe('for thousands of lines', () => {
	test('accepts what RsomPay makes of the request', () => {
		fc.assert(
			fc.property(anyLines, (lines) => {
				expect(reuseOf(lines, lines)).toBeUndefined();
			}),
			{ numRuns: 2_000 },
		);
	});

	test('accepts it with numbers as text, null for what is absent, and other spaces', () => {
		const asText = (value: unknown, digits = 2) =>
			typeof value === 'number' ? value.toFixed(digits) : value;
		fc.assert(
			fc.property(anyLines, (lines) => {
				const invoice = invoiceOf(lines);
				const returned = {
					...invoice,
					amount: asText(invoice.amount),
					totals: { grand_total: asText(invoice.totals.grand_total) },
					items: invoice.items.map((item) => ({
						...item,
						description: ` ${String(item.description).normalize('NFD').replace(/ +/g, ' ')}\u200e`,
						unit_price: asText(item.unit_price),
						quantity: asText(item.quantity, 3),
						discount_amount: item.discount_amount === 0 ? null : asText(item.discount_amount),
						tax_rate: item.tax_rate === 0 ? null : asText(item.tax_rate),
					})),
				};
				expect(findInvoiceMismatch(returned as Invoice, requestOf(lines))).toBeUndefined();
			}),
			{ numRuns: 1_000 },
		);
	});

	// Amounts with nine decimals: price × quantity has five, the tax of a rate of two decimals four more.
	const SCALE = 10n ** 9n;
	const HALALA = 10n ** 7n;
	const exact = (value: number, factor: number) => BigInt(Math.round(value * factor));
	const roundings: Record<string, (amount: bigint) => bigint> = {
		'half up': (amount) => ((amount + HALALA / 2n) / HALALA) * HALALA,
		'half to even': (amount) => {
			const [whole, rest] = [amount / HALALA, amount % HALALA];
			const up = rest * 2n > HALALA || (rest * 2n === HALALA && whole % 2n === 1n);
			return (up ? whole + 1n : whole) * HALALA;
		},
		down: (amount) => (amount / HALALA) * HALALA,
		up: (amount) => ((amount + HALALA - 1n) / HALALA) * HALALA,
	};
	const none = (amount: bigint) => amount;

	test.each(Object.keys(roundings))('accepts amounts rounded %s, by line or in total', (rule) => {
		const round = roundings[rule] ?? none;
		const totalOf = (lines: InvoiceLine[], roundLine: (amount: bigint) => bigint) =>
			lines
				.map(({ unit_price, quantity = 1, discount_amount = 0, tax_rate = 0 }) => {
					const price = exact(unit_price, 100) * exact(quantity, 1000) * (SCALE / 100_000n);
					const net = roundLine(price) - exact(discount_amount, 100) * HALALA;
					return net + roundLine((net * exact(tax_rate, 100)) / 10_000n);
				})
				.reduce((sum, total) => sum + total, 0n);
		const positive = anyLines.filter((lines) =>
			lines.every(({ unit_price, quantity = 1 }) => unit_price * quantity > 6),
		);
		fc.assert(
			fc.property(positive, fc.boolean(), (lines, byLine) => {
				const total = byLine ? totalOf(lines, round) : round(totalOf(lines, none));
				const amount = Number(total / HALALA) / 100;
				const returned = { ...invoiceOf(lines), amount, totals: { grand_total: amount } };
				expect(findInvoiceMismatch(returned as Invoice, requestOf(lines))).toBeUndefined();
			}),
			{ numRuns: 1_000 },
		);
	});

	test('notices a difference of one halala wherever nothing is rounded', () => {
		const wholeLine = fc.record({
			description: fc.constant('Service fee'),
			unit_price: fc.integer({ min: 1_000, max: 50_000_000 }).map((value) => value / 100),
			quantity: fc.integer({ min: 1, max: 100 }),
			discount_amount: hundredths(500),
		});
		fc.assert(
			fc.property(
				fc.array(wholeLine, { minLength: 1, maxLength: 8 }),
				fc.constantFrom(-0.01, 0.01),
				(lines, difference) => {
					const { amount } = invoiceOf(lines);
					const changed = Number((Number(amount) + difference).toFixed(2));
					for (const changes of [{ amount: changed }, { totals: { grand_total: changed } }]) {
						const returned = { ...invoiceOf(lines), items: undefined, ...changes };
						expect(
							findInvoiceMismatch(returned as unknown as Invoice, requestOf(lines)),
						).toBeDefined();
					}
				},
			),
			{ numRuns: 1_000 },
		);
	});

	test('notices every other total by more than the rounding of its lines', () => {
		fc.assert(
			fc.property(anyLines, fc.nat(10_000), fc.boolean(), (lines, more, isLess) => {
				const hundredth = Math.round(Number(invoiceOf(lines).amount) * 100);
				const difference = 4 * lines.length + more;
				const amount = (hundredth + (isLess ? -difference : difference)) / 100;
				const returned = { ...invoiceOf(lines), items: undefined, amount };
				expect(findInvoiceMismatch(returned as unknown as Invoice, requestOf(lines))).toBeDefined();
			}),
			{ numRuns: 1_000 },
		);
	});

	test('notices any other line', () => {
		const change: fc.Arbitrary<(item: InvoiceLine) => InvoiceLine> = fc.constantFrom(
			(item) => ({ ...item, unit_price: Number((item.unit_price + 0.01).toFixed(2)) }),
			(item) => ({ ...item, quantity: Number(((item.quantity ?? 1) + 0.001).toFixed(3)) }),
			(item) => ({
				...item,
				discount_amount: Number(((item.discount_amount ?? 0) + 0.01).toFixed(2)),
			}),
			(item) => ({ ...item, tax_rate: Number(((item.tax_rate ?? 0) + 0.01).toFixed(2)) }),
			(item) => ({ ...item, description: `${item.description} 2` }),
		);
		fc.assert(
			fc.property(anyLines, fc.nat(), change, (lines, pick, changed) => {
				const at = pick % lines.length;
				const requested = lines.map((item, index) => (index === at ? changed(item) : item));
				expect(reuseOf(lines, requested)).toBeDefined();
			}),
			{ numRuns: 2_000 },
		);
	});
});

test('accepts any response or returns an error without throwing', () => {
	const anything = fc.oneof(fc.double(), fc.anything());
	const changes = fc.record({
		customer: fc.oneof(fc.record({ id: fc.anything() }), fc.anything()),
		amount: anything,
		totals: fc.oneof(fc.record({ grand_total: anything }), fc.anything()),
		currency_code: fc.anything(),
		items: fc.oneof(
			fc.array(fc.record({ unit_price: anything, quantity: anything, description: anything }), {
				maxLength: 2,
			}),
			fc.anything(),
		),
	});
	fc.assert(
		fc.property(changes, (values) => {
			expect(mismatchOf(values)?.message ?? 'already belongs to').toContain('already belongs to');
		}),
	);
});
