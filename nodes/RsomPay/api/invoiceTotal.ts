import { add, type Decimal, decimal, multiply, subtract } from '../../shared/decimal';
import type { InvoiceLine } from './invoiceRequest';

const ZERO = decimal(0);

const HUNDREDTH = decimal(0.01);

/**
 * Adds up an invoice exactly, without rounding: for each line quantity × unit price − discount,
 * and the tax on that. API guide: create invoice, the example of a line of 100 less 10 plus 15 %,
 * whose `grand_total` is 103.5.
 *
 * @param lines amounts in the currency's major unit, tax rates in percent
 */
export function grandTotal(lines: readonly InvoiceLine[]): Decimal {
	return lines.map(lineTotal).reduce(add, ZERO);
}

function lineTotal(line: InvoiceLine): Decimal {
	const price = multiply(decimal(line.quantity ?? 1), decimal(line.unit_price));
	const net = subtract(price, decimal(line.discount_amount ?? 0));
	const tax = multiply(multiply(net, decimal(line.tax_rate ?? 0)), HUNDREDTH);
	return add(net, tax);
}
