import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IDataObject, INodeExecutionData, Workflow, WorkflowActivateMode } from 'n8n-workflow';
import { z } from 'zod';

import {
	toWebhookRequest,
	toWebhookResponse,
	type WebhookRequest,
	type WebhookResponse,
} from './express.mts';
import type { N8n } from './n8n.mts';
import { HookContext } from './n8n-core.mts';
import { execute, type FinishedRun } from './run-workflow.mts';
import { webhooksOf } from './webhook-descriptions.mts';
import { type Answer, executeWebhook } from './webhook-execution.mts';
import { buildWorkflow, type NodeSpec } from './workflows.mts';

/** A published workflow that begins with a webhook, and the server that n8n would be. */
export type PublishedWorkflow = {
	/** Where the trigger is called: its production URL. */
	url: string;
	/** Every execution that n8n has accepted, in order. */
	executions: Array<{ items: INodeExecutionData[]; finished: Promise<FinishedRun> }>;
	/** What `webhook()` has thrown; n8n records an execution that failed for each. */
	failures: unknown[];
	/**
	 * Runs while n8n accepts an execution, before it is one. What it throws is what n8n fails with,
	 * e.g. because its database is locked: then n8n answers 500 and saves nothing.
	 */
	onAccept: () => Promise<void> | void;
	/** The workflow's static data as it is in the database. */
	staticData(): IDataObject;
	/** Runs one of the trigger's webhook methods, as publishing and unpublishing do. */
	hook(
		method: 'checkExists' | 'create' | 'delete',
		activation?: WorkflowActivateMode,
	): Promise<unknown>;
	close(): Promise<void>;
};

const staticDataSchema = z.custom<IDataObject>(
	(value) => typeof value === 'object' && value !== null,
);

/**
 * Publishes a workflow whose first node is a trigger with webhooks. As in n8n's LiveWebhooks,
 * each request gets a workflow of its own, with the static data of the database, which is saved
 * as a whole just before the answer.
 */
export async function publish(n8n: N8n, nodes: NodeSpec[]): Promise<PublishedWorkflow> {
	const id = randomUUID();
	const triggerName = nodes[0]?.name ?? '';
	let database = '{}';

	const readStaticData = () => staticDataSchema.parse(JSON.parse(database));
	const loadWorkflow = () => {
		const workflow = buildWorkflow(n8n, { id, nodes, staticData: readStaticData() });
		const trigger = workflow.getNode(triggerName);
		if (!trigger) throw new Error('The workflow has no nodes.');
		return { workflow, trigger };
	};
	const saveStaticData = async (workflow: Workflow) => {
		if (workflow.staticData.__dataChanged !== true) return;
		const written = JSON.stringify(workflow.staticData);
		await nextTurn();
		database = written;
		workflow.staticData.__dataChanged = false;
	};

	const answerTo = async (request: WebhookRequest, response: WebhookResponse): Promise<Answer> => {
		const { workflow, trigger } = loadWorkflow();
		await workflow.expression.acquireIsolate();
		try {
			const webhook = webhooksOf(n8n, workflow, trigger, baseUrl).find(
				({ httpMethod, path }) =>
					httpMethod === request.method && request.path === `/webhook/${path}`,
			);
			if (!webhook)
				return { data: { message: 'The webhook is not registered.' }, responseCode: 404 };
			return await new Promise((resolve, reject) => {
				executeWebhook({
					n8n,
					baseUrl,
					workflow,
					trigger,
					webhook,
					request,
					response,
					respond: (error, answer) => {
						if (error) reject(error);
						else void saveStaticData(workflow).then(() => resolve(answer), reject);
					},
					start: async (data) => {
						// With the static data of the database, not as webhook() has left it.
						const { workflow: started } = loadWorkflow();
						await published.onAccept();
						const executionId = String(published.executions.length + 1);
						const { finished } = execute(n8n, started, triggerName, data, 'webhook', executionId);
						published.executions.push({ items: data.flat(), finished });
						return { finished };
					},
					onFailure: (error) => published.failures.push(error),
				}).catch(reject);
			});
		} finally {
			await workflow.expression.releaseIsolate();
		}
	};

	const handle = async (request: WebhookRequest, response: WebhookResponse): Promise<void> => {
		try {
			const answer = await answerTo(request, response);
			if ('noWebhookResponse' in answer) return;
			if (answer.responseCode !== undefined) response.status(answer.responseCode);
			if (typeof answer.data === 'string') response.send(answer.data);
			else response.json(answer.data);
		} catch (error) {
			const { message } = z.instanceof(Error).parse(error);
			response.status(500).json({ code: 0, message });
		}
	};

	const server = createServer((message, answer) => {
		void handle(toWebhookRequest(message), toWebhookResponse(answer));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = z.object({ port: z.number() }).parse(server.address());
	const baseUrl = `http://127.0.0.1:${port}/`;

	const { workflow, trigger } = loadWorkflow();
	const webhooks = await workflow.expression.withIsolate(
		async () => await Promise.resolve(webhooksOf(n8n, workflow, trigger, baseUrl)),
	);
	const published: PublishedWorkflow = {
		url: `${baseUrl}webhook/${webhooks[0]?.path}`,
		executions: [],
		failures: [],
		onAccept: () => undefined,
		staticData: readStaticData,
		hook: async (method, activation = 'activate') => {
			const { workflow, trigger } = loadWorkflow();
			return await workflow.expression.withIsolate(async () => {
				const [webhook] = webhooksOf(n8n, workflow, trigger, baseUrl);
				if (!webhook) throw new Error(`${triggerName} has no webhook.`);
				const { webhookDescription, workflowExecuteAdditionalData } = webhook;
				const context = new HookContext(
					workflow,
					trigger,
					workflowExecuteAdditionalData,
					'trigger',
					activation,
					webhook,
				);
				const { webhookMethods } = n8n.nodeTypes.getByNameAndVersion(
					trigger.type,
					trigger.typeVersion,
				);
				const result = await webhookMethods?.[webhookDescription.name]?.[method].call(context);
				await saveStaticData(workflow);
				return result;
			});
		},
		close: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
	return published;
}
