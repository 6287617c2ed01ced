import fc from 'fast-check';

import type { InvoiceLine } from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import { grandTotal, grandTotalRange } from '../../../../../nodes/RsomPay/api/invoiceTotal.ts';
import { compare, decimal } from '../../../../../nodes/shared/decimal.ts';
import { computeTotals } from '../../../../../simulator/rsompay/totals.mts';
import { formatDecimal } from '../../../support.mts';

const total = (...lines: Array<Omit<InvoiceLine, 'description'>>) =>
	formatDecimal(grandTotal(lines.map((line) => ({ description: 'Service fee', ...line }))));

describe('grandTotal', () => {
	test("equals the total of the guide's example", () => {
		const line = { quantity: 1, unit_price: 100, discount_amount: 10, tax_rate: 15 };

		expect(total(line)).toBe('103.5');
	});

	test('is the unit price of a line without quantity, discount and tax', () => {
		expect(total({ unit_price: 99.99 })).toBe('99.99');
	});

	test.each([
		['quantity', { unit_price: 0.1, quantity: 3 }, '0.3'],
		['discount', { unit_price: 0.3, discount_amount: 0.1 }, '0.2'],
		['tax', { unit_price: 1.1, tax_rate: 10 }, '1.21'],
		['a discount above the price', { unit_price: 1, discount_amount: 3, tax_rate: 15 }, '-2.3'],
		['a negative tax', { unit_price: 100, tax_rate: -5 }, '95'],
		['the smallest amounts', { unit_price: 0.01, quantity: 0.001, tax_rate: 15 }, '0.0000115'],
		[
			'huge amounts',
			{ unit_price: 9007199254740991, quantity: 1e15, tax_rate: 15 },
			'10358279142952139650000000000000',
		],
	])('computes %s exactly', (_, line, expected) => {
		expect(total(line)).toBe(expected);
	});

	test('adds the lines', () => {
		const line = { quantity: 1, unit_price: 100, discount_amount: 10, tax_rate: 15 };

		expect(total()).toBe('0');
		expect(total(line, { unit_price: 0.1 }, { unit_price: 0.2 })).toBe('103.8');
	});

	test('equals the same sum in integers', () => {
		const hundredths = fc.integer({ min: 1, max: 100_000_000 });
		const lines = fc.array(
			fc.record({
				price: hundredths,
				quantity: fc.nat(10_000),
				discount: fc.nat(100_000),
				tax: fc.nat(30),
			}),
			{ minLength: 1, maxLength: 20 },
		);
		fc.assert(
			fc.property(lines, (values) => {
				// Price and discount in hundredths, quantity in tenths, tax in percent: 1/100,000 in all.
				const expected = values.reduce(
					(sum, { price, quantity, discount, tax }) =>
						sum + BigInt(price * quantity - discount * 10) * BigInt(100 + tax),
					0n,
				);
				const { digits, scale } = grandTotal(
					values.map(({ price, quantity, discount, tax }) => ({
						description: 'Service fee',
						unit_price: price / 100,
						quantity: quantity / 10,
						discount_amount: discount / 100,
						tax_rate: tax,
					})),
				);
				expect(digits * 100_000n).toBe(expected * 10n ** BigInt(scale));
			}),
		);
	});
});

describe('grandTotalRange', () => {
	const range = (...lines: Array<Omit<InvoiceLine, 'description'>>) => {
		const { min, max } = grandTotalRange(lines);
		return [formatDecimal(min), formatDecimal(max)];
	};

	test.each([
		['no lines', [], '0', '0'],
		[
			"the guide's example",
			[{ unit_price: 100, discount_amount: 10, tax_rate: 15 }],
			'103.5',
			'103.5',
		],
		['a price of three decimals', [{ unit_price: 10.005 }], '10', '10.01'],
		['a discount of three decimals', [{ unit_price: 10, discount_amount: 0.005 }], '9.99', '10'],
		['a tax of three decimals', [{ unit_price: 0.1, tax_rate: 15 }], '0.11', '0.12'],
		['a negative tax', [{ unit_price: 0.1, tax_rate: -15 }], '0.08', '0.09'],
		['a negative tax of a rounded price', [{ unit_price: 1.005, tax_rate: -10 }], '0.89', '0.91'],
		[
			'a discount above the price',
			[{ unit_price: 1, discount_amount: 1.1, tax_rate: 15 }],
			'-0.12',
			'-0.11',
		],
		[
			'several lines',
			[{ unit_price: 0.1, tax_rate: 15 }, { unit_price: 10.005 }],
			'10.11',
			'10.13',
		],
	])('of %s', (_, lines, min, max) => {
		expect(range(...lines)).toStrictEqual([min, max]);
	});

	test("contains the exact total and the simulator's, for any lines", () => {
		const decimals = (max: number) =>
			fc.integer({ min: 0, max: max * 10_000 }).map((value) => value / 10_000);
		const anyLine = fc.record({
			unit_price: decimals(100_000),
			quantity: decimals(1_000),
			discount_amount: decimals(1_000),
			tax_rate: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 10_000),
		});
		fc.assert(
			fc.property(fc.array(anyLine, { maxLength: 20 }), (lines) => {
				const { min, max } = grandTotalRange(lines);
				const simulated = decimal(computeTotals(lines)?.totals.grand_total ?? NaN);
				for (const total of [grandTotal(lines), simulated]) {
					expect(compare(min, total)).toBeLessThanOrEqual(0);
					expect(compare(total, max)).toBeLessThanOrEqual(0);
				}
			}),
			{ numRuns: 1_000 },
		);
	});
});
