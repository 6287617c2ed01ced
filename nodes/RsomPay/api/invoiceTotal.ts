import {
	add,
	compare,
	type Decimal,
	decimal,
	multiply,
	roundDown,
	roundUp,
	subtract,
} from '../../shared/decimal';

const ZERO = decimal(0);

const HUNDREDTH = decimal(0.01);

/** RsomPay's amounts have two decimals. */
const AMOUNT_SCALE = 2;

/** The numbers of an invoice line. Amounts are in the currency's major unit, the rate in percent. */
export interface PricedLine {
	unit_price: number;
	quantity?: number;
	discount_amount?: number;
	tax_rate?: number;
}

/**
 * Completes a line with RsomPay's defaults. API guide: create invoice, `items[]`. The guide states no
 * default of the tax rate: a line without one asks for no tax.
 */
export function withDefaults(line: PricedLine): Required<PricedLine> {
	const { unit_price, quantity = 1, discount_amount = 0, tax_rate = 0 } = line;
	return { unit_price, quantity, discount_amount, tax_rate };
}

/**
 * Computes the total of an invoice exactly, without rounding: for each line quantity × unit price −
 * discount, plus the tax on that. API guide: create invoice, the example of a line of 100 less 10
 * plus 15 %, whose `grand_total` is 103.5.
 *
 * @returns the total in the currency's major unit
 */
export function grandTotal(lines: readonly PricedLine[]): Decimal {
	return lines.map(lineTotal).reduce(add, ZERO);
}

function lineTotal(line: PricedLine): Decimal {
	const { unit_price, quantity, discount_amount, tax_rate } = withDefaults(line);
	const price = multiply(decimal(quantity), decimal(unit_price));
	const net = subtract(price, decimal(discount_amount));
	return add(net, taxOn(net, tax_rate));
}

function taxOn(net: Decimal, taxRate: number): Decimal {
	return multiply(multiply(net, decimal(taxRate)), HUNDREDTH);
}

/** The smallest and the largest of some amounts. */
export interface AmountRange {
	min: Decimal;
	max: Decimal;
}

/**
 * Computes between which totals RsomPay's total is. The guide does not say what is rounded, or how, so
 * the range covers every rounding of prices, discounts and taxes to two decimals, of each line or of
 * the total. It is one amount where nothing needs rounding.
 */
export function grandTotalRange(lines: readonly PricedLine[]): AmountRange {
	return lines.map(lineTotalRange).reduce(addRanges, { min: ZERO, max: ZERO });
}

function lineTotalRange(line: PricedLine): AmountRange {
	const { unit_price, quantity, discount_amount, tax_rate } = withDefaults(line);
	const price = rounded(multiply(decimal(quantity), decimal(unit_price)));
	const discount = rounded(decimal(discount_amount));
	const net = { min: subtract(price.min, discount.max), max: subtract(price.max, discount.min) };
	const [a, b] = [taxOn(net.min, tax_rate), taxOn(net.max, tax_rate)];
	// With a negative rate the larger amount has the smaller tax.
	const [low, high] = compare(a, b) <= 0 ? [a, b] : [b, a];
	return addRanges(net, { min: rounded(low).min, max: rounded(high).max });
}

function rounded(amount: Decimal): AmountRange {
	return { min: roundDown(amount, AMOUNT_SCALE), max: roundUp(amount, AMOUNT_SCALE) };
}

function addRanges(a: AmountRange, b: AmountRange): AmountRange {
	return { min: add(a.min, b.min), max: add(a.max, b.max) };
}
