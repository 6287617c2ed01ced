import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { parseInvoiceReference } from '../api/invoiceReference';
import type { Invoice } from '../api/schemas';
import { loadDedupeState, commitOnResponse, saveIfDirty, saveOnAccept } from '../webhook/dedupe';
import { CUSTOMER_RETURNED, toStringList } from '../webhook/events';
import { withoutSecretHeaders } from '../webhook/headers';
import { redirectCustomer, renderResultPage } from './respond';
import { readReturnSettings } from './settings';
import { type ReturnQuery, parseReturnQuery } from './returnQuery';
import { confirmInvoice } from './confirmInvoice';

/**
 * Meets a customer who returns after checkout: asks RsomPay how the invoice stands, answers the
 * customer, and starts the workflow, once for each status that RsomPay tells. What the customer's
 * address claims is handed on apart, and believed in nothing.
 * API guide: `return_url`, and confirming on the return page.
 */
export async function handleReturn(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { pollForMs, backUrl, redirectUrls } = readReturnSettings((name) =>
		context.getNodeParameter(name, ''),
	);
	const query = parseReturnQuery(context.getQueryData());
	const invoice = await confirmInvoice(context, parseInvoiceReference(query), pollForMs);
	// n8n sends this when it has accepted the execution.
	const webhookResponse = redirectUrls
		? redirectCustomer(context, invoice, query, redirectUrls)
		: renderResultPage(context, invoice, query, backUrl);

	const isWanted = toStringList(context.getNodeParameter('events', [])).includes(CUSTOMER_RETURNED);
	if (!invoice || !isWanted) return { webhookResponse };
	const workflowData = [[{ json: itemOf(context, invoice, query) }]];
	// In the editor nothing is remembered: whoever tries things out returns again and again.
	if (context.getMode() === 'manual') return { webhookResponse, workflowData };

	const state = loadDedupeState(context, 'returns');
	const id = JSON.stringify([invoice.external_id, invoice.status]);
	if (state.store.begin(id) !== 'new') {
		saveIfDirty(state);
		return { webhookResponse };
	}
	const response = context.getResponseObject();
	commitOnResponse(state, id, response);
	saveOnAccept(state, id, response);
	return { webhookResponse, workflowData };
}

function itemOf(context: IWebhookFunctions, invoice: Invoice, claim: ReturnQuery): IDataObject {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	return {
		event: CUSTOMER_RETURNED,
		confirmed_invoice: invoice as IDataObject,
		confirmed_paid: invoice.status === 'paid',
		claimed: claim,
		...(options.includeHeaders === true && { headers: withoutSecretHeaders(context) }),
	};
}
