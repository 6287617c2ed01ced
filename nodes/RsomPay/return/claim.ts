import { z } from 'zod';

// Whoever opens the address can write anything into it.
const claimed = z.string().trim().min(1).max(255).optional().catch(undefined);

const claimSchema = z.object({
	status: claimed,
	external_id: claimed,
	reference_number: claimed,
	payment_reference: claimed,
	amount_paid: claimed,
	currency_code: claimed,
	payment_method: claimed,
});

/**
 * What the address says with which a customer returns: nothing that is known to be true.
 * API guide: `return_url`, query parameters.
 */
export type ReturnClaim = z.output<typeof claimSchema>;

/** Reads the query parameters that the guide names; what is not text, or too long, is left out. */
export function readClaim(query: unknown): ReturnClaim {
	return claimSchema.parse(query);
}
