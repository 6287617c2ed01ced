import { paymentPageSchema, paymentSchema } from '../../../../../nodes/Moyasar/api/schemas.ts';

const META = { current_page: 1, next_page: null, prev_page: null, total_pages: 1, total_count: 1 };

test('paymentSchema accepts any object with an ID and does not change it', () => {
	const payment = { id: 'A', status: 'new', source: { type: 'cash', extra: [1] }, more: null };

	expect(paymentSchema.parse(payment)).toBe(payment);
});

test.each([[undefined], [null], ['A'], [{}], [{ id: 5 }], [{ id: null }], [[]]])(
	'paymentSchema rejects %j',
	(value) => {
		expect(paymentSchema.safeParse(value).success).toBe(false);
		expect(paymentPageSchema.safeParse({ payments: [value], meta: META }).success).toBe(false);
	},
);

test('paymentPageSchema reads the payments, the page count and the total', () => {
	const payments = [{ id: 'A', amount: 1 }];

	expect(paymentPageSchema.parse({ payments, meta: META })).toStrictEqual({
		payments,
		meta: { total_pages: 1, total_count: 1 },
	});
	expect(
		paymentPageSchema.safeParse({ payments: [], meta: { total_pages: 0, total_count: 0 } }).success,
	).toBe(true);
});

test.each([
	[{ payments: [] }],
	[{ meta: META }],
	[{ payments: { id: 'A' }, meta: META }],
	[{ payments: [], meta: { ...META, total_pages: undefined } }],
	[{ payments: [], meta: { ...META, total_count: undefined } }],
	[{ payments: [], meta: { ...META, total_count: -1 } }],
	[{ payments: [], meta: { ...META, total_pages: 1.5 } }],
	[{ payments: [], meta: { ...META, total_pages: '1' } }],
	['<html></html>'],
	[null],
])('paymentPageSchema rejects %j', (value) => {
	expect(paymentPageSchema.safeParse(value).success).toBe(false);
});
