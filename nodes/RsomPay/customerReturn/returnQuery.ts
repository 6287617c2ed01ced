import { z } from 'zod';

// Anyone can write anything into the URL.
const parameter = z.string().trim().min(1).max(255).optional().catch(undefined);

const querySchema = z.object({
	status: parameter,
	external_id: parameter,
	reference_number: parameter,
	payment_reference: parameter,
	amount_paid: parameter,
	currency_code: parameter,
	payment_method: parameter,
});

/**
 * The query parameters of the URL with which a customer returns. They prove nothing.
 * API guide: `return_url`, query parameters.
 */
export type ReturnQuery = z.output<typeof querySchema>;

/** Returns whether the query says that a payment was made. It proves nothing. */
export function claimsPayment({ status }: ReturnQuery): boolean {
	return status === 'success' || status === 'pending';
}

/**
 * Parses the query parameters that the guide names. Drops a value that is too long or no text. RsomPay may
 * append its parameters after a second question mark: then the first is in the value before it.
 */
export function parseReturnQuery(query: object): ReturnQuery {
	const appended = Object.values(query).flatMap((value: unknown) =>
		typeof value === 'string' ? [...new URLSearchParams(value.split('?')[1])] : [],
	);
	return querySchema.parse({ ...Object.fromEntries(appended), ...query });
}
