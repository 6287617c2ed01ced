import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import {
	invoiceResponseSchema,
	transactionPageSchema,
	transactionTime,
} from '../../../../../nodes/RsomPay/api/schemas.ts';

describe('transactionTime', () => {
	const NOON = Date.parse('2026-05-18T12:00:00Z');

	test.each<[string, number]>([
		['2026-05-18 12:00:00', NOON],
		['2026-05-18T12:00:00', NOON],
		['2026-05-18T12:00:00Z', NOON],
		['2026-05-18T12:00:00+00:00', NOON],
		['2026-05-18T15:00:00+03:00', NOON],
		['2026-05-18T15:00:00+0300', NOON],
		['2026-05-18 08:00:00-04:00', NOON],
		['2026-05-18T12:00:00.250Z', NOON + 250],
		['2026-05-18T12:00:00.000000Z', NOON],
	])('reads %s', (value, expected) => {
		expect(transactionTime(value)).toBe(expected);
	});

	test.each([
		undefined,
		null,
		'',
		'soon',
		'1',
		'2026-05-18',
		'12:00:00',
		'18/05/2026 12:00:00',
		'2026-13-18 12:00:00',
		'2026-05-18 25:00:00',
		'2026-05-18 12:00:00 and more',
		'on 2026-05-18 12:00:00',
	])('returns NaN for %j', (value) => {
		expect(transactionTime(value)).toBeNaN();
	});

	test("does not depend on this machine's time zone", () => {
		const file = join(import.meta.dirname, '../../../../../nodes/RsomPay/api/schemas.ts');
		const code = `import('${pathToFileURL(file).href}').then((schemas) =>
			console.log(schemas.transactionTime('2026-05-18 12:00:00')))`;
		const output = execFileSync(process.execPath, ['--eval', code], {
			env: { ...process.env, TZ: 'Asia/Riyadh' },
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});

		expect(Number(output)).toBe(NOON);
	});

	test('reads any time to the second', () => {
		const times = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
		fc.assert(
			fc.property(times, (time) => {
				const text = time.toISOString().slice(0, 19).replace('T', ' ');
				expect(transactionTime(text)).toBe(Math.floor(time.getTime() / 1000) * 1000);
			}),
		);
	});
});

describe('invoiceResponseSchema', () => {
	const data = {
		external_id: 'INV-PARTNER-001',
		reference_number: 'INV-42-001',
		status: 'issued',
		amount: 103.5,
		payment_url: 'https://payment.rsompay.com/pay/invoice/...',
		customer: { id: 'CUST-9', fullname: 'Ahmed Ali', email: 'customer@example.com' },
		totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
		items: [{ description: 'Service fee', quantity: 1, unit_price: 100, reference_id: 'LINE-1' }],
	};
	const read = (changes: Record<string, unknown>) =>
		invoiceResponseSchema.safeParse({ status: true, data: { ...data, ...changes } });

	test('keeps all fields, also unknown ones', () => {
		const found = {
			...data,
			new_field: { deep: [1, null] },
			items: [{ ...data.items[0], more: true }],
		};

		expect(read(found).data?.data).toStrictEqual(found);
	});

	test.each<[Record<string, unknown>]>([
		[
			{
				reference_number: null,
				amount: null,
				payment_url: null,
				customer: null,
				totals: null,
				items: null,
			},
		],
		[{ reference_number: undefined, amount: undefined, customer: undefined }],
		[{ amount: '103.50' }],
		[{ totals: { grand_total: '103.50' } }],
		[{ customer: { id: 'CUST-9', email: null, phone: null } }],
		[{ customer: [] }],
		[{ customer: { id: 9 } }],
		[{ totals: [] }],
		[{ status: 'refunded' }],
	])('accepts %j', (changes) => {
		expect(read(changes).success).toBe(true);
	});

	test.each<[Record<string, unknown>]>([
		[{ external_id: undefined }],
		[{ status: undefined }],
		[{ status: 5 }],
	])('rejects an invoice with %j', (changes) => {
		expect(read(changes).success).toBe(false);
	});

	test.each([[null], [''], ['<html>'], [[]], [{}], [{ data: null }], [{ data: [] }]])(
		'rejects %j',
		(body) => {
			expect(invoiceResponseSchema.safeParse(body).success).toBe(false);
		},
	);
});

describe('transactionPageSchema', () => {
	const transaction = {
		reference: 'TX-REF-1',
		status: 'completed',
		amount: 103.5,
		currency_code: 'SAR',
		payment_method: 'card',
		invoice_external_id: 'INV-PARTNER-001',
		captured_at: '2026-05-18 12:00:00',
		created_at: '2026-05-18 11:55:00',
	};
	const meta = { total: 2, per_page: 20, current_page: 1, last_page: 1 };
	const read = (data: unknown, pages: unknown = meta) =>
		transactionPageSchema.safeParse({ status: true, data, meta: pages });

	test('keeps all fields, also unknown ones', () => {
		const rows = [transaction, { ...transaction, new_field: [1], captured_at: null }];
		const found = read(rows);

		expect(found.data?.data).toStrictEqual(rows);
		expect(found.data?.meta).toStrictEqual({ total: 2, last_page: 1 });
	});

	test('accepts an empty page, and numbers as text', () => {
		expect(read([], { total: 0, last_page: 0 }).success).toBe(true);
		expect(read([], { total: '250', last_page: '3' }).data?.meta).toStrictEqual({
			total: 250,
			last_page: 3,
		});
	});

	test.each([
		[{ ...transaction, reference: null, status: null, payment_method: null, created_at: null }],
		[{ amount: '103.50' }],
		[{}],
	])('accepts the transaction %j', (row) => {
		expect(read([row]).success).toBe(true);
	});

	test.each([
		[null],
		['TX'],
		[5],
		[[]],
		[{ reference: 5 }],
		[{ created_at: 1 }],
		[{ status: {} }],
		[{ payment_method: [] }],
	])('rejects the transaction %j', (row) => {
		expect(read([transaction, row]).success).toBe(false);
	});

	test.each([
		[undefined],
		[null],
		[{}],
		[{ total: 2 }],
		[{ last_page: 1 }],
		[{ total: -1, last_page: 1 }],
		[{ total: 1.5, last_page: 1 }],
		[{ total: 'many', last_page: 1 }],
		[{ total: '', last_page: 1 }],
		[{ total: 1, last_page: '1 page' }],
		[{ total: 1, last_page: 'page 1' }],
		[{ total: null, last_page: 1 }],
		[{ total: true, last_page: 1 }],
		[{ total: 1, last_page: [] }],
	])('rejects a page without the size of the list: %j', (pages) => {
		expect(transactionPageSchema.safeParse({ data: [], meta: pages }).success).toBe(false);
	});

	test.each([[{}], [null], ['<html>']])('rejects a page whose data is %j', (data) => {
		expect(read(data).success).toBe(false);
	});
});
