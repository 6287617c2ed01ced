import fc from 'fast-check';

import {
	add,
	compare,
	type Decimal,
	decimal,
	multiply,
	roundDown,
	roundUp,
	subtract,
	toNumber,
} from '../../../../nodes/shared/decimal.ts';
import { formatDecimal } from '../../support.mts';

/** Decimal numbers, most of them beyond the precision of a double. */
const decimals = fc.record({
	digits: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
	scale: fc.integer({ min: 0, max: 30 }),
});

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });

/** The power of ten of a common denominator for all scales above. */
const DENOMINATOR = 60;

const numerator = ({ digits, scale }: Decimal): bigint =>
	digits * 10n ** BigInt(DENOMINATOR - scale);

describe('decimal', () => {
	test.each<[number, bigint, number]>([
		[0, 0n, 0],
		[-0, 0n, 0],
		[5, 5n, 0],
		[-5, -5n, 0],
		[0.1, 1n, 1],
		[103.5, 1035n, 1],
		[-0.015, -15n, 3],
		[1e21, 10n ** 21n, 0],
		[1.5e22, 15n * 10n ** 21n, 0],
		[1e-7, 1n, 7],
		[-1.25e-7, -125n, 9],
		[5e-324, 5n, 324],
		[Number.MAX_SAFE_INTEGER, 9007199254740991n, 0],
	])('converts %d exactly', (value, digits, scale) => {
		expect(decimal(value)).toStrictEqual({ digits, scale });
	});

	test.each([NaN, Infinity, -Infinity])('throws for %d', (value) => {
		expect(() => decimal(value)).toThrow(new RangeError(`${value} is not a finite number`));
	});

	test('converts every double without loss', () => {
		fc.assert(
			fc.property(numbers, (value) => {
				const { digits, scale } = decimal(value);
				expect(scale).toBeGreaterThanOrEqual(0);
				expect(Number(`${digits}e-${scale}`)).toBe(value === 0 ? 0 : value);
			}),
		);
	});
});

describe('arithmetic', () => {
	test('is exact', () => {
		fc.assert(
			fc.property(decimals, decimals, (a, b) => {
				expect(numerator(add(a, b))).toBe(numerator(a) + numerator(b));
				expect(numerator(subtract(a, b))).toBe(numerator(a) - numerator(b));
				expect(numerator(multiply(a, b)) * 10n ** BigInt(DENOMINATOR)).toBe(
					numerator(a) * numerator(b),
				);
			}),
		);
	});

	test('is exact where binary floating point is not', () => {
		expect(formatDecimal(add(decimal(0.1), decimal(0.2)))).toBe('0.3');
		expect(formatDecimal(multiply(decimal(1.1), decimal(1.1)))).toBe('1.21');
		expect(formatDecimal(multiply(decimal(1.005), decimal(100)))).toBe('100.5');
	});
});

describe('compare', () => {
	test('orders any two numbers by value', () => {
		fc.assert(
			fc.property(decimals, decimals, (a, b) => {
				const [left, right] = [numerator(a), numerator(b)];
				expect(compare(a, b)).toBe(left < right ? -1 : left > right ? 1 : 0);
			}),
		);
	});

	test('distinguishes numbers that are close to each other', () => {
		const [less, more] = [decimal(103.49), decimal(103.5)];

		expect([compare(less, more), compare(more, less), compare(more, more)]).toStrictEqual([
			-1, 1, 0,
		]);
		expect(compare({ digits: 1n, scale: 30 }, decimal(0))).toBe(1);
		expect(compare(decimal(0), { digits: 1n, scale: 30 })).toBe(-1);
	});

	test('treats equal numbers with different scales as equal', () => {
		expect(compare({ digits: 1500n, scale: 2 }, { digits: 15n, scale: 0 })).toBe(0);
	});
});

describe('rounding', () => {
	test.each([
		[1.005, '1', '1.01'],
		[-1.005, '-1.01', '-1'],
		[0.001, '0', '0.01'],
		[-0.001, '-0.01', '0'],
		[1.01, '1.01', '1.01'],
		[-1.01, '-1.01', '-1.01'],
		[5, '5', '5'],
		[1e21, '1000000000000000000000', '1000000000000000000000'],
	])('of %d to two decimals is down to %s and up to %s', (value, down, up) => {
		expect(formatDecimal(roundDown(decimal(value), 2))).toBe(down);
		expect(formatDecimal(roundUp(decimal(value), 2))).toBe(up);
	});

	test('encloses any number between two neighbours', () => {
		fc.assert(
			fc.property(decimals, fc.integer({ min: 0, max: 30 }), (value, scale) => {
				const [down, up] = [roundDown(value, scale), roundUp(value, scale)];
				expect(Math.max(down.scale, up.scale)).toBeLessThanOrEqual(Math.max(scale, 0));
				expect(compare(down, value)).toBeLessThanOrEqual(0);
				expect(compare(value, up)).toBeLessThanOrEqual(0);
				const gap = numerator(up) - numerator(down);
				const isExact =
					value.scale <= scale || value.digits % 10n ** BigInt(value.scale - scale) === 0n;
				expect(gap).toBe(isExact ? 0n : 10n ** BigInt(DENOMINATOR - scale));
			}),
		);
	});
});

test('toNumber converts every decimal that a number made back to it', () => {
	fc.assert(
		fc.property(numbers, (value) => {
			expect(toNumber(decimal(value))).toBe(value === 0 ? 0 : value);
		}),
	);
});
