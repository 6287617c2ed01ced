import { z } from 'zod';

/**
 * What Moyasar's payments API returns. The types describe what its page promises. The schemas check
 * only the fields that the nodes use. Unknown fields are kept.
 */

/** The source of a payment: a card, Apple Pay, Google Pay, Samsung Pay or STC Pay. List Payments: source. */
export interface PaymentSource {
	/** `creditcard`, `applepay`, `googlepay`, `samsungpay` or `stcpay`. */
	type?: string;
	/** The scheme: `mada`, `visa`, `master`, `amex`; not a closed list. */
	company?: string | null;
	/** The masked number of the card. */
	number?: string | null;
	/** The retrieval reference number (RRN). */
	reference_number?: string | null;
	[name: string]: unknown;
}

/** A payment. List Payments: payments. */
export interface Payment {
	id: string;
	/** `initiated`, `paid`, `authorized`, `failed`, `refunded`, `captured`, `voided` or `verified`. */
	status?: string;
	/** In the currency's minor unit: halalas for SAR. */
	amount?: number;
	/** ISO 4217. */
	currency?: string;
	description?: string | null;
	/** ISO 8601. */
	created_at?: string;
	/** ISO 8601. */
	updated_at?: string;
	metadata?: Record<string, string> | null;
	source?: PaymentSource | null;
	[name: string]: unknown;
}

// A function instead of an object schema: lists have thousands of rows, and the schema would take as
// long as reading them.
function isPayment(value: unknown): value is Payment {
	return (
		typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
	);
}

export const paymentSchema = z.custom<Payment>(isPayment);

const count = z.number().int().nonnegative();

export const paymentPageSchema = z.object({
	payments: z.array(paymentSchema),
	meta: z.object({ total_pages: count, total_count: count }),
});
