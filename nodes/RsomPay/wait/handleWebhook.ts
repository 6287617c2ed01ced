import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { renderResultPage } from '../customerReturn/respond';
import { describeError, reject, respond, RESPONSE_SENT } from '../webhook/respond';
import { handleCallback } from './handleCallback';
import { handleReturn } from './handleReturn';

/**
 * Handles every request to the URL of a suspended execution: RsomPay's callback (POST) or the
 * customer's return (GET). It never throws: n8n would resume the execution with an empty item.
 */
export async function handleWebhook(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const isCustomer = context.getRequestObject().method === 'GET';
	try {
		const reply = await (isCustomer ? handleReturn(context) : handleCallback(context));
		return await respond(context, reply);
	} catch (error) {
		const reason = describeError(context, error);
		if (!isCustomer) {
			return await respond(context, reject(503, 'The callback could not be received', reason));
		}
		context.logger.warn(`A returning customer could not be received: ${reason}`);
		if (context.getResponseObject().headersSent) return RESPONSE_SENT;
		const pendingPage = renderResultPage(context, { query: {}, isLasting: false });
		return await respond(context, { ...pendingPage, status: 200 });
	}
}
