import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import type { Invoice } from '../api/schemas';
import { commitOnResponse, loadDedupeState, saveIfDirty, saveOnAccept } from '../webhook/dedupe';
import { CUSTOMER_RETURNED, toStringList } from '../webhook/events';
import { beginDelivery, withDelivery } from '../webhook/execute';
import { withoutSecretHeaders } from '../webhook/headers';
import type { DeferredReply } from '../webhook/respond';
import { confirmInvoice } from './confirmInvoice';
import { replyToCustomer } from './respond';
import { parseReturnQuery, type ReturnQuery } from './returnQuery';
import { readReturnSettings } from './settings';

/**
 * Handles the return of a customer after checkout: reads the invoice from RsomPay, shows a page or
 * redirects, and starts the workflow, once for each status of the invoice. The parameters of the
 * customer's URL are passed on as `claimed` and used for nothing else.
 * API guide: `return_url`, and confirming on the return page.
 *
 * @throws InputError when the settings of the node are wrong
 */
export async function handleReturn(context: IWebhookFunctions): Promise<DeferredReply> {
	const settings = readReturnSettings((name) => context.getNodeParameter(name, ''));
	const query = parseReturnQuery(context.getQueryData());
	const { invoice, notBefore } = await confirmInvoice(context, query, settings.pollForMs);
	// Anyone can open this address, so nothing is the customer's own. n8n takes the status from the
	// node's description.
	const visit = { invoice, query, isLasting: true };
	const reply: DeferredReply = { ...replyToCustomer(context, visit, settings.reply), notBefore };

	const events = toStringList(context.getNodeParameter('events', []));
	if (!invoice || !events.includes(CUSTOMER_RETURNED)) return reply;
	const workflowData = [[{ json: itemOf(context, invoice, query) }]];
	// The editor dedupes nothing: a user who tests returns again and again.
	if (context.getMode() === 'manual') return { ...reply, workflowData };

	const state = loadDedupeState(context, 'returns');
	const id = JSON.stringify([invoice.external_id, invoice.status]);
	if (beginDelivery(context, state.store, 'returns', id) !== 'new') {
		saveIfDirty(state);
		return reply;
	}
	const response = context.getResponseObject();
	commitOnResponse(state, id, response);
	saveOnAccept(state, id, response);
	return { ...reply, workflowData: withDelivery(context, workflowData, 'returns', id, false) };
}

function itemOf(context: IWebhookFunctions, invoice: Invoice, query: ReturnQuery): IDataObject {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	return {
		event: CUSTOMER_RETURNED,
		confirmed_invoice: invoice as IDataObject,
		confirmed_paid: invoice.status === 'paid',
		claimed: query,
		...(options.includeHeaders === true && { headers: withoutSecretHeaders(context) }),
	};
}
