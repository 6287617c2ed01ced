import type { IWebhookFunctions } from 'n8n-workflow';

import { ServiceError } from '../../shared/errors';
import { connectForWebhook } from '../api/connect';
import { hasReferenceNumber, parseInvoiceReference } from '../api/invoiceReference';
import { isPending, toOutcome } from '../api/invoiceStatus';
import type { Invoice } from '../api/schemas';
import { describeError } from '../webhook/respond';
import { type FindInvoice, InvoicePoller } from './invoicePoller';
import { claimsPayment, type ReturnQuery } from './returnQuery';

const invoicePoller = new InvoicePoller();

/** How long the response to the last request of a poll is waited for. */
const LAST_RESPONSE_MS = 1_000;

/** How long a response is waited for at least, with a short poll, too. */
const MIN_RESPONSE_MS = 3_000;

/** Longer than n8n needs to accept an execution, which it does before it responds. */
const ACCEPT_MS = 250;

/** What is certain about the invoice of a returning customer. */
export interface Confirmation {
	/** As RsomPay returned it. Undefined when that says nothing certain. */
	invoice?: Invoice;
	/**
	 * When the response is sent, in ms since 1970, where it says that nothing is certain: always after
	 * the same time, so that nobody can see whether an invoice with this ID exists.
	 */
	notBefore?: number;
}

/**
 * Reads the invoice of a returning customer from RsomPay, and polls while its payment may be about to
 * be confirmed. The customer gets a response in any case, so an error is only logged.
 * API guide: confirming on the return page.
 *
 * @param query what the customer's URL says. An external ID and a reference number must both be the
 * invoice's.
 * @param pollForMs how long to poll
 * @param isExpected `false` for an invoice that must not be requested
 */
export async function confirmInvoice(
	context: IWebhookFunctions,
	query: ReturnQuery,
	pollForMs: number,
	isExpected = true,
): Promise<Confirmation> {
	const reference = parseInvoiceReference(query);
	if (!reference || invoicePoller.isFull()) return {};
	const now = Date.now();
	const until = now + pollForMs;
	const deadline = Math.max(until + LAST_RESPONSE_MS, now + MIN_RESPONSE_MS);
	const notBefore = deadline + ACCEPT_MS;
	if (!isExpected) return { notBefore };
	const isAnnounced = claimsPayment(query);
	const findInvoice: FindInvoice = async (limiter) => {
		const client = await connectForWebhook(context, limiter);
		const found = await client.findInvoice(reference, deadline);
		return found && hasReferenceNumber(found, query.reference_number) ? found : undefined;
	};
	const visit = {
		account: context.getNode().credentials?.rsomPayApi?.id ?? '',
		node: nodeOf(context),
		invoice: JSON.stringify([reference, query.reference_number]),
	};
	const isDone = ({ status }: Invoice) => !isPending(status, isAnnounced);
	try {
		const found = await invoicePoller.poll(visit, findInvoice, { isDone, until });
		// A failed attempt is not the end while another payment may be about to be confirmed.
		const invoice = found?.status === 'failed' && isAnnounced ? undefined : found;
		return toOutcome(invoice?.status) === 'pending' ? { invoice, notBefore } : { invoice };
	} catch (error) {
		logUnconfirmed(context, error);
		return { notBefore };
	}
}

/** When each warning was logged, in ms since 1970. */
const loggedAt = new Map<string, number>();

const MAX_LOGGED = 100;

const LOG_AGAIN_AFTER_MS = 60_000;

/**
 * Logs why the invoice of a returning customer could not be read, at most once a minute for each
 * node, HTTP status and cause: customers must not fill the log.
 */
export function logUnconfirmed(context: IWebhookFunctions, error: unknown): void {
	const now = Date.now();
	// The reason may contain what the customer's URL says.
	const reason = describeError(context, error).replace(/[\s\p{C}]+/gu, ' ');
	const kind = error instanceof ServiceError ? `${error.httpCode} ${error.failure?.cause}` : reason;
	const key = `${nodeOf(context)} ${kind}`;
	if (Math.abs(now - (loggedAt.get(key) ?? 0)) < LOG_AGAIN_AFTER_MS) return;
	if (loggedAt.size >= MAX_LOGGED) loggedAt.clear();
	loggedAt.set(key, now);
	context.logger.warn(`The invoice of a returning customer could not be confirmed: ${reason}`, {
		workflowId: context.getWorkflow().id,
		nodeName: context.getNode().name,
	});
}

const nodeOf = (context: IWebhookFunctions) =>
	`${context.getWorkflow().id} ${context.getNode().id}`;
