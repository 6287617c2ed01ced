import { z } from 'zod';

import { compare, decimal, subtract } from '../../shared/decimal';
import { ServiceError } from '../../shared/errors';
import type { InvoiceLine, InvoiceRequest } from './invoiceRequest';
import type { Invoice } from './schemas';

/** By how much a number may differ that RsomPay keeps with two decimals, or a quantity with three. */
const ROUNDING = decimal(0.005);
const QUANTITY_ROUNDING = decimal(0.0005);

const number = z
	.union([z.number(), z.string().min(1).pipe(z.coerce.number())])
	.pipe(z.number().finite())
	.nullish();

// What cannot be compared is not called different.
const comparableSchema = z.object({
	customer: z
		.object({ id: z.union([z.string(), z.number()]).transform(String) })
		.optional()
		.catch(undefined),
	items: z
		.array(
			z.object({
				unit_price: number,
				quantity: number,
				discount_amount: number,
				tax_rate: number,
			}),
		)
		.optional()
		.catch(undefined),
});

/**
 * Tells that an External ID was used before for something else. RsomPay then gives the invoice that
 * is already there, so a customer would be sent the payment link of another amount, or of another
 * customer. API guide: create invoice, duplicates of `external_id`.
 *
 * @param invoice what the API answered
 * @param request what it was asked to create
 * @returns what to tell the user, or `undefined` when the invoice is the one that was asked for
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
		`The External ID "${request.external_id}" already stands for an invoice ${difference}`,
		{
			description:
				'RsomPay gives back that invoice instead of creating a new one, so its payment link was not handed on. Use another External ID for a new invoice, or Get by Reference to see the one that is there.',
		},
	);
}

function isSameLine(
	line: InvoiceLine,
	actual: NonNullable<z.infer<typeof comparableSchema>['items']>[number] | undefined,
): boolean {
	return (
		isClose(line.unit_price, actual?.unit_price) &&
		isClose(line.quantity ?? 1, actual?.quantity, QUANTITY_ROUNDING) &&
		isClose(line.discount_amount ?? 0, actual?.discount_amount) &&
		isClose(line.tax_rate, actual?.tax_rate)
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
