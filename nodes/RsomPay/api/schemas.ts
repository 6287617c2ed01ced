import { z } from 'zod';

/**
 * What the External API returns and sends. The types describe what the guide promises; n8n's output
 * schemas are made of them. The schemas check only the fields that the nodes use, so that no other
 * field makes a response unusable. Unknown fields are kept. Amounts are in the currency's major unit
 * (103.5 is SAR 103.50).
 */

/** A customer. API guide: create invoice, `customer`. */
export interface Customer {
	id?: string;
	fullname?: string;
	email?: string | null;
	phone?: string | null;
	[name: string]: unknown;
}

/** The totals of an invoice. API guide: create invoice, `data.totals`. */
export interface Totals {
	subtotal?: number;
	discount_total?: number;
	tax_total?: number;
	grand_total?: number;
	[name: string]: unknown;
}

/** A line of an invoice. API guide: create invoice, `items[]`. */
export interface InvoiceItem {
	description?: string;
	item_type?: string | null;
	quantity?: number;
	unit_price?: number;
	discount_amount?: number;
	/** Per cent. */
	tax_rate?: number;
	tax_amount?: number;
	total_amount?: number;
	reference_id?: string | null;
	[name: string]: unknown;
}

/** An invoice. API guide: create invoice and query invoice, `data`; statuses. */
export interface Invoice {
	external_id: string;
	reference_number?: string;
	/** `issued`, `paid`, `canceled` or `failed`. */
	status: string;
	amount?: number;
	payment_url?: string;
	customer?: Customer;
	totals?: Totals;
	items?: InvoiceItem[];
	[name: string]: unknown;
}

const requiredInvoiceFields = z.object({ external_id: z.string(), status: z.string() });

/** @internal */
export const invoiceResponseSchema = z.object({
	data: z.custom<Invoice>((value) => requiredInvoiceFields.safeParse(value).success),
});

/** A payment of a customer. Times are `YYYY-MM-DD HH:MM:SS` in UTC. API guide: list transactions. */
export interface Transaction {
	reference?: string | null;
	status?: string | null;
	amount?: number;
	currency_code?: string;
	payment_method?: string | null;
	invoice_external_id?: string;
	captured_at?: string | null;
	created_at?: string | null;
	[name: string]: unknown;
}

const TEXT_FIELDS = ['reference', 'status', 'payment_method', 'created_at'] as const;

// A function instead of an object schema: lists have thousands of rows, and the schema would take as
// long as reading them.
function isTransaction(value: unknown): value is Transaction {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
	const row = value as Record<string, unknown>;
	return TEXT_FIELDS.every((name) => (row[name] ?? null) === null || typeof row[name] === 'string');
}

const count = z
	.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
	.pipe(z.number().int().nonnegative());

/** @internal */
export const transactionPageSchema = z.object({
	data: z.array(z.custom<Transaction>(isTransaction)),
	meta: z.object({
		total: count,
		last_page: count,
	}),
});

/**
 * Parses a time of the API. The guide shows one payment's `paid_at` as `2026-05-18 12:00:00` and its
 * event's `occurred_at` as `2026-05-18T12:00:00+00:00`: a time without a zone is UTC.
 *
 * @returns ms since 1970, `NaN` where there is no readable time
 *
 * @internal
 */
export function transactionTime(value: string | null | undefined): number {
	const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)?$/.exec(
		value ?? '',
	);
	return match ? Date.parse(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`) : NaN;
}
