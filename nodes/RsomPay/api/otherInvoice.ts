import { z } from 'zod';

import { compare, decimal, decimalText, multiply, subtract } from '../../shared/decimal';
import type { InvoiceRequest } from './invoiceRequest';
import type { Invoice } from './schemas';
import { grandTotal } from './totals';

/** What rounding each line's amounts to the smallest coin may come to. */
const ROUNDING_A_LINE = decimal(0.02);

/**
 * Tells that an External ID was used before for something else. RsomPay then gives the invoice that
 * is already there, so a customer would be sent the payment link of another amount, or of another
 * customer. API guide: create invoice, duplicates of `external_id`.
 *
 * @param invoice what the API answered
 * @param request what it was asked to create
 * @returns a sentence, or `undefined` when the invoice is the one that was asked for
 */
export function otherInvoice(invoice: Invoice, request: InvoiceRequest): string | undefined {
	const { amount, customer } = relevantSchema.parse(invoice);
	const wanted = request.customer.id;
	const given = customer?.id ?? wanted;
	if (given === wanted && isClose(amount, request)) return undefined;
	const told = amount ?? 'an amount that it did not tell';
	return `The External ID "${request.external_id}" was used before, and RsomPay gave back the invoice it stands for: ${told} for customer ${given}, while this item asks for ${decimalText(grandTotal(request.items))} for customer ${wanted}. Use another External ID for another invoice.`;
}

// What cannot be compared is not called different.
const relevantSchema = z.object({
	amount: z
		.union([z.number(), z.string().min(1).pipe(z.coerce.number())])
		.pipe(z.number().finite())
		.optional()
		.catch(undefined),
	customer: z.object({ id: z.string() }).optional().catch(undefined),
});

function isClose(amount: number | undefined, { items }: InvoiceRequest): boolean {
	if (amount === undefined) return true;
	const difference = subtract(decimal(amount), grandTotal(items));
	const allowed = multiply(decimal(items.length), ROUNDING_A_LINE);
	return (
		compare(difference, allowed) <= 0 && compare(multiply(difference, decimal(-1)), allowed) <= 0
	);
}
