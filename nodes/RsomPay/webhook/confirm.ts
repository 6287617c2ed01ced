import type { IWebhookFunctions } from 'n8n-workflow';
import { parseInvoiceReference } from '../api/invoiceReference';
import type { Invoice } from '../api/schemas';
import { connectForWebhook } from '../api/connect';
import type { RsomPayEvent } from './events';

/**
 * Asks RsomPay how the invoice of an event stands now: the event says that something happened,
 * this says what holds. API guide: `GET /invoices/by-reference`.
 *
 * @returns the invoice, or `null` when the event is about none
 * @throws ServiceProblem when RsomPay did not tell
 */
export async function fetchEventInvoice(
	context: IWebhookFunctions,
	event: RsomPayEvent,
): Promise<Invoice | null> {
	const reference = parseInvoiceReference(event.invoice);
	if (!reference) return null;
	const client = await connectForWebhook(context);
	return await client.getInvoice(reference);
}
