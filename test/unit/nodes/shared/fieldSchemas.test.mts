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
import { inputErrorsOf, written } from '../../support.mts';

/** What a field makes of a value. */
const read = <T,>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, value: unknown): T =>
	validate(z.tuple([schema]), [value], { 0: 'Field' })[0];

/** What a field says of a value, one sentence for each thing that is wrong. */
const wrong = (schema: z.ZodType<unknown, z.ZodTypeDef, unknown>, value: unknown) =>
	inputErrorsOf(() => read(schema, value));

const BLANKS = [undefined, null, '', '   ', '\t\n'];

const KINDS: Array<[string, z.ZodType<unknown, z.ZodTypeDef, unknown>]> = [
	['text', text(255)],
	['amount', amount(0)],
	['number', numberBetween(1, 100)],
	['email', email()],
	['day', dateOnly('Asia/Riyadh')],
	['moment', dateTime('Asia/Riyadh')],
	['last moment', endOfRange('Asia/Riyadh')],
];

describe('every kind of field', () => {
	test.each(KINDS)('of %s is empty where nothing is filled in', (_, schema) => {
		for (const blank of BLANKS) expect(wrong(schema, blank)).toStrictEqual(["'Field' is empty"]);
	});

	test.each(KINDS)('of %s may be left out where it is optional', (_, schema) => {
		for (const blank of BLANKS) expect(read(optional(schema), blank)).toBeUndefined();
	});

	test.each<[z.ZodType<unknown, z.ZodTypeDef, unknown>, unknown]>([
		[text(255), 'INV-1'],
		[amount(0), 0],
		[numberBetween(1, 100), 5],
		[email(), 'customer@example.com'],
		[dateOnly('Asia/Riyadh'), '2026-12-31'],
	])('is read where it is optional and filled in', (schema, value) => {
		expect(read(optional(schema), value)).toBe(value);
	});

	test.each(KINDS)('of %s tells one thing of any value, and is never at a loss', (_, schema) => {
		fc.assert(
			fc.property(fc.anything({ withBigInt: true, withDate: true }), (value) => {
				for (const sentence of wrong(schema, value))
					expect(sentence).toMatch(/^'Field' (is|must|has)/);
				expect(wrong(schema, value).length).toBeLessThanOrEqual(1);
			}),
		);
	});

	test('shows only the beginning of a long value', () => {
		const [sentence = ''] = wrong(amount(), 'x'.repeat(5_000));

		expect(sentence).toMatch(/^'Field' must be a number such as 100\.10, not "x{59}…$/);
		expect(wrong(amount(), 'x'.repeat(58))[0]).toMatch(/not "x{58}"$/);
		expect(wrong(amount(), 'x'.repeat(59))[0]).toMatch(/not "x{59}…$/);
	});

	test('shows a value that has no JSON', () => {
		expect(wrong(amount(), Symbol('sign'))[0]).toMatch(/not Symbol\(sign\)$/);
		expect(wrong(amount(), parseInt)[0]).toContain('not function parseInt');
	});
});

describe('checked', () => {
	const schema = z.object({ name: text(3), deep: z.object({ price: amount(1) }) });

	test('gives what the schema makes of the value', () => {
		const value = { name: ' ab ', deep: { price: '2' } };

		expect(validate(schema, value, {})).toStrictEqual({ name: 'ab', deep: { price: 2 } });
	});

	test('tells all that is wrong, each with its label or else its path', () => {
		const problems = inputErrorsOf(() =>
			validate(schema, { name: 'abcd', deep: { price: 0 } }, { name: 'Name' }),
		);

		expect(problems).toStrictEqual([
			"'Name' is too long: 4 characters, at most 3 are allowed",
			"'deep.price' must be at least 1, not 0",
		]);
	});

	test('finds the label of a field in a field', () => {
		const labels = { 'deep.price': 'Price' };
		const check = () => validate(schema, { name: 'abc', deep: { price: 0 } }, labels);

		expect(inputErrorsOf(check)).toStrictEqual(["'Price' must be at least 1, not 0"]);
	});

	test('tells it in one message', () => {
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
	])('of %j is %j', (value, expected) => {
		expect(read(text(10), value)).toBe(expected);
	});

	test.each([[true], [NaN], [Infinity], [{}], [[]], [['a']], [new Date(0)]])(
		'is not %p',
		(value) => {
			expect(wrong(text(255), value)).toStrictEqual(["'Field' must be text"]);
		},
	);

	test('is no number that has lost digits', () => {
		expect(read(text(255), Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
		for (const value of [2 ** 53, -(2 ** 53), 1e21]) {
			expect(wrong(text(255), value)).toStrictEqual([
				"'Field' has more digits than a number can hold: hand it on as text",
			]);
		}
	});

	test('is as long as it may be, without the white space around it', () => {
		expect(read(text(5), '  12345  ')).toBe('12345');
		expect(wrong(text(5), '123456')).toStrictEqual([
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
	])('of %j is %d', (value, expected) => {
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
	])('is not %p', (value) => {
		expect(wrong(amount(), value)).toStrictEqual([
			`'Field' must be a number such as 100.10, not ${JSON.stringify(value)}`,
		]);
	});

	test('is never infinite', () => {
		expect(wrong(amount(), '9'.repeat(400))[0]).toContain('must be a number');
	});

	test.each<[number, unknown]>([
		[0, -0.01],
		[0, '-0.01'],
		[0.01, 0.009],
		[0.001, '0.0009'],
	])('of at least %d is not %j', (least, value) => {
		expect(wrong(amount(least), value)).toStrictEqual([
			`'Field' must be at least ${least}, not ${JSON.stringify(value)}`,
		]);
	});

	test.each([0, 0.001, 0.01, 1])('of at least %d may be that', (least) => {
		expect(read(amount(least), least)).toBe(least);
		expect(read(amount(least), String(least))).toBe(least);
	});

	test.each(['9007199254740993', '1234567890.1234567', '0.12345678901234567890'])(
		'has no more digits than can be sent exactly: %s',
		(value) => {
			expect(wrong(amount(), value)).toStrictEqual([
				`'Field' has more digits than can be sent exactly: "${value}"`,
			]);
		},
	);

	test('that is written out is sent as exactly the same number', () => {
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
				const problems = wrong(amount(), value);
				if (problems.length > 0) expect(problems[0]).toContain('more digits than can be sent');
				else expect(written(decimal(read(amount(), value)))).toBe(normal(value));
			}),
		);
	});
});

describe('oneOf', () => {
	const field = oneOf(['minutes', 'hours']);

	test.each(['minutes', 'hours'] as const)('takes %s', (value) => {
		expect(read(field, value)).toBe(value);
	});

	test.each([['days'], ['Hours'], [' hours'], [''], [undefined], [null], [0], [['hours']], [{}]])(
		'does not take %j',
		(value) => {
			expect(wrong(field, value)).toStrictEqual(["'Field' must be one of minutes, hours"]);
		},
	);
});

describe('numberBetween', () => {
	test.each([
		[1, 1],
		['100', 100],
		[50, 50],
	])('takes %j', (value, expected) => {
		expect(read(numberBetween(1, 100), value)).toBe(expected);
	});

	test.each([0, 101, 1.5, -1, '0', '1.5'])('does not take %j', (value) => {
		expect(wrong(numberBetween(1, 100), value)).toStrictEqual([
			"'Field' must be a whole number from 1 to 100",
		]);
	});

	test('has no upper end unless it is told one', () => {
		const limit = numberBetween(1, Number.MAX_SAFE_INTEGER);

		expect(read(limit, 1_000_000_000)).toBe(1_000_000_000);
		expect(wrong(limit, 0)).toStrictEqual(["'Field' must be a whole number of at least 1"]);
	});

	test('tells only that something is no number where it is none', () => {
		expect(wrong(numberBetween(1, 100), 'many')).toStrictEqual([
			`'Field' must be a number such as 100.10, not "many"`,
		]);
	});
});

describe('email', () => {
	test.each(['customer@example.com', ' customer@example.com ', 'a.b+c@mail.example.com'])(
		'takes %j',
		(value) => {
			expect(read(email(), value)).toBe(value.trim());
		},
	);

	test.each(['customer', 'customer@', '@example.com', 'a b@example.com', 'a@b', 'a@b..com'])(
		'does not take %j',
		(value) => {
			expect(wrong(email(), value)).toStrictEqual([
				"'Field' must be an e-mail address such as customer@example.com",
			]);
		},
	);

	test('has at most 255 characters', () => {
		const domain = '@example.com';
		const longest = 'x'.repeat(255 - domain.length) + domain;

		expect(read(email(), longest)).toBe(longest);
		expect(wrong(email(), `x${longest}`)).toStrictEqual([
			"'Field' is too long: 256 characters, at most 255 are allowed",
		]);
	});
});

/** What is no date, though `Date.parse` finds one in most of it. */
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

describe('day', () => {
	test.each(['UTC', 'Asia/Riyadh', 'America/New_York', 'Pacific/Kiritimati'])(
		'in %s is the one that was written',
		(zone) => {
			expect(read(dateOnly(zone), '2026-12-31')).toBe('2026-12-31');
			expect(read(dateOnly(zone), ' 2026-12-31 ')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31T00:00:00')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31T23:59:59')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31 23:59:59')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2026-12-31T00:00:00.000+03:00')).toBe('2026-12-31');
			expect(read(dateOnly(zone), '2024-02-29')).toBe('2024-02-29');
		},
	);

	test("of a moment is the day in the moment's own zone", () => {
		const moment = DateTime.fromISO('2026-12-31T23:30:00', { zone: 'America/New_York' });

		expect(read(dateOnly('Asia/Riyadh'), moment)).toBe('2026-12-31');
	});

	test("of a date without a zone is the day in the workflow's zone", () => {
		const date = new Date('2026-12-31T22:00:00Z');

		expect(read(dateOnly('Asia/Riyadh'), date)).toBe('2027-01-01');
		expect(read(dateOnly('America/New_York'), date)).toBe('2026-12-31');
	});

	test.each(NO_DATES)('is not %p', (value) => {
		expect(wrong(dateOnly('America/New_York'), value)).toStrictEqual([
			`'Field' must be a date such as 2026-12-31, not ${JSON.stringify(value)}`,
		]);
	});

	test.each([new Date(NaN), DateTime.invalid('unparsable')])('is not %p', (value) => {
		expect(wrong(dateOnly('UTC'), value)).toHaveLength(1);
	});
});

describe('moment', () => {
	const millis = (zone: string, value: unknown) => read(dateTime(zone), value).toMillis();

	test("is in the workflow's zone where it comes without one", () => {
		expect(millis('Asia/Riyadh', '2026-05-18T12:00:00')).toBe(Date.parse('2026-05-18T09:00:00Z'));
		expect(millis('Asia/Riyadh', '2026-05-18')).toBe(Date.parse('2026-05-17T21:00:00Z'));
		expect(millis('UTC', '2026-05-18 12:00:00')).toBe(Date.parse('2026-05-18T12:00:00Z'));
	});

	test('keeps the zone that it comes with', () => {
		expect(millis('Asia/Riyadh', '2026-05-18T12:00:00Z')).toBe(Date.parse('2026-05-18T12:00:00Z'));
		expect(millis('Asia/Riyadh', '2026-05-18T12:00:00-04:00')).toBe(
			Date.parse('2026-05-18T16:00:00Z'),
		);
	});

	test.each(NO_DATES)('is not %p', (value) => {
		expect(wrong(dateTime('America/New_York'), value)).toHaveLength(1);
	});
});

describe('lastMoment', () => {
	const millis = (zone: string, value: unknown) => read(endOfRange(zone), value).toMillis();

	test('of a day is its end', () => {
		const end = Date.parse('2026-05-18T20:59:59.999Z');

		expect(millis('Asia/Riyadh', '2026-05-18')).toBe(end);
		expect(millis('Asia/Riyadh', ' 2026-05-18 ')).toBe(end);
	});

	test('of a time is that time', () => {
		const noon = Date.parse('2026-05-18T12:00:00Z');

		expect(millis('UTC', '2026-05-18T12:00:00')).toBe(noon);
		expect(millis('UTC', '2026-05-18 12:00:00')).toBe(noon);
		expect(millis('UTC', new Date(noon))).toBe(noon);
		expect(millis('Asia/Riyadh', '2026-05-18T00:00:00Z')).toBe(Date.parse('2026-05-18'));
	});

	test.each(NO_DATES)('is not %p', (value) => {
		expect(wrong(endOfRange('America/New_York'), value)).toHaveLength(1);
	});
});
