import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { renderResultPage } from '../customerReturn/respond';
import { RESPONSE_SENT, describeError, reject } from '../webhook/respond';
import { handleCallback } from './handleCallback';
import { handleReturn } from './handleReturn';

/**
 * Receives whatever comes to the address of a suspended execution: RsomPay's callback, or the
 * customer. Whatever goes wrong, it stays suspended: n8n would let it go on with an empty item if
 * this threw.
 */
export async function handleWebhook(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const isCustomer = context.getRequestObject().method === 'GET';
	try {
		return await (isCustomer ? handleReturn(context) : handleCallback(context));
	} catch (error) {
		const reason = describeError(context, error);
		if (!isCustomer) return reject(context, 503, `The callback could not be received: ${reason}`);
		context.logger.warn(`A returning customer could not be received: ${reason}`);
		const response = context.getResponseObject();
		if (!response.headersSent) response.send(renderResultPage(context, undefined, {}, undefined));
		return RESPONSE_SENT;
	}
}
