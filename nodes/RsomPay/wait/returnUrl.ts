import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** The parameter that binds a return URL to one invoice. */
const BINDING = 'returned';

/**
 * Returns the customer's variant of a callback URL. n8n's token opens all waits of an execution, so the
 * URL is bound to the customer's invoice. The binding is its last parameter, because RsomPay may append
 * its own parameters after a second question mark. n8n's token stays intact then.
 *
 * @param externalId of the invoice
 */
export function returnUrlFor(callbackUrl: string, externalId: string): string {
	const url = new URL(callbackUrl);
	url.searchParams.append(BINDING, bind(url.searchParams.get('signature') ?? '', externalId));
	return url.href;
}

const querySchema = z.object({ signature: z.string(), [BINDING]: z.string() });

/**
 * Returns whether a customer has come back by the return URL of an invoice.
 *
 * @param query of the URL. n8n has checked its token.
 */
export function isReturnUrlOf(query: object, externalId: string): boolean {
	const { data } = querySchema.safeParse(query);
	if (!data) return false;
	const expected = Buffer.from(bind(data.signature, externalId));
	const actual = Buffer.from(data[BINDING].split('?')[0] ?? '');
	return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function bind(token: string, externalId: string): string {
	return createHmac('sha256', token).update(externalId).digest('hex').slice(0, 32);
}
