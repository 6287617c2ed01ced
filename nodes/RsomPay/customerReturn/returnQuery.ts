import { z } from 'zod';

// Whoever opens the address can write anything into it.
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
 * What the address says with which a customer returns: nothing that is known to be true.
 * API guide: `return_url`, query parameters.
 */
export type ReturnQuery = z.output<typeof querySchema>;

/** Reads the query parameters that the guide names; what is not text, or too long, is left out. */
export function parseReturnQuery(query: unknown): ReturnQuery {
	return querySchema.parse(query);
}
