import { z } from 'zod';

import { compare, decimal, subtract } from '../../shared/decimal';
import { ServiceError } from '../../shared/errors';
import type { InvoiceRequest } from './invoiceRequest';
import type { PricedLine } from './invoiceTotal';
import type { Invoice } from './schemas';

/** The largest difference by rounding. RsomPay stores two decimals, of a quantity three. */
const ROUNDING = decimal(0.005);
const QUANTITY_ROUNDING = decimal(0.0005);

const number = z
	.union([z.number(), z.string().min(1).pipe(z.coerce.number())])
	.pipe(z.number().finite())
	.nullish();

const lineSchema = z.object({
	unit_price: number,
	quantity: number,
	discount_amount: number,
	tax_rate: number,
});

// A field that cannot be compared counts as equal.
const comparableSchema = z.object({
	customer: z
		.object({ id: z.union([z.string(), z.number()]).transform(String) })
		.optional()
		.catch(undefined),
	items: z.array(lineSchema).optional().catch(undefined),
});

/**
 * Detects that an External ID already belongs to a different invoice. RsomPay then returns the
 * existing invoice, and its payment link would show another amount or another customer.
 * API guide: create invoice, duplicates of `external_id`.
 *
 * @param invoice what the API returned
 * @param request what was requested
 * @returns the error to throw, or `undefined` when the invoice matches the request
 */
export function findInvoiceMismatch(
	invoice: Invoice,
	request: InvoiceRequest,
): ServiceError | undefined {
	const { customer, items } = comparableSchema.parse(invoice);
	const isSameCustomer = customer === undefined || customer.id === request.customer.id;
	const hasSameLines =
		items === undefined ||
		(items.length === request.items.length &&
			request.items.every((line, index) => isSameLine(line, items[index])));
	if (isSameCustomer && hasSameLines) return undefined;
	const difference = isSameCustomer ? 'with other line items' : 'of another customer';
	return new ServiceError(
		`The External ID "${request.external_id}" already belongs to an invoice ${difference}`,
		{
			description:
				'RsomPay returns that invoice instead of creating a new one, so its payment link is not in the output. Use another External ID for a new invoice, or Get by Reference to see the one that is there.',
		},
	);
}

function isSameLine(expected: PricedLine, actual: z.infer<typeof lineSchema> | undefined): boolean {
	return (
		isClose(expected.unit_price, actual?.unit_price) &&
		isClose(expected.quantity ?? 1, actual?.quantity, QUANTITY_ROUNDING) &&
		isClose(expected.discount_amount ?? 0, actual?.discount_amount) &&
		isClose(expected.tax_rate, actual?.tax_rate)
	);
}

function isClose(
	expected: number | undefined,
	actual: number | null | undefined,
	rounding = ROUNDING,
): boolean {
	if (expected === undefined || actual === undefined || actual === null) return true;
	const { digits, scale } = subtract(decimal(expected), decimal(actual));
	return compare({ digits: digits < 0n ? -digits : digits, scale }, rounding) <= 0;
}
