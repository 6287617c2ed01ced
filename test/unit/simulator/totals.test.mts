import fc from 'fast-check';
import { decimal, toHundredths } from '../../../simulator/shared/decimal.mts';
import { computeTotals } from '../../../simulator/rsompay/totals.mts';

const line = (fields: Partial<Parameters<typeof computeTotals>[0][number]>) => ({
	quantity: 1,
	unit_price: 100,
	discount_amount: 0,
	tax_rate: 0,
	...fields,
});

describe('toHundredths', () => {
	test.each([
		[0.1, 10n],
		[1.005, 101n],
		[1.004999, 100n],
		[-1.005, -101n],
		[2.675, 268n],
		[1e-7, 0n],
		[1e21, 10n ** 23n],
		[1.5e-3, 0n],
		[5e-3, 1n],
		[0, 0n],
	])('rounds %d half-up', (value, expected) => {
		expect(toHundredths(decimal(value))).toBe(expected);
	});

	test('is exact for every amount with two decimals', () => {
		fc.assert(
			fc.property(fc.bigInt(-(10n ** 14n), 10n ** 14n), (hundredths) => {
				expect(toHundredths(decimal(Number(hundredths) / 100))).toBe(hundredths);
			}),
		);
	});

	test.each([NaN, Infinity, -Infinity])('throws for %d', (value) => {
		expect(() => decimal(value)).toThrow(RangeError);
	});
});

describe('computeTotals', () => {
	test("computes the guide's totals", () => {
		const result = computeTotals([line({ discount_amount: 10, tax_rate: 15 })]);
		expect(result).toEqual({
			lines: [expect.objectContaining({ tax_amount: 13.5, total_amount: 103.5 })],
			totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
		});
	});

	test('has no binary floating-point error', () => {
		expect(computeTotals([line({ unit_price: 0.1 }), line({ unit_price: 0.2 })])?.totals).toEqual({
			subtotal: 0.3,
			discount_total: 0,
			tax_total: 0,
			grand_total: 0.3,
		});
		// Math.round(1.005 * 100) is 100, and Math.round(1.15 * 0.5 * 100) is 57.
		const [rounded, taxed] = [
			computeTotals([line({ quantity: 1.005, unit_price: 1 })]),
			computeTotals([line({ unit_price: 1.15, tax_rate: 50 })]),
		];
		expect(rounded?.totals.subtotal).toBe(1.01);
		expect(taxed?.totals.tax_total).toBe(0.58);
	});

	test('rounds tax half-up on each line, not on the sum', () => {
		const half = line({ unit_price: 0.1, tax_rate: 15 }); // 0.015 → 0.02
		expect(computeTotals([half, half])?.totals).toEqual({
			subtotal: 0.2,
			discount_total: 0,
			tax_total: 0.04,
			grand_total: 0.24,
		});
	});

	const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 100);
	const lines = fc.array(
		fc.record({
			quantity: fc.integer({ min: 1, max: 100_000 }).map((value) => value / 1000),
			unit_price: fc.integer({ min: 1, max: 1_000_000 }).map((value) => value / 100),
			discount_amount: cents(100_000),
			tax_rate: cents(10_000),
		}),
		{ minLength: 1, maxLength: 12 },
	);
	/** Hundredths of a number with at most two decimals. */
	const halalas = (amount: number) => BigInt(Math.round(amount * 100));

	test('computes lines that add up to the totals', () => {
		fc.assert(
			fc.property(lines, (given) => {
				const result = computeTotals(given);
				expect(result).not.toBeNull();
				if (result === null) return;
				const { totals } = result;
				expect(halalas(totals.grand_total)).toBe(
					halalas(totals.subtotal) - halalas(totals.discount_total) + halalas(totals.tax_total),
				);
				const sum = (amounts: number[]) =>
					amounts.reduce((total, amount) => total + halalas(amount), 0n);
				expect(sum(result.lines.map(({ total_amount }) => total_amount))).toBe(
					halalas(totals.grand_total),
				);
				expect(sum(result.lines.map(({ tax_amount }) => tax_amount))).toBe(
					halalas(totals.tax_total),
				);
			}),
		);
	});

	test('rounds the rational value of each line half away from zero', () => {
		fc.assert(
			fc.property(lines, (given) => {
				for (const { quantity, unit_price, discount_amount, tax_rate, tax_amount } of computeTotals(
					given,
				)?.lines ?? []) {
					// In thousandths × hundredths = 1/100 000 of a unit.
					const gross = BigInt(Math.round(quantity * 1000)) * halalas(unit_price);
					const subtotal = (gross + 500n) / 1000n;
					const net = subtotal - halalas(discount_amount);
					const tax = net * halalas(tax_rate);
					const rounded = ((tax < 0n ? -tax : tax) + 5000n) / 10_000n;
					expect(halalas(tax_amount)).toBe(tax < 0n ? -rounded : rounded);
				}
			}),
		);
	});

	test('returns null for amounts that a JSON number cannot represent exactly', () => {
		expect(computeTotals([line({ unit_price: 9_999_999_999_999.99 })])).not.toBeNull();
		expect(computeTotals([line({ unit_price: 10_000_000_000_000 })])).toBeNull();
		expect(computeTotals([line({ unit_price: 1e300, quantity: 1e300 })])).toBeNull();
		expect(
			computeTotals([line({ unit_price: 1e300 }), line({ discount_amount: 1e300 })]),
		).toBeNull();
	});
});
