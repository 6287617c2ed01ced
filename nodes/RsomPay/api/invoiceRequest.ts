import { z } from 'zod';

import { compare, decimal } from '../../shared/decimal';
import { amount, dateOnly, email, optional, text, validate } from '../../shared/fieldSchemas';
import { whereJsonBreaks } from '../../shared/jsonError';
import { whyNotPublicHttps, whyNotWebAddress } from '../../shared/publicUrl';
import { grandTotal } from './invoiceTotal';

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

/** A line of an invoice, with the API's field names. API guide: create invoice, `items[]`. */
export type InvoiceLine = z.output<typeof lineSchema>;

const NOTHING = decimal(0);

function hasPositiveTotal(lines: readonly InvoiceLine[]): boolean {
	return lines.length === 0 || compare(grandTotal(lines), NOTHING) > 0;
}

function whyInvalidLines(value: unknown): string {
	if (typeof value === 'string') return `are not valid JSON: ${whereJsonBreaks(value)}`;
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

/** The labels of the fields in the panel, by the API's field names. */
export interface InvoiceLabels {
	/** A field of the customer has the path `customer.id`. */
	invoice: Readonly<Record<string, string>>;
	line: Readonly<Record<string, string>>;
}

/**
 * Creates the function that validates the fields of a new invoice against every limit of the guide's
 * tables, and converts them to the body of a request. Blank fields are not sent.
 *
 * @param zone the workflow's time zone, for dates
 * @param urlsArePublic whether both URLs must be public HTTPS addresses, as RsomPay demands.
 * API guide: create invoice, `notification_url` and `return_url`.
 * @param labels names the fields in error messages
 * @returns a function of the fields with the API's names. It throws an InputError with all problems.
 */
export function createInvoiceValidator(
	zone: string,
	urlsArePublic: boolean,
	labels: InvoiceLabels,
): (fields: unknown) => InvoiceRequest {
	const schema = requestSchema(zone, urlsArePublic);
	return (fields) => validate(schema, fields, (issue) => toSentence(issue, labels));
}

function toSentence(issue: z.ZodIssue, { invoice, line: lineLabels }: InvoiceLabels): string {
	const path = issue.path.map(String);
	const [root = '', line, field] = path;
	if (root !== 'items' || line === undefined) {
		return `'${invoice[path.join('.')] ?? path.join('.')}' ${issue.message}`;
	}
	const lineNumber = Number(line) + 1;
	if (issue.code === 'unrecognized_keys') {
		const unknown = issue.keys.map((key) => `'${key}'`).join(', ');
		const known = Object.keys(lineSchema.shape).join(', ');
		return `'${invoice.items}': line ${lineNumber} has ${unknown}, which RsomPay does not know (it knows ${known})`;
	}
	if (field === undefined) return `'${invoice.items}': line ${lineNumber} must be an object`;
	return `'${lineLabels[field] ?? field}' of line ${lineNumber} ${issue.message}`;
}
