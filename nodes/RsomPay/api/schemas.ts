import { z } from 'zod';

/**
 * What the External API answers with. Only what the nodes rely on is required; whatever else comes
 * is kept. API guide: create invoice, query invoice, list transactions, webhooks, statuses.
 */

const money = z.number();

const customerSchema = z
	.object({
		id: z.string(),
		fullname: z.string(),
		email: z.string().nullish(),
		phone: z.string().nullish(),
	})
	.partial()
	.passthrough();

const totalsSchema = z
	.object({
		subtotal: money,
		discount_total: money,
		tax_total: money,
		grand_total: money,
	})
	.partial()
	.passthrough();

export const invoiceSchema = z
	.object({
		external_id: z.string(),
		reference_number: z.string().nullish(),
		status: z.string(),
		amount: z.union([money, z.string()]).nullish(),
		payment_url: z.string().nullish(),
		customer: customerSchema.nullish(),
		totals: totalsSchema.nullish(),
		items: z.array(z.object({}).passthrough()).nullish(),
	})
	.passthrough();

/** An invoice as the API gives it; amounts in the currency's major unit (103.5 is SAR 103.50). */
export type Invoice = z.infer<typeof invoiceSchema>;

/** A payment of a customer as the API lists it; times are `YYYY-MM-DD HH:MM:SS` in UTC. */
export interface Transaction {
	reference?: string | null;
	status?: string | null;
	amount?: number | string | null;
	currency_code?: string | null;
	payment_method?: string | null;
	invoice_external_id?: string | null;
	captured_at?: string | null;
	created_at?: string | null;
	[name: string]: unknown;
}

const RELIED_ON = ['reference', 'status', 'payment_method', 'created_at'] as const;

// Lists run to thousands of rows, and a schema of each row's every field takes as long as reading
// a page: what is checked is what the nodes rely on.
function isTransaction(value: unknown): value is Transaction {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
	const row = value as Record<string, unknown>;
	return RELIED_ON.every((name) => (row[name] ?? null) === null || typeof row[name] === 'string');
}

/**
 * The moment that a time of the API stands for. The guide shows one payment's `paid_at` as
 * `2026-05-18 12:00:00` and its event's `occurred_at` as `2026-05-18T12:00:00+00:00`: UTC.
 *
 * @returns ms since 1970, `NaN` where there is no readable time
 */
export function transactionTime(value: string | null | undefined): number {
	const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)?$/.exec(
		value ?? '',
	);
	return match ? Date.parse(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`) : NaN;
}

export const transactionPageSchema = z.object({
	data: z.array(z.custom<Transaction>(isTransaction)),
	meta: z.object({
		total: z.coerce.number().int().nonnegative(),
		last_page: z.coerce.number().int().nonnegative(),
	}),
});

export const invoiceAnswerSchema = z.object({ data: invoiceSchema });
