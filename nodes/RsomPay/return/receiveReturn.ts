import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { referenceIn } from '../api/reference';
import type { Invoice } from '../api/schemas';
import { recall, rememberWhenAnswered, storeNews, storeWhenAccepted } from '../webhook/acknowledge';
import { CUSTOMER_RETURNED, namesIn } from '../webhook/events';
import { harmlessHeaders } from '../webhook/headers';
import { sendOn, showPage } from './answer';
import { readChoice } from './choice';
import { type ReturnClaim, readClaim } from './claim';
import { confirmReturn } from './confirm';

/**
 * Meets a customer who returns after checkout: asks RsomPay how the invoice stands, answers the
 * customer, and starts the workflow, once for each status that RsomPay tells. What the customer's
 * address claims is handed on apart, and believed in nothing.
 * API guide: `return_url`, and confirming on the return page.
 */
export async function receiveReturn(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { patienceMs, backUrl, destinations } = readChoice((name) =>
		context.getNodeParameter(name, ''),
	);
	const claim = readClaim(context.getQueryData());
	const invoice = await confirmReturn(context, referenceIn(claim), patienceMs);
	// n8n sends this when it has accepted the execution.
	const webhookResponse = destinations
		? sendOn(context, invoice, claim, destinations)
		: showPage(context, invoice, claim, backUrl);

	const isWanted = namesIn(context.getNodeParameter('events', [])).includes(CUSTOMER_RETURNED);
	if (!invoice || !isWanted) return { webhookResponse };
	const workflowData = [[{ json: itemOf(context, invoice, claim) }]];
	// In the editor nothing is remembered: whoever tries things out returns again and again.
	if (context.getMode() === 'manual') return { webhookResponse, workflowData };

	const memory = recall(context, 'returns');
	const id = JSON.stringify([invoice.external_id, invoice.status]);
	if (memory.deliveries.claim(id) !== 'new') {
		storeNews(memory);
		return { webhookResponse };
	}
	const response = context.getResponseObject();
	rememberWhenAnswered(memory, id, response);
	storeWhenAccepted(memory, id, response);
	return { webhookResponse, workflowData };
}

function itemOf(context: IWebhookFunctions, invoice: Invoice, claim: ReturnClaim): IDataObject {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	return {
		event: CUSTOMER_RETURNED,
		confirmed_invoice: invoice as IDataObject,
		confirmed_paid: invoice.status === 'paid',
		claimed: claim,
		...(options.includeHeaders === true && { headers: harmlessHeaders(context) }),
	};
}
