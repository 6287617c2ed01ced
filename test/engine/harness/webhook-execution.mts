import {
	type INode,
	type INodeExecutionData,
	type IWebhookData,
	UnexpectedError,
	type Workflow,
} from 'n8n-workflow';
import { z } from 'zod';

import { readBody, type WebhookRequest, type WebhookResponse } from './express.mts';
import { additionalDataOf, type N8n } from './n8n.mts';
import { WebhookContext } from './n8n-core.mts';
import type { FinishedRun } from './run-workflow.mts';
import { webhookOption } from './webhook-descriptions.mts';

/** What n8n answers with; nothing where the node has answered by itself. */
export type Answer = { noWebhookResponse: true } | { data: unknown; responseCode?: number };

/** One request for a webhook, and what n8n does around it. */
export type WebhookCall = {
	n8n: N8n;
	baseUrl: string;
	workflow: Workflow;
	trigger: INode;
	webhook: IWebhookData;
	request: WebhookRequest;
	response: WebhookResponse;
	/** `manual` for the test URL, which the editor listens at. */
	mode: 'webhook' | 'manual';
	/** Saves the static data and sends the answer, or fails with the error. Called once. */
	respond(error: Error | null, answer: Answer): void;
	/** Accepts an execution and starts it. Rejects if n8n cannot accept it. */
	start(data: INodeExecutionData[][]): Promise<{ finished: Promise<FinishedRun> }>;
	/** Is told what `webhook()` threw: n8n records an execution that failed. */
	onFailure(error: unknown): void;
};

const NO_ANSWER: Answer = { noWebhookResponse: true };

/**
 * Does what n8n's `executeWebhook` does, in its order: reads the body, calls the trigger's
 * `webhook()` on n8n-core's context, starts the execution, and responds before it
 * (`noWebhookResponse`), when it is accepted (`onReceived`) or when it has finished (`lastNode`).
 */
export async function executeWebhook(call: WebhookCall): Promise<void> {
	const { n8n, workflow, trigger, webhook, request, response } = call;
	const option = (name: 'responseMode' | 'responseCode' | 'responseData') =>
		webhookOption(workflow, trigger, webhook.webhookDescription, name);
	const responseMode = z
		.enum(['onReceived', 'lastNode'])
		.parse(option('responseMode') ?? 'onReceived');
	const responseCode = z.number().parse(option('responseCode') ?? 200);
	const responseData = option('responseData') ?? 'firstEntryJson';

	const additionalData = additionalDataOf(n8n, call.baseUrl);
	additionalData.httpRequest = request;
	additionalData.httpResponse = response;
	try {
		await readBody(request, trigger.typeVersion);
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		response.status(422).json({ code: 422, message: 'Failed to parse request body' });
		call.respond(null, NO_ANSWER);
		return;
	}

	const context = new WebhookContext(
		workflow,
		trigger,
		additionalData,
		call.mode,
		webhook,
		[],
		null,
	);
	const nodeType = n8n.nodeTypes.getByNameAndVersion(trigger.type, trigger.typeVersion);
	if (!nodeType.webhook) throw new Error('Node does not have any webhooks defined');
	let result;
	try {
		result = await nodeType.webhook.call(context);
	} catch (cause) {
		call.onFailure(cause);
		const message = 'Workflow Webhook Error: Workflow could not be started!';
		call.respond(new UnexpectedError(message, { cause }), NO_ANSWER);
		return;
	}

	const hasAnswered = result.noWebhookResponse === true;
	if (hasAnswered) call.respond(null, NO_ANSWER);
	if (result.workflowData === undefined) {
		if (hasAnswered) return;
		const data: unknown = result.webhookResponse ?? { message: 'Webhook call received' };
		call.respond(null, { data, responseCode });
		return;
	}
	let execution;
	try {
		execution = await call.start(result.workflowData);
	} catch (cause) {
		const error = new UnexpectedError('There was a problem executing the workflow', { cause });
		if (hasAnswered) throw error;
		call.respond(error, NO_ANSWER);
		return;
	}
	if (hasAnswered) return;
	if (responseMode === 'onReceived') {
		const data = responseData === 'noData' ? undefined : responseData;
		call.respond(null, { data, responseCode });
		return;
	}
	const run = await execution.finished;
	if (run.error !== undefined) {
		call.respond(null, { data: { message: 'Error in workflow' }, responseCode: 500 });
		return;
	}
	const [firstItem] = run.items(run.lastNode);
	if (responseData === 'noData') call.respond(null, { data: undefined, responseCode });
	else if (firstItem) call.respond(null, { data: firstItem.json, responseCode });
	else call.respond(new UnexpectedError('No item to return was found'), NO_ANSWER);
}
