import {
	type INodeExecutionData,
	type IWebhookFunctions,
	type IWebhookResponseData,
	sleep,
} from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';

/** The HTTP response that n8n gives a node, an Express response. */
export type WebhookResponse = ReturnType<IWebhookFunctions['getResponseObject']>;

type Headers = Readonly<Record<string, string>>;

/** A response that is sent at once. */
export interface ImmediateReply {
	/** The HTTP status. */
	status: number;
	headers?: Headers;
	/** An object is sent as JSON, a text as it is. */
	body: { message: string } | string;
	/** When it is sent at the earliest, in ms since 1970. */
	notBefore?: number;
	/** Logged as a warning. */
	warning?: string;
	/** Returns the items to resume with, after the response was sent. */
	afterResponse?: () => Promise<INodeExecutionData[][] | undefined>;
}

/**
 * A response that n8n sends, with the status of the node's description. With `workflowData` n8n sends
 * it after it has accepted the execution.
 */
export interface DeferredReply {
	status?: undefined;
	headers?: Headers;
	/** Without a body n8n sends the one of the node's description. */
	body?: { message: string } | string;
	/** When it is sent at the earliest, in ms since 1970. */
	notBefore?: number;
	/** Starts or resumes the execution with these items. */
	workflowData?: INodeExecutionData[][];
}

/** What a handler decides about a webhook. `respond` carries it out. */
export type WebhookReply = ImmediateReply | DeferredReply;

/** Tells n8n that the response was sent and that no execution starts. */
export const RESPONSE_SENT: IWebhookResponseData = { noWebhookResponse: true };

/** The values of the trigger's 'Respond': n8n's response modes. */
export const RESPOND_WHEN = { immediately: 'onReceived', workflowSucceeds: 'lastNode' } as const;

/** What n8n says, with the status of a success, when no node of a workflow has run. */
const NOTHING_HAS_RUN = 'Workflow executed successfully but';

/** How long RsomPay waits before it retries a delivery, in seconds. */
const RETRY_AFTER = { 'Retry-After': '5' } as const;

/** Acknowledges an event (200) that starts no execution. */
export function acknowledge(message: string): DeferredReply {
	return { body: { message } };
}

/**
 * Rejects a webhook, and logs it.
 *
 * @param reason only for the log: a caller must not learn about the credential or RsomPay's address
 */
export function reject(status: number, message: string, reason?: string): ImmediateReply {
	const warning = reason === undefined ? message : `${message}: ${reason}`;
	return { status, body: { message }, warning };
}

/** Makes RsomPay retry the delivery a little later (503). */
export function retryLater(message: string): ImmediateReply {
	return { status: 503, headers: RETRY_AFTER, body: { message } };
}

/** Makes RsomPay retry the delivery of an event whose invoice could not be read, and logs it. */
export function rejectUnconfirmed(context: IWebhookFunctions, error: unknown): ImmediateReply {
	const reason = describeError(context, error);
	return { ...reject(503, 'The invoice could not be confirmed', reason), headers: RETRY_AFTER };
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
	const response = context.getResponseObject();
	if (reply.notBefore !== undefined) delayEnd(response, reply.notBefore, reply.headers);
	setHeaders(response, reply.headers ?? {});
	if (reply.status === undefined) {
		return { webhookResponse: reply.body, workflowData: reply.workflowData };
	}
	const { status, body, warning, afterResponse } = reply;
	if (warning !== undefined) logWarning(context, status, warning);
	response.status(status);
	if (typeof body === 'string') response.send(body);
	else response.json(body);
	const workflowData = await afterResponse?.();
	return workflowData ? { ...RESPONSE_SENT, workflowData } : RESPONSE_SENT;
}

/**
 * Sends the response at a certain time, however long n8n takes before that, and with these headers: n8n
 * changes some when it starts an execution.
 */
function delayEnd(response: WebhookResponse, notBefore: number, headers: Headers = {}): void {
	const end = response.end.bind(response) as (...values: unknown[]) => WebhookResponse;
	response.end = (...values: unknown[]) => {
		setHeaders(response, headers);
		void sleep(Math.max(0, notBefore - Date.now())).then(() => end(...values));
		return response;
	};
}

function setHeaders(response: WebhookResponse, headers: Headers): void {
	for (const [name, value] of Object.entries(headers)) response.set(name, value);
}

function logWarning(context: IWebhookFunctions, status: number, warning: string): void {
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
	beforeEnd(response, () => listener(response.statusCode));
}

/**
 * Makes RsomPay retry the delivery (500) of which n8n says that its workflow has succeeded although no
 * node has run. In queue mode n8n takes the end of another job for that of a job that Redis has lost.
 */
export function failUnlessRun(context: IWebhookFunctions, response: WebhookResponse): void {
	beforeEnd(response, (body) => {
		if (!String(body).includes(NOTHING_HAS_RUN)) return;
		response.statusCode = 500;
		logWarning(context, response.statusCode, 'n8n reports a success, but no node has run.');
	});
}

/** Calls a function with the body before the response ends. The one that was added last comes first. */
function beforeEnd(response: WebhookResponse, call: (body: unknown) => void): void {
	const end = response.end.bind(response) as (...values: unknown[]) => WebhookResponse;
	response.end = (...values: unknown[]) => {
		call(values[0]);
		return end(...values);
	};
}
