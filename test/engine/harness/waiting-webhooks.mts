import { timingSafeEqual } from 'node:crypto';
import type { INodeExecutionData, ITaskData } from 'n8n-workflow';

import type { StoredExecution } from './execution-store.mts';
import type { WebhookRequest, WebhookResponse } from './express.mts';
import type { N8n } from './n8n.mts';
import { type FinishedRun, resume, type Running } from './run-workflow.mts';
import { type WebhookReply, NO_REPLY, ResponseError } from './server.mts';
import { webhooksOf } from './webhook-descriptions.mts';
import { executeWebhook } from './webhook-execution.mts';
import { restoreWorkflow } from './workflows.mts';

/**
 * Handles a request to the resume URL of a suspended execution, `/webhook-waiting/<id>`, as n8n's
 * WaitingWebhooks does.
 */
export async function handleWaitingWebhook(
	n8n: N8n,
	request: WebhookRequest,
	response: WebhookResponse,
): Promise<WebhookReply> {
	const [, , id = '', suffix = ''] = request.path.split('/');
	const execution = n8n.executions.find(id);
	if (!execution) throw new ResponseError(404, `The execution "${id}" does not exist.`);
	if (!isTokenValid(request, execution)) {
		response.status(401).json({ error: 'Invalid token' });
		return NO_REPLY;
	}
	assertSuspended(execution);

	const { data } = execution;
	const entry = data.executionData?.nodeExecutionStack[0];
	const lastNode = data.resultData.lastNodeExecuted ?? '';
	if (!entry) throw new Error('The execution is not suspended.');
	entry.node.disabled = true;
	data.waitTill = undefined;
	preserveInputOverride(data.resultData.runData[lastNode] ?? []);
	const resumeWith = (workflowData: INodeExecutionData[][]): Running => {
		entry.data.main = workflowData;
		entry.metadata = { ...entry.metadata, forwardAllOutputs: true };
		return resume(n8n, execution);
	};

	const workflow = restoreWorkflow(n8n, execution.workflowData);
	const node = workflow.getNode(lastNode);
	if (!node) throw new ResponseError(404, 'Could not find node to process webhook.');
	return await workflow.expression.withIsolate(async () => {
		const webhook = webhooksOf(n8n, workflow, node).find(
			({ httpMethod, path, webhookDescription }) =>
				httpMethod === request.method &&
				path === suffix &&
				webhookDescription.restartWebhook === true,
		);
		if (!webhook) throw new ResponseError(404, 'There is no waiting webhook of that kind.');
		return await new Promise((resolve, reject) => {
			executeWebhook({
				n8n,
				workflow,
				node,
				webhook,
				request,
				response,
				mode: execution.mode,
				execution,
				respond: (error, reply) => {
					if (error) reject(error);
					else resolve(reply);
				},
				start: async (workflowData) => await Promise.resolve(resumeWith(workflowData)),
				onFailure: async (error) => {
					// n8n resumes with the error and drops the data of the nodes that ran before.
					const { message, stack } = error instanceof Error ? error : new Error(String(error));
					const failed = { runData: {}, lastNodeExecuted: lastNode, error: { message, stack } };
					Object.assign(data, { resultData: failed });
					await resumeWith([[{ json: {} }]]).finished;
				},
			}).catch(reject);
		});
	});
}

function assertSuspended({ id, status, data }: StoredExecution): void {
	const conflict =
		status === 'running'
			? 'is running already'
			: data.resultData.error
				? 'has finished with error'
				: status === 'success'
					? 'has finished already'
					: undefined;
	if (conflict) throw new ResponseError(409, `The execution "${id}" ${conflict}.`);
}

function isTokenValid({ originalUrl }: WebhookRequest, { data }: StoredExecution): boolean {
	const { searchParams } = new URL(originalUrl, 'http://127.0.0.1');
	const token = Buffer.from(searchParams.get('signature') ?? '');
	const stored = Buffer.from(data.resumeToken ?? '');
	return token.length === stored.length && timingSafeEqual(token, stored);
}

function preserveInputOverride(tasks: ITaskData[]): void {
	const { inputOverride, source = [] } = tasks.pop() ?? {};
	if (!inputOverride) return;
	tasks.push({ startTime: 0, executionTime: 0, executionIndex: 0, source, inputOverride });
}

/**
 * Resumes each suspended execution whose time limit has passed, as n8n's WaitTracker does.
 *
 * @returns the resumed runs, finished or suspended again
 */
export async function resumeDue(n8n: N8n): Promise<FinishedRun[]> {
	const runs = n8n.executions.due(Date.now()).map((id) => {
		const execution = n8n.executions.find(id);
		if (!execution) throw new Error('Execution does not exist.');
		return resume(n8n, execution).finished;
	});
	return await Promise.all(runs);
}
