import type { IWebhookFunctions } from 'n8n-workflow';

import type { Invoice } from '../api/schemas';
import type { ReturnClaim } from './claim';
import { type Outcome, outcomeOf } from './outcome';
import { PAGE_HEADERS, resultPage } from './page';
import { LANGUAGES } from './words';

/** Where a customer is sent on to, by how the payment came out. */
export interface Destinations {
	success: string;
	pending: string;
	failure: string;
}

/**
 * Prepares the result page for a returning customer.
 *
 * @param invoice as RsomPay told, if it did
 * @param backUrl where its button leads; there is none where it is left out
 * @returns the body of the answer; its headers are set
 */
export function showPage(
	context: IWebhookFunctions,
	invoice: Invoice | undefined,
	claim: ReturnClaim,
	backUrl: string | undefined,
): string {
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(PAGE_HEADERS)) response.set(name, value);
	return resultPage({
		outcome: outcomeOf(invoice?.status),
		language: context.getRequestObject().acceptsLanguages([...LANGUAGES]) || LANGUAGES[0],
		reference: invoice && (claim.external_id ?? claim.reference_number),
		backUrl,
	});
}

const DESTINATION: Record<Outcome, keyof Destinations> = {
	paid: 'success',
	pending: 'pending',
	failed: 'failure',
	canceled: 'failure',
};

/**
 * Prepares to send a returning customer on. Only what is set in the node says where to; the address
 * that the customer came with adds an ID to it at most.
 *
 * @returns the body of the answer; its headers are set, its status is not
 */
export function sendOn(
	context: IWebhookFunctions,
	invoice: Invoice | undefined,
	claim: ReturnClaim,
	destinations: Destinations,
): string {
	const url = new URL(destinations[DESTINATION[outcomeOf(invoice?.status)]]);
	const told = new URLSearchParams({
		...(claim.external_id !== undefined && { external_id: claim.external_id }),
		status: invoice?.status ?? 'pending',
	});
	url.search += `${url.search === '' ? '?' : '&'}${told.toString()}`;
	const response = context.getResponseObject();
	response.set('Location', url.href);
	response.set('Cache-Control', 'no-store');
	response.set('Referrer-Policy', 'no-referrer');
	return '';
}
