import { timingSafeEqual } from 'node:crypto';
import type { INodeExecutionData, ITaskData } from 'n8n-workflow';

import type { StoredExecution } from './execution-store.mts';
import type { WebhookRequest, WebhookResponse } from './express.mts';
import type { N8n } from './n8n.mts';
import { type FinishedRun, resume, type Running } from './run-workflow.mts';
import { type Answer, NO_ANSWER, ResponseError } from './server.mts';
import { webhooksOf } from './webhook-descriptions.mts';
import { executeWebhook } from './webhook-execution.mts';
import { restoreWorkflow } from './workflows.mts';

/**
 * Answers a request to the address of a suspended execution, `/webhook-waiting/<id>`, as n8n's
 * WaitingWebhooks does.
 */
export async function answerWaiting(
	n8n: N8n,
	request: WebhookRequest,
	response: WebhookResponse,
): Promise<Answer> {
	const [, , id = '', suffix = ''] = request.path.split('/');
	const execution = n8n.executions.find(id);
	if (!execution) throw new ResponseError(404, `The execution "${id}" does not exist.`);
	if (!isTokenRight(request, execution)) {
		response.status(401).json({ error: 'Invalid token' });
		return NO_ANSWER;
	}
	refuseUnlessSuspended(execution);

	const { data } = execution;
	const entry = data.executionData?.nodeExecutionStack[0];
	const lastNode = data.resultData.lastNodeExecuted ?? '';
	if (!entry) throw new Error('The execution is not suspended.');
	entry.node.disabled = true;
	data.waitTill = undefined;
	preserveInputOverride(data.resultData.runData[lastNode] ?? []);
	const goOn = (workflowData: INodeExecutionData[][]): Running => {
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
				respond: (error, answer) => {
					if (error) reject(error);
					else resolve(answer);
				},
				start: async (workflowData) => await Promise.resolve(goOn(workflowData)),
				onFailure: async (error) => {
					// n8n goes on with the failure, and with nothing of what had run before.
					const { message, stack } = error instanceof Error ? error : new Error(String(error));
					const failed = { runData: {}, lastNodeExecuted: lastNode, error: { message, stack } };
					Object.assign(data, { resultData: failed });
					await goOn([[{ json: {} }]]).finished;
				},
			}).catch(reject);
		});
	});
}

function refuseUnlessSuspended({ id, status, data }: StoredExecution): void {
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

function isTokenRight({ originalUrl }: WebhookRequest, { data }: StoredExecution): boolean {
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
 * Continues each suspended execution whose time is up, as n8n's WaitTracker does.
 *
 * @returns what became of them
 */
export async function continueDue(n8n: N8n): Promise<FinishedRun[]> {
	const runs = n8n.executions.due(Date.now()).map((id) => {
		const execution = n8n.executions.find(id);
		if (!execution) throw new Error('Execution does not exist.');
		return resume(n8n, execution).finished;
	});
	return await Promise.all(runs);
}
