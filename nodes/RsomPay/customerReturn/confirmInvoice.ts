import type { IWebhookFunctions } from 'n8n-workflow';

import { connectForWebhook } from '../api/connect';
import type { InvoiceReference } from '../api/invoiceReference';
import type { Invoice } from '../api/schemas';
import { describeError } from '../webhook/respond';
import { InvoicePoller } from './invoicePoller';

const invoicePoller = new InvoicePoller();

/**
 * Reads the invoice of a returning customer from RsomPay, and polls while its payment may be about to
 * be confirmed. The customer gets a response in any case, so an error is only logged.
 * API guide: confirming on the return page.
 *
 * @param reference what the customer's URL names, if anything
 * @param pollForMs how long to poll
 * @returns the invoice, or `undefined` when there is none or RsomPay did not return it
 */
export async function confirmInvoice(
	context: IWebhookFunctions,
	reference: InvoiceReference | undefined,
	pollForMs: number,
): Promise<Invoice | undefined> {
	if (!reference) return undefined;
	const account = context.getNode().credentials?.rsomPayApi?.id ?? '';
	const key = JSON.stringify([account, reference]);
	const findInvoice = async () => {
		const client = await connectForWebhook(context);
		return await client.findInvoice(reference);
	};
	try {
		return await invoicePoller.poll(key, findInvoice, pollForMs);
	} catch (error) {
		logUnconfirmed(context, error);
		return undefined;
	}
}

/** Logs why the invoice of a returning customer could not be read. */
export function logUnconfirmed(context: IWebhookFunctions, error: unknown): void {
	const reason = describeError(context, error);
	context.logger.warn(`The invoice of a returning customer could not be confirmed: ${reason}`, {
		workflowId: context.getWorkflow().id,
		nodeName: context.getNode().name,
	});
}
