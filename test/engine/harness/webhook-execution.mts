import {
	type INode,
	type INodeExecutionData,
	type IRunExecutionData,
	type IWebhookData,
	OperationalError,
	UnexpectedError,
	type Workflow,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { z } from 'zod';

import { readBody, type WebhookRequest, type WebhookResponse } from './express.mts';
import { additionalDataOf, type N8n } from './n8n.mts';
import { WebhookContext } from './n8n-core.mts';
import type { FinishedRun } from './run-workflow.mts';
import { type Answer, NO_ANSWER } from './server.mts';
import { webhookOption } from './webhook-descriptions.mts';

/** One request for a webhook, and what n8n does around it. */
export type WebhookCall = {
	n8n: N8n;
	workflow: Workflow;
	node: INode;
	webhook: IWebhookData;
	request: WebhookRequest;
	response: WebhookResponse;
	/** `manual` for the test URL, which the editor listens at. */
	mode: WorkflowExecuteMode;
	/** The suspended execution that is called, if it is one. */
	execution?: { id: string; data: IRunExecutionData };
	/** Gives the answer, or fails with the error. Called once. */
	respond(error: Error | null, answer: Answer): void;
	/** Starts an execution, or continues the suspended one. Rejects if n8n cannot do that. */
	start(data: INodeExecutionData[][]): Promise<{ finished: Promise<FinishedRun> }>;
	/** Is told what `webhook()` threw: n8n records an execution that failed. */
	onFailure(error: unknown): Promise<void> | void;
};

/**
 * Does what n8n's `executeWebhook` does, in its order: reads the body, calls the node's `webhook()`
 * on n8n-core's context, starts the execution, and responds before it (`noWebhookResponse`), when
 * it is accepted (`onReceived`) or when it has finished (`lastNode`).
 */
export async function executeWebhook(call: WebhookCall): Promise<void> {
	await call.n8n.server.track(work(call));
}

async function work(call: WebhookCall): Promise<void> {
	const { n8n, workflow, node, webhook, request, response, execution } = call;
	const option = (name: 'responseMode' | 'responseCode' | 'responseData') =>
		webhookOption(workflow, node, webhook.webhookDescription, name);
	const responseMode = z
		.enum(['onReceived', 'lastNode'])
		.parse(option('responseMode') ?? 'onReceived');
	const responseCode = z.number().parse(option('responseCode') ?? 200);
	const responseData = option('responseData') ?? 'firstEntryJson';

	const additionalData = additionalDataOf(n8n);
	additionalData.executionId = execution?.id;
	additionalData.httpRequest = request;
	additionalData.httpResponse = response;
	try {
		await readBody(request, node.typeVersion);
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		response.status(422).json({ code: 422, message: 'Failed to parse request body' });
		call.respond(null, NO_ANSWER);
		return;
	}

	const context = new WebhookContext(
		workflow,
		node,
		additionalData,
		call.mode,
		webhook,
		[],
		execution?.data ?? null,
	);
	const nodeType = n8n.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	if (!nodeType.webhook) throw new Error('Node does not have any webhooks defined');
	let result;
	try {
		result = await nodeType.webhook.call(context);
	} catch (cause) {
		const message = 'Workflow Webhook Error: Workflow could not be started!';
		call.respond(new UnexpectedError(message, { cause }), NO_ANSWER);
		await call.onFailure(cause);
		return;
	}

	const hasAnswered = result.noWebhookResponse === true;
	if (hasAnswered) call.respond(null, NO_ANSWER);
	if (result.workflowData === undefined) {
		if (hasAnswered) return;
		const data: unknown = result.webhookResponse ?? { message: 'Webhook call received' };
		call.respond(null, { kind: 'legacy', data, responseCode });
		return;
	}
	let started;
	try {
		started = await call.start(result.workflowData);
	} catch (cause) {
		const error = new OperationalError('There was a problem executing the workflow', { cause });
		if (hasAnswered) throw error;
		call.respond(error, NO_ANSWER);
		return;
	}
	if (hasAnswered) return;
	const respond = (data: unknown) => call.respond(null, { kind: 'static', data, responseCode });
	if (responseMode === 'onReceived') {
		if (responseData === 'noData') respond(undefined);
		else if (responseData !== '') respond(responseData);
		else respond(result.webhookResponse ?? { message: 'Workflow was started' });
		return;
	}
	const run = await started.finished;
	if (run.error !== undefined) {
		const data = { message: 'Error in workflow' };
		call.respond(null, { kind: 'legacy', data, responseCode: 500 });
		return;
	}
	const [firstItem] = run.items(run.lastNode);
	if (responseData === 'noData') respond(undefined);
	else if (firstItem) respond(firstItem.json);
	else call.respond(new UnexpectedError('No item to return was found'), NO_ANSWER);
}
