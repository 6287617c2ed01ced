import type { IWebhookFunctions } from 'n8n-workflow';

import { type Outcome, toOutcome } from '../api/invoiceStatus';
import type { Invoice } from '../api/schemas';
import type { DeferredReply } from '../webhook/respond';
import { PAGE_HEADERS, resultPage } from './resultPage';
import type { ReturnQuery } from './returnQuery';
import { LANGUAGES } from './translations';

/** The URLs to redirect a customer to, by the outcome of the payment. */
export interface RedirectUrls {
	success: string;
	pending: string;
	failure: string;
}

/** The result page as a response, without a status. */
export type ResultPageReply = Pick<DeferredReply, 'headers'> & { body: string };

/**
 * Renders the result page for a returning customer, in the language of their browser.
 *
 * @param invoice as RsomPay returned it, if it did
 * @param backUrl where the page's button leads. Without it there is no button.
 * @returns the page with its headers, without a status
 */
export function renderResultPage(
	context: IWebhookFunctions,
	invoice: Invoice | undefined,
	query: ReturnQuery,
	backUrl: string | undefined,
): ResultPageReply {
	const outcome = toOutcome(invoice?.status);
	return {
		headers: PAGE_HEADERS,
		body: resultPage({
			outcome,
			language: context.getRequestObject().acceptsLanguages([...LANGUAGES]) || LANGUAGES[0],
			// The page for a pending invoice must not differ from the one for an invoice that does not exist.
			reference: outcome === 'pending' ? undefined : (query.external_id ?? query.reference_number),
			backUrl,
		}),
	};
}

const REDIRECT_BY_OUTCOME: Record<Outcome, keyof RedirectUrls> = {
	paid: 'success',
	pending: 'pending',
	failed: 'failure',
	canceled: 'failure',
};

/**
 * Redirects a returning customer to a URL of the node's settings. The customer's own URL adds an ID to
 * it at most. n8n sends the status 302, from the node's description.
 *
 * @param invoice as RsomPay returned it, if it did
 * @returns the redirect, without a status
 */
export function redirectCustomer(
	invoice: Invoice | undefined,
	query: ReturnQuery,
	redirectUrls: RedirectUrls,
): DeferredReply {
	const outcome = toOutcome(invoice?.status);
	const url = new URL(redirectUrls[REDIRECT_BY_OUTCOME[outcome]]);
	const parameters = new URLSearchParams({
		...(query.external_id !== undefined && { external_id: query.external_id }),
		status: outcome,
	});
	url.search += `${url.search === '' ? '?' : '&'}${parameters.toString()}`;
	return {
		headers: { Location: url.href, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' },
		body: '',
	};
}
