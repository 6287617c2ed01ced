import fc from 'fast-check';

import {
	claimsPayment,
	parseReturnQuery,
} from '../../../../../nodes/RsomPay/customerReturn/returnQuery.ts';

const EXAMPLE = {
	status: 'success',
	external_id: 'INV-PARTNER-001',
	reference_number: 'INV-42-001',
	payment_reference: 'GW-123',
	amount_paid: '103.5',
	currency_code: 'SAR',
	payment_method: 'card',
};

const NAMES = Object.keys(EXAMPLE);

test("parses the parameters of the guide's example", () => {
	expect(parseReturnQuery(EXAMPLE)).toStrictEqual(EXAMPLE);
});

test.each(NAMES)('%s is optional', (name) => {
	const query = parseReturnQuery({ ...EXAMPLE, [name]: undefined });

	expect(query).toEqual({ ...EXAMPLE, [name]: undefined });
	expect(parseReturnQuery({})).toStrictEqual({});
});

test('drops parameters that the guide does not name', () => {
	expect(
		parseReturnQuery({ ...EXAMPLE, signature: 'token', returned: '1', paid: 'true' }),
	).toStrictEqual(EXAMPLE);
});

test('parses parameters that were appended after a second question mark', () => {
	const rest: Partial<typeof EXAMPLE> = { ...EXAMPLE };
	delete rest.status;

	expect(
		parseReturnQuery({ signature: 'token', returned: '1?status=success', ...rest }),
	).toStrictEqual(EXAMPLE);
	expect(parseReturnQuery({ status: 'failed', returned: '1?status=success' })).toStrictEqual({
		status: 'failed',
	});
});

describe.each(NAMES)('%s', (name) => {
	const valueOf = (value: unknown) => Object.entries<unknown>(parseReturnQuery({ [name]: value }));

	test.each([
		['as text', 'a'],
		['as markup', '<script>alert(1)</script>'],
		['of 255 characters', 'x'.repeat(255)],
	])('is returned unchanged: %s', (_, value) => {
		expect(valueOf(value)).toStrictEqual([[name, value]]);
	});

	test.each([
		['given twice', ['a', 'b']],
		['with an index', { 0: 'a' }],
		['with a key', { status: 'paid' }],
		['an empty list', []],
		['empty', ''],
		['white space', ' \t\n'],
		['of 256 characters', 'x'.repeat(256)],
		['of 100 kB', 'x'.repeat(100_000)],
		['a number', 5],
		['true', true],
		['null', null],
	])('is dropped: %s', (_, value) => {
		expect(valueOf(value).filter(([, found]) => found !== undefined)).toStrictEqual([]);
	});
});

test('trims values', () => {
	expect(parseReturnQuery({ external_id: ' INV-1\n', status: 'x'.padEnd(300) })).toStrictEqual({
		external_id: 'INV-1',
		status: 'x',
	});
});

test('reads nothing from a prototype', () => {
	const query = JSON.parse('{"__proto__":{"status":"success","external_id":"INV-1"}}') as object;

	expect(parseReturnQuery(query)).toStrictEqual({});
	expect(parseReturnQuery(Object.assign(Object.create(null) as object, EXAMPLE))).toStrictEqual(
		EXAMPLE,
	);
	expect(Object.getPrototypeOf({})).toStrictEqual(Object.prototype);
});

test('returns only text under the names of the guide, for any query', () => {
	const query = fc.dictionary(
		fc.oneof(fc.constantFrom(...NAMES, '__proto__', 'constructor', 'toString'), fc.string()),
		fc.oneof(fc.string({ maxLength: 300 }), fc.anything()),
	);
	fc.assert(
		fc.property(query, (values) => {
			for (const [name, value] of Object.entries<string | undefined>(parseReturnQuery(values))) {
				expect(NAMES).toContain(name);
				if (value === undefined) continue;
				expect(value).toBe((values[name] as string).trim());
				expect(value.length).toBeGreaterThan(0);
				expect(value.length).toBeLessThanOrEqual(255);
			}
		}),
	);
});

test.each([
	['success', true],
	['pending', true],
	['failed', false],
	['paid', false],
	[undefined, false],
])('the status %j claims a payment: %j', (status, expected) => {
	expect(claimsPayment({ status })).toBe(expected);
});
