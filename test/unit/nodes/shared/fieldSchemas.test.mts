import fc from 'fast-check';
import { DateTime } from 'luxon';
import { z } from 'zod';

import { decimal } from '../../../../nodes/shared/decimal.ts';
import {
	amount,
	validate,
	dateOnly,
	email,
	endOfRange,
	dateTime,
	numberBetween,
	oneOf,
	optional,
	text,
} from '../../../../nodes/shared/fieldSchemas.ts';
import { InputError } from '../../../../nodes/shared/errors.ts';
import { inputErrorsOf, formatDecimal } from '../../support.mts';

/** The value that a schema returns. */
const read = <T,>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, value: unknown): T =>
	validate(z.tuple([schema]), [value], { 0: 'Field' })[0];

/** The error messages of a schema for a value. */
const errorsFor = (schema: z.ZodType<unknown, z.ZodTypeDef, unknown>, value: unknown) =>
	inputErrorsOf(() => read(schema, value));

const BLANKS = [undefined, null, '', '   ', '\t\n'];

const SCHEMAS: Array<[string, z.ZodType<unknown, z.ZodTypeDef, unknown>]> = [
	['text', text(255)],
	['amount', amount(0)],
	['numberBetween', numberBetween(1, 100)],
	['email', email()],
	['dateOnly', dateOnly('Asia/Riyadh')],
	['dateTime', dateTime('Asia/Riyadh')],
	['endOfRange', endOfRange('Asia/Riyadh')],
];

describe('every schema', () => {
	test.each(SCHEMAS)('%s reports a blank value as empty', (_, schema) => {
		for (const blank of BLANKS)
			expect(errorsFor(schema, blank)).toStrictEqual(["'Field' is empty"]);
	});

	test.each(SCHEMAS)('%s returns undefined for a blank value when optional', (_, schema) => {
		for (const blank of BLANKS) expect(read(optional(schema), blank)).toBeUndefined();
	});

	test.each<[z.ZodType<unknown, z.ZodTypeDef, unknown>, unknown]>([
		[text(255), 'INV-1'],
		[amount(0), 0],
		[numberBetween(1, 100), 5],
		[email(), 'customer@example.com'],
		[dateOnly('Asia/Riyadh'), '2026-12-31'],
	])('returns a value that is not blank when optional', (schema, value) => {
		expect(read(optional(schema), value)).toBe(value);
	});

	test.each(SCHEMAS)('%s accepts any value or reports one error', (_, schema) => {
		fc.assert(
			fc.property(fc.anything({ withBigInt: true, withDate: true }), (value) => {
				for (const sentence of errorsFor(schema, value))
					expect(sentence).toMatch(/^'Field' (is|must|has)/);
				expect(errorsFor(schema, value).length).toBeLessThanOrEqual(1);
			}),
		);
	});

	test('shortens a long value in the error', () => {
		const [sentence = ''] = errorsFor(amount(), 'x'.repeat(5_000));

		expect(sentence).toMatch(/^'Field' must be a number such as 100\.10, not "x{59}…$/);
		expect(errorsFor(amount(), 'x'.repeat(58))[0]).toMatch(/not "x{58}"$/);
		expect(errorsFor(amount(), 'x'.repeat(59))[0]).toMatch(/not "x{59}…$/);
	});

	test('shows a value that has no JSON form', () => {
		expect(errorsFor(amount(), Symbol('sign'))[0]).toMatch(/not Symbol\(sign\)$/);
		expect(errorsFor(amount(), parseInt)[0]).toContain('not function parseInt');
	});
});

describe('validate', () => {
	const schema = z.object({ name: text(3), deep: z.object({ price: amount(1) }) });

	test('returns the output of the schema', () => {
		const value = { name: ' ab ', deep: { price: '2' } };

		expect(validate(schema, value, {})).toStrictEqual({ name: 'ab', deep: { price: 2 } });
	});

	test('reports every error, each with its label or else its path', () => {
		const messages = inputErrorsOf(() =>
			validate(schema, { name: 'abcd', deep: { price: 0 } }, { name: 'Name' }),
		);

		expect(messages).toStrictEqual([
			"'Name' is too long: 4 characters, at most 3 are allowed",
			"'deep.price' must be at least 1, not 0",
		]);
	});

	test('finds the label of a nested field by its path', () => {
		const labels = { 'deep.price': 'Price' };
		const check = () => validate(schema, { name: 'abc', deep: { price: 0 } }, labels);

		expect(inputErrorsOf(check)).toStrictEqual(["'Price' must be at least 1, not 0"]);
	});

	test('joins all errors in one message', () => {
		const check = () =>
			validate(schema, { name: '', deep: { price: '' } }, (issue) => issue.message);

		expect(check).toThrow(new InputError(['is empty', 'is empty']));
		expect(check).toThrow('is empty; is empty');
	});
});

describe('text', () => {
	test.each<[unknown, string]>([
		['INV-1', 'INV-1'],
		['  INV-1\n', 'INV-1'],
		['a  b', 'a  b'],
		['خدمة', 'خدمة'],
		[42, '42'],
		[0, '0'],
		[-1.5, '-1.5'],
	])('reads %j as %j', (value, expected) => {
		expect(read(text(10), value)).toBe(expected);
	});

	test.each([[true], [NaN], [Infinity], [{}], [[]], [['a']], [new Date(0)]])(
		'rejects %p',
		(value) => {
			expect(errorsFor(text(255), value)).toStrictEqual(["'Field' must be text"]);
		},
	);

	test('rejects a number too large to be exact', () => {
		expect(read(text(255), Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
		for (const value of [2 ** 53, -(2 ** 53), 1e21]) {
			expect(errorsFor(text(255), value)).toStrictEqual([
				"'Field' has more digits than a number can hold: pass it as text",
			]);
		}
	});

	test('counts the length without the white space around it', () => {
		expect(read(text(5), '  12345  ')).toBe('12345');
		expect(errorsFor(text(5), '123456')).toStrictEqual([
			"'Field' is too long: 6 characters, at most 5 are allowed",
		]);
	});
});

describe('amount', () => {
	test.each<[unknown, number]>([
		[100.1, 100.1],
		[0, 0],
		['100.10', 100.1],
		[' 100.10 ', 100.1],
		['0', 0],
		['5.', 5],
		['.5', 0.5],
		['+5', 5],
		['-5', -5],
		['007', 7],
		['123456789012345', 123456789012345],
		['+123456789012345', 123456789012345],
		['-123456789012345', -123456789012345],
		['0.00000000000000123456789012345', 1.23456789012345e-15],
		['1000000000000000000', 1e18],
		['100.100000000000000000', 100.1],
	])('reads %j as %d', (value, expected) => {
		expect(read(amount(), value)).toBe(expected);
	});

	test.each([
		['a lot'],
		['1,000.00'],
		['1 000'],
		['١٠٠'],
		['0x10'],
		['1e3'],
		['--1'],
		['.'],
		['15%'],
		['SAR 5'],
		['NaN'],
		['Infinity'],
		[NaN],
		[Infinity],
		[true],
		[{}],
		[[]],
		[[5]],
		[new Date(0)],
	])('rejects %p', (value) => {
		expect(errorsFor(amount(), value)).toStrictEqual([
			`'Field' must be a number such as 100.10, not ${JSON.stringify(value)}`,
		]);
	});

	test('rejects a number beyond the largest double', () => {
		expect(errorsFor(amount(), '9'.repeat(400))[0]).toContain('must be a number');
	});

	test.each<[number, unknown]>([
		[0, -0.01],
		[0, '-0.01'],
		[0.01, 0.009],
		[0.001, '0.0009'],
	])('with the minimum %d rejects %j', (least, value) => {
		expect(errorsFor(amount(least), value)).toStrictEqual([
			`'Field' must be at least ${least}, not ${JSON.stringify(value)}`,
		]);
	});

	test.each([0, 0.001, 0.01, 1])('with the minimum %d accepts it', (least) => {
		expect(read(amount(least), least)).toBe(least);
		expect(read(amount(least), String(least))).toBe(least);
	});

	test.each(['9007199254740993', '1234567890.1234567', '0.12345678901234567890'])(
		'rejects %s, which a number cannot hold exactly',
		(value) => {
			expect(errorsFor(amount(), value)).toStrictEqual([
				`'Field' has more digits than can be sent exactly: "${value}"`,
			]);
		},
	);

	describe('of an expression', () => {
		test.each([
			[1.1 * 3, 3.3],
			[0.1 + 0.2, 0.3],
			[1.1 * 1.1, 1.21],
			[1.1 * 1.1 * 1.1, 1.331],
			[0.07 * 100, 7],
			[4.35 * 100, 435],
			[1.005 * 1000, 1005],
			[19.99 * 3 * 1.15, 68.9655],
			[100 - 99.9, 0.1],
			[1_000.1 - 1_000, 0.1],
			[250_000.35 - 250_000, 0.35],
			[-(1.1 * 3), -3.3],
			[3 * 0.001, 0.003],
			[Array.from({ length: 10 }, () => 0.1).reduce((sum, price) => sum + price), 1],
			[Array.from({ length: 1_000 }, () => 0.1).reduce((sum, price) => sum + price), 100],
			[123_456_789.1 * 3, 370_370_367.3],
		])('reads %d as %d', (value, expected) => {
			expect(read(amount(), value)).toBe(expected);
		});

		test('compares the number with the minimum afterwards', () => {
			expect(0.06 - 0.05).toBeLessThan(0.01);
			expect(read(amount(0.01), 0.06 - 0.05)).toBe(0.01);
			expect(errorsFor(amount(0.01), 0.009999999)).toHaveLength(1);
		});

		test.each([
			1 / 3,
			200 / 3,
			0.123456789,
			10.005,
			0.1234567890123456,
			0.010000001,
			3.299999999,
			99_999_999_999.1231,
			100_000_000.0000001,
			1_234_567_890.1234567,
			Math.PI,
			Number.MAX_SAFE_INTEGER,
			1e21,
			Number.MAX_VALUE,
		])('leaves %d as it is', (value) => {
			expect(read(amount(), value)).toBe(value);
		});

		test('leaves every number of at most 9 decimals and 15 significant digits as it is', () => {
			const numbers = fc
				.tuple(fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 }), fc.nat(9))
				.map(([digits, places]) => Number(`${digits}e-${places}`));
			fc.assert(
				fc.property(numbers, (value) => {
					expect(read(amount(), value)).toBe(value);
				}),
				{ numRuns: 2_000 },
			);
		});

		test('changes no number by more than a trace', () => {
			fc.assert(
				fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
					const change = Math.abs(read(amount(), value) - value);
					expect(change).toBeLessThanOrEqual(Math.max(4e-10, Math.abs(value) * 1e-15));
				}),
				{ numRuns: 2_000 },
			);
		});

		test('reads the product of a price and a quantity, and the sum of prices, exactly', () => {
			const price = fc.integer({ min: 1, max: 10_000_000 });
			fc.assert(
				fc.property(price, price, fc.integer({ min: 1, max: 100_000 }), (a, b, quantity) => {
					const product = read(amount(), (a / 100) * (quantity / 1000));
					const sum = read(amount(), a / 100 + b / 100);
					expect(product).toBe((a * quantity) / 100_000);
					expect(sum).toBe((a + b) / 100);
				}),
				{ numRuns: 2_000 },
			);
		});
	});

	test('reads a decimal text as exactly the same number, or rejects it', () => {
		const numbers = fc
			.tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.nat(8))
			.map(([digits, places]) => {
				const padded = String(digits).padStart(places + 1, '0');
				const split = padded.length - places;
				return places === 0 ? padded : `${padded.slice(0, split)}.${padded.slice(split)}`;
			});
		const normal = (value: string) =>
			value.includes('.') ? value.replace(/0+$/, '').replace(/\.$/, '') : value;
		fc.assert(
			fc.property(numbers, (value) => {
				const errors = errorsFor(amount(), value);
				if (errors.length > 0) expect(errors[0]).toContain('more digits than can be sent');
				else expect(formatDecimal(decimal(read(amount(), value)))).toBe(normal(value));
			}),
		);
	});
});

describe('oneOf', () => {
	const field = oneOf(['minutes', 'hours']);

	test.each(['minutes', 'hours'] as const)('accepts %s', (value) => {
		expect(read(field, value)).toBe(value);
	});

	test.each([['days'], ['Hours'], [' hours'], [''], [undefined], [null], [0], [['hours']], [{}]])(
		'rejects %j',
		(value) => {
			expect(errorsFor(field, value)).toStrictEqual(["'Field' must be one of minutes, hours"]);
		},
	);
});

describe('numberBetween', () => {
	test.each([
		[1, 1],
		['100', 100],
		[50, 50],
	])('accepts %j', (value, expected) => {
		expect(read(numberBetween(1, 100), value)).toBe(expected);
	});

	test.each([0, 101, 1.5, -1, '0', '1.5'])('rejects %j', (value) => {
		expect(errorsFor(numberBetween(1, 100), value)).toStrictEqual([
			"'Field' must be a whole number from 1 to 100",
		]);
	});

	test('leaves the maximum out of the error when there is none', () => {
		const limit = numberBetween(1, Number.MAX_SAFE_INTEGER);

		expect(read(limit, 1_000_000_000)).toBe(1_000_000_000);
		expect(errorsFor(limit, 0)).toStrictEqual(["'Field' must be a whole number of at least 1"]);
	});

	test('reports only that a value is not a number', () => {
		expect(errorsFor(numberBetween(1, 100), 'many')).toStrictEqual([
			`'Field' must be a number such as 100.10, not "many"`,
		]);
	});
});

describe('email', () => {
	test.each(['customer@example.com', ' customer@example.com ', 'a.b+c@mail.example.com'])(
		'accepts %j',
		(value) => {
			expect(read(email(), value)).toBe(value.trim());
		},
	);

	test.each(['customer', 'customer@', '@example.com', 'a b@example.com', 'a@b', 'a@b..com'])(
		'rejects %j',
		(value) => {
			expect(errorsFor(email(), value)).toStrictEqual([
				"'Field' must be an e-mail address such as customer@example.com",
			]);
		},
	);

	test('accepts at most 255 characters', () => {
		const domain = '@example.com';
		const longest = 'x'.repeat(255 - domain.length) + domain;

		expect(read(email(), longest)).toBe(longest);
		expect(errorsFor(email(), `x${longest}`)).toStrictEqual([
			"'Field' is too long: 256 characters, at most 255 are allowed",
		]);
	});
});

/** Values that are not dates, although `Date.parse` reads most of them. */
const NO_DATES = [
	'soon',
	'due 2026-12-31',
	'2026-12-31x',
	'2026-13-01',
	' 2026-02-30 ',
	'2026-02-30',
	'31/12/2026',
	'12/31/2026',
	'net 10',
	'INV-PARTNER-001',
	'5',
	'12:30',
	5,
	1_767_139_200_000,
	true,
	{},
	[],
	[5],
	['2026-12-31'],
];

describe('dateOnly', () => {
	test.each(['UTC', 'Asia/Riyadh', 'America/New_York', 'Pacific/Kiritimati'])(
		'in %s reads the date as written',
		(zone) => {
			expect(read(dateOnly(zone), '2026-12-31')).toBe('2026-12-31');
			expect(read(dateOnly(zone), ' 2026-12-31 ')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31T00:00:00')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31T23:59:59')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31 23:59:59')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2024-02-29')).toBe('2024-02-29');
		},
	);

	/** One moment in every form that n8n, code and databases give. All carry a zone. */
	const formsOf = (moment: DateTime) => {
		const inTokyo = moment.setZone('Asia/Tokyo');
		return [
			moment.toUTC().toISO(),
			moment.toISO(),
			inTokyo.toISO(),
			inTokyo.toISO({ extendedZone: true }),
			inTokyo.toFormat('yyyy-MM-dd HH:mm:ss.SSSZZ'),
			inTokyo.toSQL(),
			moment.toUTC().toFormat("yyyy-MM-dd HH:mm:ss.SSS 'UTC'"),
			moment.toJSDate(),
			moment,
			moment.toUTC(),
			inTokyo,
		];
	};

	test.each([
		['Asia/Riyadh', '2026-12-31'],
		['Asia/Tokyo', '2026-12-31'],
		['UTC', '2026-12-30'],
		['America/New_York', '2026-12-30'],
	])("in %s reads a moment as the date in the workflow's zone", (zone, day) => {
		for (const form of formsOf(DateTime.fromISO('2026-12-30T21:00:00.000Z'))) {
			expect([form, read(dateOnly(zone), form)]).toStrictEqual([form, day]);
		}
	});

	const ZONES = Intl.supportedValuesOf('timeZone');
	const anyZone = fc.constantFrom(...ZONES);
	const anyMoment = fc.integer({
		min: Date.parse('2020-01-01T00:00:00Z'),
		max: Date.parse('2080-01-01T00:00:00Z'),
	});

	test('reads every form of a moment as one date, in any zone', () => {
		fc.assert(
			fc.property(anyZone, anyMoment, (zone, millis) => {
				const moment = DateTime.fromMillis(millis);
				const day = moment.setZone(zone).toFormat('yyyy-MM-dd');
				expect(formsOf(moment).map((form) => read(dateOnly(zone), form))).toStrictEqual(
					formsOf(moment).map(() => day),
				);
			}),
		);
	});

	test('reads a text without a zone as the date that it shows, in any zone', () => {
		fc.assert(
			fc.property(anyZone, anyMoment, (zone, millis) => {
				const shown = new Date(millis).toISOString();
				const [day, time] = [shown.slice(0, 10), shown.slice(11, 19)];
				for (const form of [day, `${day}T00:00:00`, `${day}T${time}`, `${day} ${time}`]) {
					expect([form, read(dateOnly(zone), form)]).toStrictEqual([form, day]);
				}
			}),
			{ numRuns: 500 },
		);
	});

	test("rejects a moment when the workflow's zone is unknown", () => {
		for (const form of formsOf(DateTime.fromISO('2026-12-30T21:00:00.000Z'))) {
			expect(errorsFor(dateOnly('Asia/Nowhere'), form)).toHaveLength(1);
		}
	});

	test.each(NO_DATES)('rejects %p', (value) => {
		expect(errorsFor(dateOnly('America/New_York'), value)).toStrictEqual([
			`'Field' must be a date such as 2026-12-31, not ${JSON.stringify(value)}`,
		]);
	});

	test.each([new Date(NaN), DateTime.invalid('unparsable')])('rejects %p', (value) => {
		expect(errorsFor(dateOnly('UTC'), value)).toHaveLength(1);
	});
});

describe('dateTime', () => {
	const millis = (zone: string, value: unknown) => read(dateTime(zone), value).toMillis();

	test("reads a time without a zone in the workflow's zone", () => {
		expect(millis('Asia/Riyadh', '2026-05-18T12:00:00')).toBe(Date.parse('2026-05-18T09:00:00Z'));
		expect(millis('Asia/Riyadh', '2026-05-18')).toBe(Date.parse('2026-05-17T21:00:00Z'));
		expect(millis('UTC', '2026-05-18 12:00:00')).toBe(Date.parse('2026-05-18T12:00:00Z'));
	});

	test('reads a time with a zone in that zone', () => {
		expect(millis('Asia/Riyadh', '2026-05-18T12:00:00Z')).toBe(Date.parse('2026-05-18T12:00:00Z'));
		expect(millis('Asia/Riyadh', '2026-05-18T12:00:00-04:00')).toBe(
			Date.parse('2026-05-18T16:00:00Z'),
		);
	});

	test.each(NO_DATES)('rejects %p', (value) => {
		expect(errorsFor(dateTime('America/New_York'), value)).toHaveLength(1);
	});
});

describe('endOfRange', () => {
	const millis = (zone: string, value: unknown) => read(endOfRange(zone), value).toMillis();

	test('reads a date as the end of that day', () => {
		const end = Date.parse('2026-05-18T20:59:59.999Z');

		expect(millis('Asia/Riyadh', '2026-05-18')).toBe(end);
		expect(millis('Asia/Riyadh', ' 2026-05-18 ')).toBe(end);
	});

	test('reads a time as that time', () => {
		const noon = Date.parse('2026-05-18T12:00:00Z');

		expect(millis('UTC', '2026-05-18T12:00:00')).toBe(noon);
		expect(millis('UTC', '2026-05-18 12:00:00')).toBe(noon);
		expect(millis('UTC', new Date(noon))).toBe(noon);
		expect(millis('Asia/Riyadh', '2026-05-18T00:00:00Z')).toBe(Date.parse('2026-05-18'));
	});

	test.each(NO_DATES)('rejects %p', (value) => {
		expect(errorsFor(endOfRange('America/New_York'), value)).toHaveLength(1);
	});
});
