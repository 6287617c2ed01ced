import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';

/** How long a delivery that cannot be accepted just now should stay away, in seconds. */
const RETRY_AFTER = '5';

/** Says to n8n that the webhook has been answered, and that nothing is to run. */
export const answered: IWebhookResponseData = { noWebhookResponse: true };

/** Answers a webhook without running anything. */
export function answer(
	context: IWebhookFunctions,
	status: number,
	message: string,
): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return answered;
}

/** Answers a webhook that nothing can be done with, and says so in the log. */
export function refuse(
	context: IWebhookFunctions,
	status: number,
	message: string,
): IWebhookResponseData {
	const { name, type } = context.getNode();
	const who = type.endsWith('Trigger') ? 'RsomPay Trigger' : 'RsomPay';
	context.logger.warn(`${who} answered a webhook with ${status}. ${message}`, {
		workflowId: context.getWorkflow().id,
		nodeName: name,
	});
	return answer(context, status, message);
}

/** Tells RsomPay to send the event again a little later. */
export function askForRetry(context: IWebhookFunctions, message: string): IWebhookResponseData {
	context.getResponseObject().set('Retry-After', RETRY_AFTER);
	return answer(context, 503, message);
}

/** The same for an invoice that RsomPay could not tell about, which the log says too. */
export function refuseUnconfirmed(
	context: IWebhookFunctions,
	error: unknown,
): IWebhookResponseData {
	const { message, description } = asNodeError(context.getNode(), error);
	const reason = [message, description].filter(Boolean).join('. ');
	context.getResponseObject().set('Retry-After', RETRY_AFTER);
	return refuse(context, 503, `The invoice could not be confirmed: ${reason}`);
}
