import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import axios, { type AxiosInstance, type Method } from 'axios';
import { z } from 'zod';
import { until } from './until.mts';

/** The login of every n8n started here. */
export const owner = { email: 'owner@example.com', password: 'RsomPay-demo-1' } as const;

/** A workflow as the editor exports it. */
export const workflowSchema = z
	.object({
		name: z.string(),
		nodes: z.array(
			z
				.object({
					name: z.string(),
					type: z.string(),
					parameters: z.record(z.unknown()),
					webhookId: z.string().optional(),
					credentials: z
						.record(z.object({ id: z.string().nullable(), name: z.string() }))
						.optional(),
				})
				.passthrough(),
		),
		connections: z.record(z.unknown()),
		settings: z.record(z.unknown()).optional(),
	})
	.passthrough();
export type WorkflowJson = z.infer<typeof workflowSchema>;

export type Credential = { id: string; name: string; type: string };

export type PublicationStatus = {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	/** What the triggers that could not be activated said. */
	errors: string[];
};

export type ExecutionSummary = {
	id: string;
	/** `success`, `error`, `crashed`, `running`, `waiting`, `new`, `canceled` */
	status: string;
	mode: string;
};

export type Item = { json: Record<string, unknown>; pairedItem?: unknown };

export type ExecutionError = { message: string; description?: string | null };

export type NodeRun = {
	status: string;
	/** How long the node took, in milliseconds. */
	executionTimeMs: number;
	error?: ExecutionError;
	outputs: Item[][];
};

export type Execution = ExecutionSummary & {
	/** What stopped the execution, where something did. */
	error?: ExecutionError;
	/** Each node's runs, by the node's name. */
	nodes: Record<string, NodeRun[]>;
	/** Everything n8n stored of the execution, as text, to look for secrets in. */
	stored: string;
};

export type Column = { name: string; type: 'string' | 'number' | 'boolean' | 'date' };

const STATUSES = [
	'new',
	'running',
	'waiting',
	'success',
	'error',
	'crashed',
	'canceled',
	'unknown',
];

const envelopeSchema = z.object({ data: z.unknown() });
const idSchema = z.object({ id: z.string() });
const publicationSchema = z.object({
	status: z.enum(['in_progress', 'not_published', 'published', 'partial', 'failed']),
	triggers: z.array(z.object({ errorMessage: z.string().nullable() })),
});
const summarySchema = z.object({ id: z.string(), status: z.string(), mode: z.string() });
const executionPageSchema = z.object({
	results: z.array(summarySchema),
	nextCursor: z.string().nullable(),
});
const errorSchema = z.object({
	message: z.string(),
	description: z.string().nullish(),
});
const itemSchema = z.object({ json: z.record(z.unknown()), pairedItem: z.unknown() });
const runDataSchema = z.record(
	z.array(
		z.object({
			// n8n stores the run of a trigger whose poll failed without one.
			executionStatus: z.string().default('error'),
			executionTime: z.number(),
			error: errorSchema.optional(),
			data: z.record(z.array(z.array(itemSchema).nullable())).optional(),
		}),
	),
);
/** A run that has not stored anything yet has no data. */
const executionDataSchema = z
	.object({
		resultData: z.object({ error: errorSchema.optional(), runData: runDataSchema.default({}) }),
	})
	.default({ resultData: {} });
const flattedSchema = z.object({ parse: z.function().args(z.string()).returns(z.unknown()) });

/** What a person does in n8n's editor, through the REST API that the editor uses. */
export class N8nApi {
	readonly #http: AxiosInstance;
	readonly #parseFlatted: (text: string) => unknown;
	#cookie = '';

	/**
	 * @param url where n8n is reached, without a slash at the end.
	 * @param installation the folder that holds n8n's node_modules: n8n stores executions with its
	 * own copy of "flatted", and that copy reads them.
	 */
	constructor(url: string, installation: string) {
		this.#http = axios.create({
			baseURL: `${url}/rest`,
			timeout: 60_000,
			proxy: false,
			// A connection that was kept may be closed by n8n just when it is used again.
			httpAgent: new Agent({ keepAlive: false }),
		});
		const requireFromN8n = createRequire(join(installation, 'node_modules', 'n8n', 'package.json'));
		this.#parseFlatted = flattedSchema.parse(requireFromN8n('flatted')).parse;
	}

	/** Makes the owner of a fresh n8n, or logs them in to one that has them already. */
	async login(): Promise<void> {
		const settings = await this.#request(
			'GET',
			'/settings',
			z.object({ userManagement: z.object({ showSetupOnFirstLoad: z.boolean() }) }),
		);
		if (settings.userManagement.showSetupOnFirstLoad) {
			await this.#request('POST', '/owner/setup', z.unknown(), {
				...owner,
				firstName: 'Demo',
				lastName: 'Owner',
			});
		} else {
			await this.#request('POST', '/login', z.unknown(), {
				emailOrLdapLoginId: owner.email,
				password: owner.password,
			});
		}
	}

	/**
	 * Imports a workflow, unpublished.
	 * @param credentials are put in place of the workflow's own of the same type, as a person would
	 * choose them; one that is not given is looked up by n8n by its name.
	 * @returns the workflow's id.
	 */
	async importWorkflow(workflow: WorkflowJson, credentials: Credential[] = []): Promise<string> {
		const body = contentOf(workflow, credentials);
		return (await this.#request('POST', '/workflows', idSchema, body)).id;
	}

	/** Replaces what a workflow consists of; what is published stays as it is until publish(). */
	async changeWorkflow(
		workflowId: string,
		workflow: WorkflowJson,
		credentials: Credential[] = [],
	): Promise<void> {
		const body = contentOf(workflow, credentials);
		await this.#request('PATCH', `/workflows/${workflowId}`, idSchema, body);
	}

	/** Replaces a credential's data in whole. */
	async updateCredential(credential: Credential, data: Record<string, unknown>): Promise<void> {
		const { id, name, type } = credential;
		await this.#request('PATCH', `/credentials/${id}`, idSchema, { name, type, data });
	}

	/** @param data as the credential's form would send it. */
	async createCredential(
		type: string,
		name: string,
		data: Record<string, unknown>,
	): Promise<Credential> {
		const { id } = await this.#request('POST', '/credentials', idSchema, { name, type, data });
		return { id, name, type };
	}

	/** Presses "Test" on a credential with this data. */
	async testCredential(
		credential: Credential,
		data: Record<string, unknown>,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		return await this.#request(
			'POST',
			'/credentials/test',
			z.object({ status: z.enum(['OK', 'Error']), message: z.string() }),
			{ credentials: { ...credential, data } },
		);
	}

	/**
	 * Publishes a workflow as it is now and waits for n8n to have done it.
	 * @throws Error with what n8n shows in the workflow's publication status, when it fails.
	 */
	async publish(workflowId: string): Promise<void> {
		const { versionId } = await this.#request(
			'GET',
			`/workflows/${workflowId}`,
			z.object({ versionId: z.string() }),
		);
		await this.#request('POST', `/workflows/${workflowId}/activate`, z.unknown(), { versionId });
		const { status, errors } = await this.#settled(workflowId);
		if (status !== 'published') {
			throw new Error(`n8n did not publish workflow ${workflowId}: ${errors.join(' ')}`);
		}
	}

	async unpublish(workflowId: string): Promise<void> {
		await this.#request('POST', `/workflows/${workflowId}/deactivate`, z.unknown(), {});
		await this.#settled(workflowId);
	}

	async publicationStatus(workflowId: string): Promise<PublicationStatus> {
		const { status, triggers } = await this.#request(
			'GET',
			`/workflows/${workflowId}/publication-status`,
			publicationSchema,
		);
		return { status, errors: triggers.flatMap(({ errorMessage }) => errorMessage ?? []) };
	}

	/** n8n publishes in the background. */
	async #settled(workflowId: string): Promise<PublicationStatus> {
		return await until(`n8n to settle the publication of workflow ${workflowId}`, async () => {
			const publication = await this.publicationStatus(workflowId);
			return publication.status === 'in_progress' ? undefined : publication;
		});
	}

	/**
	 * Presses "Execute workflow" and waits for the end.
	 * @param trigger the name of the trigger to start from, a Manual Trigger for instance.
	 * @param timeout in milliseconds.
	 */
	async runManually(workflowId: string, trigger: string, timeout = 60_000): Promise<Execution> {
		const { executionId } = await this.#request(
			'POST',
			`/workflows/${workflowId}/run`,
			z.object({ executionId: z.string() }),
			{ triggerToStartFrom: { name: trigger } },
		);
		return await this.finished(executionId, timeout);
	}

	/** Presses "Retry with original workflow" on a failed execution and waits for the new one's end. */
	async retry(executionId: string): Promise<Execution> {
		const { id } = await this.#request('POST', `/executions/${executionId}/retry`, idSchema, {});
		return await this.execution(id);
	}

	/** A workflow's executions, oldest first. */
	async executions(workflowId: string): Promise<ExecutionSummary[]> {
		// Without statuses n8n asks for the running and the ended ones separately, and a run that
		// ends in between is in neither list.
		const filter = JSON.stringify({ workflowId, status: STATUSES });
		const byId = new Map<string, ExecutionSummary>();
		let cursor: string | null = null;
		do {
			const page: z.output<typeof executionPageSchema> = await this.#request(
				'GET',
				'/executions',
				executionPageSchema,
				{ filter, limit: 100, cursor: cursor ?? undefined },
			);
			page.results.forEach((execution) => byId.set(execution.id, execution));
			cursor = page.nextCursor;
		} while (cursor !== null);
		return [...byId.values()].sort((a, b) => Number(a.id) - Number(b.id));
	}

	async execution(id: string): Promise<Execution> {
		const { data, ...summary } = await this.#request(
			'GET',
			`/executions/${id}`,
			summarySchema.extend({ data: z.string() }),
		);
		const { resultData } = executionDataSchema.parse(this.#parseFlatted(data));
		const nodes = Object.entries(resultData.runData).map(([name, runs]): [string, NodeRun[]] => [
			name,
			runs.map(({ executionStatus, executionTime, error, data: outputs = {} }) => ({
				status: executionStatus,
				executionTimeMs: executionTime,
				error,
				outputs: Object.values(outputs)
					.flat()
					.map((items) => items ?? []),
			})),
		]);
		return {
			...summary,
			error: resultData.error,
			nodes: Object.fromEntries(nodes),
			stored: data,
		};
	}

	/** Waits for the end of an execution, successful or not. */
	async finished(id: string, timeout?: number): Promise<Execution> {
		return await until(
			`execution ${id} to finish`,
			async () => {
				const execution = await this.execution(id);
				return ['new', 'running', 'waiting'].includes(execution.status) ? undefined : execution;
			},
			timeout,
		);
	}

	/**
	 * Makes a data table in the owner's personal project.
	 * @returns its id.
	 */
	async createDataTable(name: string, columns: Column[]): Promise<string> {
		const path = await this.#dataTables();
		return (await this.#request('POST', path, idSchema, { name, columns })).id;
	}

	/** A data table's rows (250 at most), oldest first. */
	async dataTableRows(dataTableId: string): Promise<Array<Record<string, unknown>>> {
		const { data } = await this.#request(
			'GET',
			`${await this.#dataTables()}/${dataTableId}/rows`,
			z.object({ data: z.array(z.record(z.unknown())) }),
			{ take: '250' },
		);
		return data;
	}

	async #dataTables(): Promise<string> {
		const { id } = await this.#request('GET', '/projects/personal', idSchema);
		return `/projects/${id}/data-tables`;
	}

	async #request<T>(
		method: Method,
		path: string,
		schema: z.ZodType<T, z.ZodTypeDef, unknown>,
		values?: Record<string, unknown>,
	): Promise<T> {
		const response = await this.#http.request<unknown>({
			method,
			url: path,
			...(method === 'GET' ? { params: values } : { data: values }),
			headers: { Cookie: this.#cookie },
			validateStatus: () => true,
		});
		if (response.status >= 400) {
			throw new Error(
				`n8n answered ${response.status} to ${method} ${path}: ${JSON.stringify(response.data)}`,
			);
		}
		const login = response.headers['set-cookie']?.find((line) => line.startsWith('n8n-auth='));
		if (login !== undefined) this.#cookie = login.split(';')[0] ?? '';
		return schema.parse(envelopeSchema.parse(response.data).data);
	}
}

function contentOf(workflow: WorkflowJson, credentials: Credential[]) {
	const { name, connections, settings } = workflow;
	const nodes = workflow.nodes.map((node) => ({
		...node,
		credentials: node.credentials && choose(node.credentials, credentials),
	}));
	return { name, nodes, connections, settings };
}

function choose(
	wanted: NonNullable<WorkflowJson['nodes'][number]['credentials']>,
	given: Credential[],
) {
	return Object.fromEntries(
		Object.entries(wanted).map(([type, placeholder]) => {
			const credential = given.find((candidate) => candidate.type === type);
			return [type, credential ? { id: credential.id, name: credential.name } : placeholder];
		}),
	);
}
