import type { IWebhookFunctions } from 'n8n-workflow';

import { connectForWebhook } from '../api/connect';
import { parseInvoiceReference } from '../api/invoiceReference';
import { isFinal } from '../api/invoiceStatus';
import { pollUntil } from '../api/pollUntil';
import type { Invoice } from '../api/schemas';
import { announcesEnd, type RsomPayEvent } from './events';

/** How long to poll. RsomPay waits a few seconds for the response to a webhook. */
const POLL_MS = 3_000;

const LAST_RESPONSE_MS = 1_000;

/** The polls in flight, by account and invoice: RsomPay sends several events about one payment. */
const polls = new Map<string, Promise<Invoice>>();

/**
 * Reads the invoice of an event. The event reports what happened, the invoice what holds now. While the
 * event announces an end that the invoice has not reached yet, RsomPay is polled.
 * API guide: `GET /invoices/by-reference`; poll briefly.
 *
 * @returns the invoice, `null` for an event without one, or `undefined` when RsomPay has not confirmed
 * yet what the event announces
 * @throws ServiceError when RsomPay did not return it
 */
export async function confirmEvent(
	context: IWebhookFunctions,
	event: RsomPayEvent,
): Promise<Invoice | null | undefined> {
	const reference = parseInvoiceReference(event.invoice);
	if (!reference) return null;
	const deadline = Date.now() + POLL_MS + LAST_RESPONSE_MS;
	const until = deadline - LAST_RESPONSE_MS;
	const poll = async (isDone: (invoice: Invoice) => boolean) => {
		const client = await connectForWebhook(context);
		const getInvoice = async () => await client.getInvoice(reference, deadline);
		return await pollUntil(getInvoice, { isDone, until, retryErrors: false });
	};
	if (!announcesEnd(event)) return await poll(() => true);

	const key = JSON.stringify([context.getNode().credentials?.rsomPayApi?.id, reference]);
	const isEnded = ({ status }: Invoice) => isFinal(status);
	const shared = polls.get(key) ?? poll(isEnded).finally(() => polls.delete(key));
	polls.set(key, shared);
	const invoice = await shared;
	return isEnded(invoice) ? invoice : undefined;
}
