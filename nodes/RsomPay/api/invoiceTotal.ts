import { add, type Decimal, decimal, multiply, subtract } from '../../shared/decimal';

const ZERO = decimal(0);

const HUNDREDTH = decimal(0.01);

/** The numbers of an invoice line. Amounts are in the currency's major unit, the rate in percent. */
export interface PricedLine {
	unit_price: number;
	quantity?: number;
	discount_amount?: number;
	tax_rate?: number;
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
	const price = multiply(decimal(line.quantity ?? 1), decimal(line.unit_price));
	const net = subtract(price, decimal(line.discount_amount ?? 0));
	const tax = multiply(multiply(net, decimal(line.tax_rate ?? 0)), HUNDREDTH);
	return add(net, tax);
}
