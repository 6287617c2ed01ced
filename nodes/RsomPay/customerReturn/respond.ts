import type { IWebhookFunctions } from 'n8n-workflow';

import { type Outcome, toOutcome } from '../api/invoiceStatus';
import type { Invoice } from '../api/schemas';
import type { DeferredReply } from '../webhook/respond';
import { formatAmount } from './formatAmount';
import { paymentLinkOf } from './paymentLink';
import { PAGE_HEADERS, resultPage } from './resultPage';
import type { ReturnQuery } from './returnQuery';
import { LANGUAGES } from './translations';

/** The URLs to redirect a customer to, by the outcome of the payment. */
export interface RedirectUrls {
	success: string;
	pending: string;
	failure: string;
}

/** What returning customers get, by the settings of a node. */
export interface ReplySettings {
	/** The shop's name on the result page. */
	shopName?: string;
	/** Where the button of the result page leads. Without it there is no button. */
	backUrl?: string;
	/** Where to redirect customers. Undefined for a result page. */
	redirectUrls?: RedirectUrls;
}

/** The visit of a returning customer. */
export interface CustomerVisit {
	/** The invoice as RsomPay returned it, if it did. */
	invoice?: Invoice;
	/** What the customer's URL says. */
	query: ReturnQuery;
	/** Set when RsomPay made the customer's address for this one invoice. Nobody else can guess it. */
	own?: OwnInvoice;
	/** Whether the address will respond later, too. If so, the page can be loaded again. */
	isLasting: boolean;
}

/** What only the customer of an invoice sees. */
export interface OwnInvoice {
	/** The currency of the amount, if it is known. */
	currencyCode: string | undefined;
	/** Whether the customer can pay the invoice now. */
	isPayable: boolean;
}

/** A response to a customer, without a status. */
export type CustomerReply = Pick<DeferredReply, 'headers'> & { body: string };

/** Responds to a returning customer as the node's settings say. */
export function replyToCustomer(
	context: IWebhookFunctions,
	visit: CustomerVisit,
	settings: ReplySettings,
): CustomerReply {
	return settings.redirectUrls
		? redirectCustomer(visit, settings.redirectUrls)
		: renderResultPage(context, visit, settings);
}

/**
 * Renders the result page for a returning customer, in the language of their browser.
 *
 * @returns the page with its headers, without a status
 */
export function renderResultPage(
	context: IWebhookFunctions,
	{ invoice, query, own, isLasting }: CustomerVisit,
	{ shopName, backUrl }: Omit<ReplySettings, 'redirectUrls'> = {},
): CustomerReply {
	const outcome = toOutcome(invoice?.status);
	const language = context.getRequestObject().acceptsLanguages([...LANGUAGES]) || LANGUAGES[0];
	const ownInvoice = own && invoice;
	return {
		headers: PAGE_HEADERS,
		body: resultPage({
			outcome,
			language,
			shopName,
			// For others the page for a pending invoice must not differ from the one for an invoice that
			// does not exist.
			reference:
				outcome === 'pending' && !ownInvoice
					? undefined
					: (query.external_id ?? query.reference_number),
			amount: ownInvoice && formatAmount(invoice.amount, own.currencyCode, language),
			paymentUrl: ownInvoice && own.isPayable ? paymentLinkOf(invoice) : undefined,
			canReload: isLasting && outcome === 'pending',
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
 * it at most.
 *
 * @returns the redirect, without a status
 */
export function redirectCustomer(
	{ invoice, query }: Pick<CustomerVisit, 'invoice' | 'query'>,
	redirectUrls: RedirectUrls,
): CustomerReply {
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
