import { z } from 'zod';

import { compare, decimal } from '../../shared/decimal';
import { amount, validate, dateOnly, email, optional, text } from '../../shared/fieldSchemas';
import { whyNotPublicHttps, whyNotWebAddress } from '../../shared/publicUrl';
import { grandTotal } from './invoiceTotal';

/** How the fields of a new invoice are called where the user fills them in. */
const LABELS: Record<string, string> = {
	external_id: 'External ID',
	notification_url: 'Notification URL',
	return_url: 'Return URL',
	currency_code: 'Currency Code',
	due_date: 'Due Date',
	issued_date: 'Issued Date',
	notes: 'Notes',
	'customer.id': 'Customer ID',
	'customer.fullname': 'Customer Full Name',
	'customer.email': 'Customer Email',
	'customer.phone': 'Customer Phone',
	items: 'Line Items',
	description: 'Description',
	quantity: 'Quantity',
	unit_price: 'Unit Price',
	discount_amount: 'Discount Amount',
	tax_rate: 'Tax Rate (%)',
	item_type: 'Item Type',
	reference_id: 'Reference ID',
};

const lineSchema = z
	.object({
		description: text(255),
		quantity: optional(amount(0.001)),
		unit_price: amount(0.01),
		discount_amount: optional(amount(0)),
		tax_rate: optional(amount()),
		item_type: optional(text(32)),
		reference_id: optional(text(128)),
	})
	.strict();

/** A line of an invoice, by the API's own field names. API guide: create invoice, `items[]`. */
export type InvoiceLine = z.output<typeof lineSchema>;

const NOTHING = decimal(0);

function hasPositiveTotal(lines: readonly InvoiceLine[]): boolean {
	return lines.length === 0 || compare(grandTotal(lines), NOTHING) > 0;
}

function whyInvalidLines(value: unknown): string {
	if (typeof value === 'string') return 'are not valid JSON';
	return value === undefined ? 'need at least one line' : 'must be a list of lines';
}

const requestSchema = (zone: string, urlsArePublic: boolean) => {
	const url = text(2048).superRefine((value, context) => {
		const message = urlsArePublic ? whyNotPublicHttps(value) : whyNotWebAddress(value);
		if (message) context.addIssue({ code: 'custom', message });
	});
	return z.object({
		external_id: text(255),
		notification_url: url,
		return_url: url,
		customer: z.object({
			fullname: text(255),
			id: text(255),
			email: optional(email()),
			phone: optional(text(32)),
		}),
		items: z
			.array(lineSchema, {
				errorMap: (_, { data }) => ({ message: whyInvalidLines(data) }),
			})
			.min(1, 'need at least one line')
			.refine(hasPositiveTotal, 'must add up to more than 0 after discounts and tax'),
		currency_code: optional(text(8)),
		due_date: optional(dateOnly(zone)),
		issued_date: optional(dateOnly(zone)),
		notes: optional(text(2000)),
	});
};

/** The body of `POST /invoices`. API guide: create invoice, and its tables of fields. */
export type InvoiceRequest = z.output<ReturnType<typeof requestSchema>>;

/**
 * Makes what checks the fields that a user filled in against every limit of the guide's tables, and
 * turns them into the body of a request. Fields left empty are not sent.
 *
 * @param zone the workflow's time zone, for dates
 * @param urlsArePublic whether both URLs must be public HTTPS addresses, as RsomPay demands
 * @returns a function of the fields by the API's own names, which throws an InputProblem with all
 * that is wrong, each told with the label of its field
 */
export function createInvoiceValidator(
	zone: string,
	urlsArePublic: boolean,
): (fields: unknown) => InvoiceRequest {
	const schema = requestSchema(zone, urlsArePublic);
	return (fields) => validate(schema, fields, toSentence);
}

function toSentence(issue: z.ZodIssue): string {
	const path = issue.path.map(String);
	const [root = '', line, field] = path;
	if (root !== 'items' || line === undefined) {
		return `'${LABELS[path.join('.')] ?? path.join('.')}' ${issue.message}`;
	}
	const where = `of line ${Number(line) + 1}`;
	if (issue.code === 'unrecognized_keys') {
		const unknown = issue.keys.map((key) => `'${key}'`).join(', ');
		const known = Object.keys(lineSchema.shape).join(', ');
		return `'Line Items': line ${Number(line) + 1} has ${unknown}, which RsomPay does not know (it knows ${known})`;
	}
	if (field === undefined) return `'Line Items': line ${Number(line) + 1} must be an object`;
	return `'${LABELS[field] ?? field}' ${where} ${issue.message}`;
}
