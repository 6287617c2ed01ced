import type { IWebhookFunctions } from 'n8n-workflow';

import type { InvoiceReference } from '../api/client';
import type { Invoice } from '../api/schemas';
import { connectForWebhook } from '../api/connect';
import { describeError } from '../webhook/respond';
import { InvoicePoller } from './invoicePoller';

const invoicePoller = new InvoicePoller();

/**
 * Asks RsomPay about the invoice that a customer returns for. The customer is answered in any
 * case, so what goes wrong is only logged. API guide: confirming on the return page.
 *
 * @param reference what the customer's address names, if anything
 * @param pollForMs for how long to ask again while the payment may be just about to be confirmed
 * @returns the invoice, or `undefined` when there is none or RsomPay did not tell
 */
export async function confirmInvoice(
	context: IWebhookFunctions,
	reference: InvoiceReference | undefined,
	pollForMs: number,
): Promise<Invoice | undefined> {
	if (!reference) return undefined;
	const account = context.getNode().credentials?.rsomPayApi?.id ?? '';
	const key = JSON.stringify([account, reference]);
	const ask = async () => {
		const client = await connectForWebhook(context);
		return await client.findInvoice(reference);
	};
	try {
		return await invoicePoller.poll(key, ask, pollForMs);
	} catch (error) {
		logUnconfirmed(context, error);
		return undefined;
	}
}

/** Says in the log why RsomPay did not tell about the invoice of a returning customer. */
export function logUnconfirmed(context: IWebhookFunctions, error: unknown): void {
	context.logger.warn(
		`The invoice of a returning customer could not be confirmed: ${describeError(context, error)}`,
		{ workflowId: context.getWorkflow().id, nodeName: context.getNode().name },
	);
}
