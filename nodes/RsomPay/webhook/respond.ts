import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';

/** What a webhook is answered with. */
export type WebhookResponse = ReturnType<IWebhookFunctions['getResponseObject']>;

/** How long a delivery that cannot be accepted just now should stay away, in seconds. */
const RETRY_AFTER = '5';

/** Says to n8n that the webhook has been answered, and that nothing is to run. */
export const RESPONSE_SENT: IWebhookResponseData = { noWebhookResponse: true };

/** Answers a webhook without running anything. */
export function respond(
	context: IWebhookFunctions,
	status: number,
	message: string,
): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return RESPONSE_SENT;
}

/** Answers a webhook that nothing can be done with, and says so in the log. */
export function reject(
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
	return respond(context, status, message);
}

/** Tells RsomPay to send the event again a little later. */
export function respondRetryLater(
	context: IWebhookFunctions,
	message: string,
): IWebhookResponseData {
	context.getResponseObject().set('Retry-After', RETRY_AFTER);
	return respond(context, 503, message);
}

/** The same for an invoice that RsomPay could not tell about, which the log says too. */
export function rejectUnconfirmed(
	context: IWebhookFunctions,
	error: unknown,
): IWebhookResponseData {
	context.getResponseObject().set('Retry-After', RETRY_AFTER);
	return reject(
		context,
		503,
		`The invoice could not be confirmed: ${describeError(context, error)}`,
	);
}

/** What went wrong and what to do about it, in a sentence for the log. */
export function describeError(context: IWebhookFunctions, error: unknown): string {
	const { message, description } = asNodeError(context.getNode(), error);
	return [message, description].filter(Boolean).join('. ');
}

/**
 * Tells how a webhook is answered, at the moment at which it is. The events of a response do not
 * serve: when the caller has hung up, 'close' comes long before n8n is done, and 'finish' never.
 *
 * @param listener is given the HTTP status
 */
export function onResponseEnd(response: WebhookResponse, listener: (status: number) => void): void {
	const end = response.end.bind(response) as (...values: unknown[]) => WebhookResponse;
	response.end = (...values: unknown[]) => {
		listener(response.statusCode);
		return end(...values);
	};
}
