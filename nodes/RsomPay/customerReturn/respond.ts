import type { IWebhookFunctions } from 'n8n-workflow';

import type { Invoice } from '../api/schemas';
import type { ReturnQuery } from './returnQuery';
import { type Outcome, toOutcome } from './outcome';
import { PAGE_HEADERS, resultPage } from './resultPage';
import { LANGUAGES } from './translations';

/** Where a customer is sent on to, by how the payment came out. */
export interface RedirectUrls {
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
export function renderResultPage(
	context: IWebhookFunctions,
	invoice: Invoice | undefined,
	query: ReturnQuery,
	backUrl: string | undefined,
): string {
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(PAGE_HEADERS)) response.set(name, value);
	return resultPage({
		outcome: toOutcome(invoice?.status),
		language: context.getRequestObject().acceptsLanguages([...LANGUAGES]) || LANGUAGES[0],
		reference: invoice && (query.external_id ?? query.reference_number),
		backUrl,
	});
}

const REDIRECT_BY_OUTCOME: Record<Outcome, keyof RedirectUrls> = {
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
export function redirectCustomer(
	context: IWebhookFunctions,
	invoice: Invoice | undefined,
	claim: ReturnQuery,
	redirectUrls: RedirectUrls,
): string {
	const url = new URL(redirectUrls[REDIRECT_BY_OUTCOME[toOutcome(invoice?.status)]]);
	const parameters = new URLSearchParams({
		...(claim.external_id !== undefined && { external_id: claim.external_id }),
		status: invoice?.status ?? 'pending',
	});
	url.search += `${url.search === '' ? '?' : '&'}${parameters.toString()}`;
	const response = context.getResponseObject();
	response.set('Location', url.href);
	response.set('Cache-Control', 'no-store');
	response.set('Referrer-Policy', 'no-referrer');
	return '';
}
