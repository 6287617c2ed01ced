import {
	decimal,
	fromHundredths,
	MAX_HUNDREDTHS,
	multiply,
	toHundredths,
	type Decimal,
} from '../shared/decimal.mts';
import type { Totals } from './types.mts';

/** The fields of a line that its amounts depend on; `tax_rate` in per cent. */
export type PricedLine = {
	quantity: number;
	unit_price: number;
	discount_amount: number;
	tax_rate: number;
};

/** The computed amounts of a line. */
export type LineAmounts = { tax_amount: number; total_amount: number };

/**
 * Computes the amounts of an invoice's lines and their totals (guide, "POST /invoices"): tax is on
 * the price after discount, and every amount is rounded half-up to two decimals per line, so that
 * the lines add up to the totals. Uses exact decimal arithmetic.
 *
 * @returns null if a JSON number cannot represent an amount exactly.
 */
export function computeTotals<Line extends PricedLine>(
	lines: readonly Line[],
): { lines: (Line & LineAmounts)[]; totals: Totals } | null {
	const amounts = lines.map((line) => {
		const subtotal = toHundredths(multiply(decimal(line.quantity), decimal(line.unit_price)));
		const discount = toHundredths(decimal(line.discount_amount));
		const tax = toHundredths(
			multiply({ units: subtotal - discount, scale: 2 }, perCent(decimal(line.tax_rate))),
		);
		return { line, subtotal, discount, tax, total: subtotal - discount + tax };
	});
	const sum = (pick: (amount: (typeof amounts)[number]) => bigint) =>
		amounts.reduce((total, amount) => total + pick(amount), 0n);
	const [subtotal, discount, tax, total] = [
		sum((amount) => amount.subtotal),
		sum((amount) => amount.discount),
		sum((amount) => amount.tax),
		sum((amount) => amount.total),
	];
	const all = [
		subtotal,
		discount,
		tax,
		total,
		...amounts.flatMap(({ tax, total }) => [tax, total]),
	];
	if (all.some((amount) => amount > MAX_HUNDREDTHS || amount < -MAX_HUNDREDTHS)) return null;

	return {
		lines: amounts.map(({ line, tax, total }) => ({
			...line,
			tax_amount: fromHundredths(tax),
			total_amount: fromHundredths(total),
		})),
		totals: {
			subtotal: fromHundredths(subtotal),
			discount_total: fromHundredths(discount),
			tax_total: fromHundredths(tax),
			grand_total: fromHundredths(total),
		},
	};
}

function perCent({ units, scale }: Decimal): Decimal {
	return { units, scale: scale + 2 };
}
