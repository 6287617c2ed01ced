import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';

/** The HTTP response that n8n gives a node, an Express response. */
export type WebhookResponse = ReturnType<IWebhookFunctions['getResponseObject']>;

/** What a handler decides about a webhook. `respond` carries it out. */
export interface WebhookReply {
	/**
	 * The HTTP status. With it the response is sent at once. Without it n8n responds, after it has
	 * accepted the execution, with the status of the node's description.
	 */
	status?: number;
	headers?: Readonly<Record<string, string>>;
	/** An object is sent as JSON. Without a body n8n sends the one of the node's description. */
	body?: { message: string } | string;
	/** Starts or resumes the execution with these items. Only for a reply without a status. */
	workflowData?: INodeExecutionData[][];
	/** Returns the items to resume with, after the response was sent. Only for a reply with a status. */
	afterResponse?: () => Promise<INodeExecutionData[][] | undefined>;
	/** Logged as a warning. */
	warning?: string;
}

/** Tells n8n that the response was sent and that no execution starts. */
export const RESPONSE_SENT: IWebhookResponseData = { noWebhookResponse: true };

/** How long RsomPay waits before it retries a delivery, in seconds. */
const RETRY_AFTER = { 'Retry-After': '5' } as const;

/** Acknowledges an event (200) that starts no execution. */
export function acknowledge(message: string): WebhookReply {
	return { body: { message } };
}

/** Rejects a webhook, and logs it. */
export function reject(status: number, message: string): WebhookReply {
	return { status, body: { message }, warning: message };
}

/** Makes RsomPay retry the delivery a little later (503). */
export function retryLater(message: string): WebhookReply {
	return { status: 503, headers: RETRY_AFTER, body: { message } };
}

/** Makes RsomPay retry the delivery of an event whose invoice could not be read, and logs it. */
export function rejectUnconfirmed(context: IWebhookFunctions, error: unknown): WebhookReply {
	const reason = describeError(context, error);
	return {
		...reject(503, `The invoice could not be confirmed: ${reason}`),
		headers: RETRY_AFTER,
	};
}

/**
 * Carries out a reply: the one exit of every webhook.
 *
 * @returns what `webhook()` returns to n8n
 */
export async function respond(
	context: IWebhookFunctions,
	reply: WebhookReply,
): Promise<IWebhookResponseData> {
	const { status, headers = {}, body, workflowData, afterResponse, warning } = reply;
	if (warning !== undefined) logWarning(context, status, warning);
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(headers)) response.set(name, value);
	if (status === undefined) return { webhookResponse: body, workflowData };
	response.status(status);
	if (typeof body === 'string') response.send(body);
	else response.json(body);
	const resumeData = await afterResponse?.();
	return resumeData ? { ...RESPONSE_SENT, workflowData: resumeData } : RESPONSE_SENT;
}

function logWarning(context: IWebhookFunctions, status = 200, warning: string): void {
	const { name, type } = context.getNode();
	const nodeType = type.endsWith('Trigger') ? 'RsomPay Trigger' : 'RsomPay';
	context.logger.warn(`${nodeType} responded to a webhook with ${status}. ${warning}`, {
		workflowId: context.getWorkflow().id,
		nodeName: name,
	});
}

/** Describes an error for the log: what happened and what to do about it. */
export function describeError(context: IWebhookFunctions, error: unknown): string {
	const { message, description } = asNodeError(context.getNode(), error);
	return [message, description].filter(Boolean).join('. ');
}

/**
 * Calls a listener when the response ends. It does not use the events of the response: after the
 * caller has closed the connection, 'close' comes long before n8n is done, and 'finish' never.
 *
 * @param listener is called with the HTTP status
 */
export function onResponseEnd(response: WebhookResponse, listener: (status: number) => void): void {
	const end = response.end.bind(response) as (...values: unknown[]) => WebhookResponse;
	response.end = (...values: unknown[]) => {
		listener(response.statusCode);
		return end(...values);
	};
}
