import type {
	IDataObject,
	INode,
	INodeExecutionData,
	IWebhookData,
	Workflow,
	WorkflowActivateMode,
} from 'n8n-workflow';

import type { WebhookRequest, WebhookResponse } from './express.mts';
import type { N8n } from './n8n.mts';
import { HookContext } from './n8n-core.mts';
import { execute, type FinishedRun } from './run-workflow.mts';
import { type WebhookReply, ResponseError } from './server.mts';
import { StoredWorkflow } from './stored-workflow.mts';
import { webhooksOf } from './webhook-descriptions.mts';
import { executeWebhook } from './webhook-execution.mts';
import type { NodeSpec } from './workflows.mts';

/** An execution that n8n has accepted. */
export type AcceptedExecution = {
	id: string;
	items: INodeExecutionData[];
	finished: Promise<FinishedRun>;
};

type Loaded = { workflow: Workflow; trigger: INode; webhooks: IWebhookData[] };

/**
 * A published workflow whose first node is a trigger with webhooks. It handles requests as n8n's
 * LiveWebhooks does: each gets its own workflow, whose static data is saved before the response.
 */
export class PublishedWorkflow {
	/** Every execution that n8n has accepted, in order. */
	readonly executions: AcceptedExecution[] = [];

	/** The errors that `webhook()` threw. n8n records a failed execution for each. */
	readonly failures: unknown[] = [];

	/**
	 * Runs while n8n accepts an execution, before the execution exists. When it throws, e.g. because
	 * the database is locked, n8n responds with 500 and saves nothing.
	 */
	onAccept: () => Promise<void> | void = () => undefined;

	/** `manual` for webhooks that arrive while the editor executes the workflow. */
	mode: 'webhook' | 'manual' = 'webhook';

	/** The production URL of the trigger. */
	url = '';

	private readonly n8n: N8n;
	private readonly stored: StoredWorkflow;
	private unroute: () => void = () => undefined;

	private constructor(n8n: N8n, nodes: NodeSpec[]) {
		this.n8n = n8n;
		this.stored = new StoredWorkflow(n8n, nodes);
	}

	/** Publishes a workflow. It does not call the trigger's webhook methods; `hook` does. */
	static async open(n8n: N8n, nodes: NodeSpec[]): Promise<PublishedWorkflow> {
		const published = new PublishedWorkflow(n8n, nodes);
		const path = await published.withWebhooks(
			async ({ webhooks: [webhook] }) => await Promise.resolve(`webhook/${webhook?.path}`),
		);
		published.url = n8n.server.baseUrl + path;
		published.unroute = n8n.server.route(
			`/${path}`,
			async (request, response) => await published.handle(request, response),
		);
		return published;
	}

	close(): void {
		this.unroute();
	}

	/** n8n's ID of the workflow. */
	get id(): string {
		return this.stored.id;
	}

	/** The workflow's static data in the database. */
	staticData(): IDataObject {
		return this.stored.staticData();
	}

	/**
	 * Calls one of the trigger's webhook methods for each of its webhooks, as publishing and
	 * unpublishing do.
	 */
	async hook(
		method: 'checkExists' | 'create' | 'delete',
		activation: WorkflowActivateMode = 'activate',
	): Promise<unknown[]> {
		return await this.withWebhooks(async ({ workflow, trigger, webhooks }) => {
			const type = this.n8n.nodeTypes.getByNameAndVersion(trigger.type, trigger.typeVersion);
			const results: unknown[] = [];
			for (const webhook of webhooks) {
				const context = new HookContext(
					workflow,
					trigger,
					webhook.workflowExecuteAdditionalData,
					'trigger',
					activation,
					webhook,
				);
				const methods = type.webhookMethods?.[webhook.webhookDescription.name];
				results.push(await methods?.[method].call(context));
			}
			await this.stored.saveStaticData(workflow);
			return results;
		});
	}

	private async withWebhooks<T>(work: (loaded: Loaded) => Promise<T>): Promise<T> {
		const { workflow, trigger } = this.stored.load();
		return await workflow.expression.withIsolate(
			async () =>
				await work({ workflow, trigger, webhooks: webhooksOf(this.n8n, workflow, trigger) }),
		);
	}

	private async handle(request: WebhookRequest, response: WebhookResponse): Promise<WebhookReply> {
		return await this.withWebhooks(async ({ workflow, trigger, webhooks }) => {
			const webhook = webhooks.find(
				({ httpMethod, path }) =>
					httpMethod === request.method && request.path === `/webhook/${path}`,
			);
			if (!webhook) throw new ResponseError(404, 'The requested webhook is not registered.');
			return await new Promise((resolve, reject) => {
				executeWebhook({
					n8n: this.n8n,
					workflow,
					node: trigger,
					webhook,
					request,
					response,
					mode: this.mode,
					respond: (error, reply) => {
						if (error) reject(error);
						else void this.stored.saveStaticData(workflow).then(() => resolve(reply), reject);
					},
					start: async (data) => await this.accept(data),
					onFailure: (error) => void this.failures.push(error),
				}).catch(reject);
			});
		});
	}

	private async accept(data: INodeExecutionData[][]): Promise<AcceptedExecution> {
		// With the static data of the database, without the changes of webhook().
		const { workflow, trigger } = this.stored.load();
		await this.onAccept();
		const { id, finished } = execute(this.n8n, workflow, trigger.name, data, this.mode);
		const execution = { id, items: data.flat(), finished };
		this.executions.push(execution);
		return execution;
	}
}
