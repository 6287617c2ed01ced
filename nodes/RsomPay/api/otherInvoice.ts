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
	const wanted = grandTotal(request.items);
	const customerId = invoice.customer?.id ?? request.customer.id;
	const isSameAmount = isClose(invoice.amount, request);
	if (isSameAmount && customerId === request.customer.id) return undefined;
	return `The External ID "${request.external_id}" was used before, and RsomPay gave back the invoice it stands for: ${invoice.amount} for customer ${customerId}, while this item asks for ${decimalText(wanted)} for customer ${request.customer.id}. Use another External ID for another invoice.`;
}

function isClose(amount: Invoice['amount'], { items }: InvoiceRequest): boolean {
	const told = amount === '' ? NaN : Number(amount ?? NaN);
	// What cannot be compared is not called different.
	if (!Number.isFinite(told)) return true;
	const difference = subtract(decimal(told), grandTotal(items));
	const allowed = multiply(decimal(items.length), ROUNDING_A_LINE);
	return (
		compare(difference, allowed) <= 0 && compare(multiply(difference, decimal(-1)), allowed) <= 0
	);
}
