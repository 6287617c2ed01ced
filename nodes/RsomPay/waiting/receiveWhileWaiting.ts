import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { showPage } from '../return/answer';
import { answered, reasonOf, refuse } from '../webhook/answering';
import { receiveCallback } from './callback';
import { receiveCustomer } from './customer';

/**
 * Receives whatever comes to the address of a suspended execution: RsomPay's callback, or the
 * customer. Whatever goes wrong, it stays suspended: n8n would let it go on with an empty item if
 * this threw.
 */
export async function receiveWhileWaiting(
	context: IWebhookFunctions,
): Promise<IWebhookResponseData> {
	const isCustomer = context.getRequestObject().method === 'GET';
	try {
		return await (isCustomer ? receiveCustomer(context) : receiveCallback(context));
	} catch (error) {
		const reason = reasonOf(context, error);
		if (!isCustomer) return refuse(context, 503, `The callback could not be received: ${reason}`);
		context.logger.warn(`A returning customer could not be received: ${reason}`);
		const response = context.getResponseObject();
		if (!response.headersSent) response.send(showPage(context, undefined, {}, undefined));
		return answered;
	}
}
