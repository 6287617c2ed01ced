import fc from 'fast-check';
import { phpJson } from '../../../simulator/index.mts';

const MONEY_KEYS = [
	'amount',
	'subtotal',
	'discount_total',
	'tax_total',
	'grand_total',
	'unit_price',
	'discount_amount',
	'tax_amount',
	'total_amount',
];

describe('phpJson', () => {
	test.each([
		['https://partner.example.com/a', '"https:\\/\\/partner.example.com\\/a"'],
		['م', '"\\u0645"'],
		['é', '"\\u00e9"'],
		['😀', '"\\ud83d\\ude00"'],
		['a"b\\c\n', '"a\\"b\\\\c\\n"'],
		[{ amount: 100 }, '{"amount":100.00}'],
		[{ amount: 103.5, tax_rate: 15, quantity: 2 }, '{"amount":103.50,"tax_rate":15,"quantity":2}'],
		[{ subtotal: 100, grand_total: 0.125 }, '{"subtotal":100.00,"grand_total":0.125}'],
		[{ amount: -1.5 }, '{"amount":-1.50}'],
		[{ amount: '100' }, '{"amount":"100"}'],
		[{ amount: 1e21 }, '{"amount":1e+21}'],
		[{ notes: '{"amount":100}' }, '{"notes":"{\\"amount\\":100}"}'],
		[{ a: undefined, b: null }, '{"b":null}'],
	])('writes %j as PHP does', (value, expected) => {
		expect(phpJson(value)).toBe(expected);
	});

	test.each(MONEY_KEYS)('writes %s with two decimals', (key) => {
		expect(phpJson({ [key]: 7 })).toBe(`{"${key}":7.00}`);
	});

	const keys = fc.oneof(fc.constantFrom(...MONEY_KEYS), fc.string({ unit: 'binary' }));
	const { value: anyValue } = fc.letrec((tie) => ({
		value: fc.oneof(
			{ maxDepth: 4 },
			fc.string({ unit: 'binary' }),
			fc.constantFrom('{"amount":1}', ',"amount":1,', '"amount":1}'),
			fc.double({ noNaN: true, noDefaultInfinity: true }),
			fc.integer(),
			fc.boolean(),
			fc.constant(null),
			fc.array(tie('value'), { maxLength: 4 }),
			fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
		),
	}));

	test('parses to the same value as JSON.stringify, and is ASCII only', () => {
		fc.assert(
			fc.property(anyValue, (value) => {
				const written = phpJson(value);
				expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
				expect(written).toMatch(/^[\x20-\x7f]*$/);
			}),
		);
	});

	test('re-serialising changes every body with an amount or a URL', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 1e9 }), fc.webUrl(), (halalas, url) => {
				const written = phpJson({ amount: halalas / 100, payment_url: url });
				expect(JSON.stringify(JSON.parse(written))).not.toBe(written);
			}),
		);
	});
});
