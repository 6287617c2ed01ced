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
import { type WebhookReply, NO_REPLY } from './server.mts';
import { webhookOption } from './webhook-descriptions.mts';

/** One webhook request, and n8n's part in handling it. */
export type WebhookCall = {
	n8n: N8n;
	workflow: Workflow;
	node: INode;
	webhook: IWebhookData;
	request: WebhookRequest;
	response: WebhookResponse;
	/** `manual` for the test URL of the editor. */
	mode: WorkflowExecuteMode;
	/** The suspended execution that the request resumes, if any. */
	execution?: { id: string; data: IRunExecutionData };
	/** Called once, with an error or with the reply. */
	respond(error: Error | null, reply: WebhookReply): void;
	/** Starts an execution or resumes the suspended one. Rejects when n8n cannot do that. */
	start(data: INodeExecutionData[][]): Promise<{ finished: Promise<FinishedRun> }>;
	/** Receives the error that `webhook()` threw. n8n records a failed execution for it. */
	onFailure(error: unknown): Promise<void> | void;
};

/**
 * Does the same as n8n's `executeWebhook`, in the same order: reads the body, calls the node's
 * `webhook()` on n8n-core's context, starts the execution, and responds before the execution
 * (`noWebhookResponse`), when n8n has accepted it (`onReceived`) or after it (`lastNode`).
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
		call.respond(null, NO_REPLY);
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
		call.respond(new UnexpectedError(message, { cause }), NO_REPLY);
		await call.onFailure(cause);
		return;
	}

	const hasResponded = result.noWebhookResponse === true;
	if (hasResponded) call.respond(null, NO_REPLY);
	if (result.workflowData === undefined) {
		if (hasResponded) return;
		const data: unknown = result.webhookResponse ?? { message: 'Webhook call received' };
		call.respond(null, { kind: 'legacy', data, responseCode });
		return;
	}
	let started;
	try {
		started = await call.start(result.workflowData);
	} catch (cause) {
		const error = new OperationalError('There was a problem executing the workflow', { cause });
		if (hasResponded) throw error;
		call.respond(error, NO_REPLY);
		return;
	}
	if (hasResponded) return;
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
	else call.respond(new UnexpectedError('No item to return was found'), NO_REPLY);
}
