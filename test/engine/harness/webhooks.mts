import { once } from 'node:events';
import { createServer } from 'node:http';
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	IWebhookData,
	Workflow,
	WorkflowActivateMode,
} from 'n8n-workflow';
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
import { StoredWorkflow } from './stored-workflow.mts';
import { webhooksOf } from './webhook-descriptions.mts';
import { type Answer, executeWebhook } from './webhook-execution.mts';
import type { NodeSpec } from './workflows.mts';

/** An execution that n8n has accepted. */
export type AcceptedExecution = { items: INodeExecutionData[]; finished: Promise<FinishedRun> };

type Loaded = { workflow: Workflow; trigger: INode; webhooks: IWebhookData[] };

/**
 * A published workflow whose first node is a trigger with webhooks, and the server that n8n would
 * be. Requests are handled as n8n's LiveWebhooks handles them: each gets a workflow of its own,
 * whose static data is saved just before the answer.
 */
export class PublishedWorkflow {
	/** Every execution that n8n has accepted, in order. */
	readonly executions: AcceptedExecution[] = [];

	/** What `webhook()` has thrown; n8n records an execution that failed for each. */
	readonly failures: unknown[] = [];

	/**
	 * Runs while n8n accepts an execution, before it is one. What it throws is what n8n fails with,
	 * e.g. because its database is locked: then n8n answers 500 and saves nothing.
	 */
	onAccept: () => Promise<void> | void = () => undefined;

	/** `manual` for what comes in while the workflow is tried out in the editor. */
	mode: 'webhook' | 'manual' = 'webhook';

	/** Where the trigger is called: its production URL. */
	url = '';

	private readonly n8n: N8n;
	private readonly stored: StoredWorkflow;
	private readonly server = createServer((message, answer) => {
		void this.handle(toWebhookRequest(message), toWebhookResponse(answer));
	});
	private baseUrl = '';

	private constructor(n8n: N8n, nodes: NodeSpec[]) {
		this.n8n = n8n;
		this.stored = new StoredWorkflow(n8n, nodes);
	}

	/** Publishes it, at a free port. Does not call the trigger's webhook methods: `hook` does. */
	static async open(n8n: N8n, nodes: NodeSpec[]): Promise<PublishedWorkflow> {
		const published = new PublishedWorkflow(n8n, nodes);
		published.server.listen(0, '127.0.0.1');
		await once(published.server, 'listening');
		const { port } = z.object({ port: z.number() }).parse(published.server.address());
		published.baseUrl = `http://127.0.0.1:${port}/`;
		published.url = await published.withWebhooks(
			async ({ webhooks: [webhook] }) =>
				await Promise.resolve(`${published.baseUrl}webhook/${webhook?.path}`),
		);
		return published;
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		this.server.close();
		await once(this.server, 'close');
	}

	/** n8n's ID of the workflow. */
	get id(): string {
		return this.stored.id;
	}

	/** The workflow's static data as it is in the database. */
	staticData(): IDataObject {
		return this.stored.staticData();
	}

	/** Runs one of the trigger's webhook methods, as publishing and unpublishing do. */
	async hook(
		method: 'checkExists' | 'create' | 'delete',
		activation: WorkflowActivateMode = 'activate',
	): Promise<unknown> {
		return await this.withWebhooks(async ({ workflow, trigger, webhooks: [webhook] }) => {
			if (!webhook) throw new Error(`${trigger.name} has no webhook.`);
			const context = new HookContext(
				workflow,
				trigger,
				webhook.workflowExecuteAdditionalData,
				'trigger',
				activation,
				webhook,
			);
			const type = this.n8n.nodeTypes.getByNameAndVersion(trigger.type, trigger.typeVersion);
			const methods = type.webhookMethods?.[webhook.webhookDescription.name];
			const result = await methods?.[method].call(context);
			await this.stored.saveStaticData(workflow);
			return result;
		});
	}

	private async withWebhooks<T>(work: (loaded: Loaded) => Promise<T>): Promise<T> {
		const { workflow, trigger } = this.stored.load();
		return await workflow.expression.withIsolate(async () => {
			const webhooks = webhooksOf(this.n8n, workflow, trigger, this.baseUrl);
			return await work({ workflow, trigger, webhooks });
		});
	}

	private async handle(request: WebhookRequest, response: WebhookResponse): Promise<void> {
		try {
			const answer = await this.withWebhooks(
				async (loaded) => await this.answerTo(request, response, loaded),
			);
			if ('noWebhookResponse' in answer) return;
			if (answer.responseCode !== undefined) response.status(answer.responseCode);
			if (typeof answer.data === 'string') response.send(answer.data);
			else response.json(answer.data);
		} catch (error) {
			const { message } = z.instanceof(Error).parse(error);
			response.status(500).json({ code: 0, message });
		}
	}

	private async answerTo(
		request: WebhookRequest,
		response: WebhookResponse,
		{ workflow, trigger, webhooks }: Loaded,
	): Promise<Answer> {
		const webhook = webhooks.find(
			({ httpMethod, path }) =>
				httpMethod === request.method && request.path === `/webhook/${path}`,
		);
		if (!webhook) return { data: { message: 'There is no such webhook.' }, responseCode: 404 };
		return await new Promise((resolve, reject) => {
			executeWebhook({
				n8n: this.n8n,
				baseUrl: this.baseUrl,
				workflow,
				trigger,
				webhook,
				request,
				response,
				mode: this.mode,
				respond: (error, answer) => {
					if (error) reject(error);
					else void this.stored.saveStaticData(workflow).then(() => resolve(answer), reject);
				},
				start: async (data) => await this.accept(data),
				onFailure: (error) => this.failures.push(error),
			}).catch(reject);
		});
	}

	private async accept(data: INodeExecutionData[][]): Promise<AcceptedExecution> {
		// With the static data of the database, not as webhook() has left it.
		const { workflow, trigger } = this.stored.load();
		await this.onAccept();
		const executionId = String(this.executions.length + 1);
		const { finished } = execute(this.n8n, workflow, trigger.name, data, this.mode, executionId);
		const execution = { items: data.flat(), finished };
		this.executions.push(execution);
		return execution;
	}
}
