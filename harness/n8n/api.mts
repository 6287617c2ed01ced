import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import axios, { type AxiosInstance, type Method } from 'axios';
import { z } from 'zod';
import { until } from './until.mts';

/** The login of an owner. */
export type Login = { email: string; password: string };

/** The login of every n8n started here. */
export const owner: Readonly<Login> = { email: 'owner@example.com', password: 'RsomPay-demo-1' };

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
		/** What nodes output in a manual run, by their names. n8n returns `null` where there is none. */
		pinData: z
			.record(z.array(z.object({ json: z.record(z.unknown()) }).passthrough()))
			.nullish()
			.transform((data) => data ?? undefined),
	})
	.passthrough();
export type WorkflowJson = z.infer<typeof workflowSchema>;

export type Credential = { id: string; name: string; type: string };

export type PublicationStatus = {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	/** The errors of the triggers that could not be activated. */
	errors: string[];
};

export type ExecutionSummary = {
	id: string;
	/** `success`, `error`, `crashed`, `running`, `waiting`, `new`, `canceled` */
	status: string;
	mode: string;
};

export type Item = { json: Record<string, unknown>; pairedItem?: unknown };

export type ExecutionError = {
	message: string;
	description?: string | null;
	/** Why, as the node declared it. */
	failure?: { cause: string };
};

export type NodeRun = {
	status: string;
	/** In milliseconds. */
	executionTimeMs: number;
	error?: ExecutionError;
	outputs: Item[][];
};

export type Execution = ExecutionSummary & {
	/** The error that stopped the execution, if one did. */
	error?: ExecutionError;
	/** The runs of each node, by the node's name. */
	nodes: Record<string, NodeRun[]>;
	/** The execution data as n8n stores it, to search it for secrets. */
	stored: string;
};

/** The length of a page of executions. */
const PAGE = 100;

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
	/** Missing in an older n8n, which pages by the last ID. */
	nextCursor: z.string().nullish(),
});
const errorSchema = z.object({
	message: z.string(),
	description: z.string().nullish(),
	failure: z.object({ cause: z.string() }).optional(),
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
/** An execution that n8n has not stored anything of yet has no data. */
const executionDataSchema = z
	.object({
		resultData: z.object({ error: errorSchema.optional(), runData: runDataSchema.default({}) }),
	})
	.default({ resultData: {} });
const flattedSchema = z.object({ parse: z.function().args(z.string()).returns(z.unknown()) });

/** The items of a node, of all its runs and outputs. */
export function itemsOf(runs: NodeRun[] = []): Array<Item['json']> {
	return runs.flatMap(({ outputs }) => outputs.flat()).map(({ json }) => json);
}

/** A response of n8n that is an error. */
class ResponseError extends Error {
	readonly status: number;

	constructor(method: Method, path: string, status: number, data: unknown) {
		super(`n8n responded ${status} to ${method} ${path}: ${JSON.stringify(data)}`);
		this.status = status;
	}
}

/** Does what a person does in n8n's editor, through the REST API that the editor uses. */
export class N8nApi {
	readonly #http: AxiosInstance;
	readonly #owner: Login;
	readonly #parseFlatted: (text: string) => unknown;
	#cookie = '';

	/**
	 * @param url n8n's base URL, without a slash at the end.
	 * @param installation the folder that contains n8n's node_modules: executions are stored with
	 * n8n's own copy of "flatted", and read with it here.
	 * @param login the owner's.
	 */
	constructor(url: string, installation: string, login: Login = owner) {
		this.#owner = login;
		this.#http = axios.create({
			baseURL: `${url}/rest`,
			timeout: 60_000,
			proxy: false,
			// n8n may close a kept-alive connection at the moment it is used again.
			httpAgent: new Agent({ keepAlive: false }),
		});
		const requireFromN8n = createRequire(join(installation, 'node_modules', 'n8n', 'package.json'));
		this.#parseFlatted = flattedSchema.parse(requireFromN8n('flatted')).parse;
	}

	/** Creates the owner of a new n8n, or logs the existing owner in. */
	async login(): Promise<void> {
		const { email, password } = this.#owner;
		try {
			const name = { firstName: 'Demo', lastName: 'Owner' };
			await this.#request('POST', '/owner/setup', z.unknown(), { email, password, ...name });
		} catch {
			// n8n has an owner already. Its settings would say so, but only if the editor is enabled.
			const login = { emailOrLdapLoginId: email, password };
			await this.#request('POST', '/login', z.unknown(), login);
		}
	}

	/**
	 * Imports a workflow, unpublished.
	 * @param credentials replace the workflow's own of the same type, as a person would choose them;
	 * n8n looks up the others by name.
	 * @returns the workflow's ID.
	 */
	async importWorkflow(workflow: WorkflowJson, credentials: Credential[] = []): Promise<string> {
		// An older n8n demands that the workflow says it.
		const body = { ...contentOf(workflow, credentials), active: false };
		return (await this.#request('POST', '/workflows', idSchema, body)).id;
	}

	/**
	 * Imports a workflow and publishes it.
	 * @returns the workflow's ID.
	 */
	async importAndPublish(workflow: WorkflowJson, credentials?: Credential[]): Promise<string> {
		const id = await this.importWorkflow(workflow, credentials);
		await this.publish(id);
		return id;
	}

	/** Replaces the content of a workflow; the published version stays the same until publish(). */
	async changeWorkflow(
		workflowId: string,
		workflow: WorkflowJson,
		credentials: Credential[] = [],
	): Promise<void> {
		const body = contentOf(workflow, credentials);
		await this.#request('PATCH', `/workflows/${workflowId}`, idSchema, body);
	}

	/** Replaces all data of a credential. */
	async updateCredential(credential: Credential, data: Record<string, unknown>): Promise<void> {
		const { id, name, type } = credential;
		await this.#request('PATCH', `/credentials/${id}`, idSchema, { name, type, data });
	}

	/** The static data of a workflow, by the keys of its nodes. */
	async staticData(workflowId: string): Promise<Record<string, unknown>> {
		const schema = z.object({ staticData: z.record(z.unknown()).nullable() });
		const { staticData } = await this.#request('GET', `/workflows/${workflowId}`, schema);
		return staticData ?? {};
	}

	/** @param data as the credential's form sends it. */
	async createCredential(
		type: string,
		name: string,
		data: Record<string, unknown>,
	): Promise<Credential> {
		const { id } = await this.#request('POST', '/credentials', idSchema, { name, type, data });
		return { id, name, type };
	}

	/** Tests a credential with this data, as its form does. */
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
	 * Publishes the current version of a workflow and waits until n8n has published it.
	 * @throws Error with the messages of the workflow's publication status, when that fails.
	 */
	async publish(workflowId: string): Promise<void> {
		const { versionId } = await this.#request(
			'GET',
			`/workflows/${workflowId}`,
			z.object({ versionId: z.string() }),
		);
		await this.#request('POST', `/workflows/${workflowId}/activate`, z.unknown(), { versionId });
		// Right after an unpublication it is still 'not_published' for a moment.
		const { status, errors } = await this.#publicationEnd(workflowId, [
			'in_progress',
			'not_published',
		]);
		if (status !== 'published') {
			throw new Error(`n8n did not publish workflow ${workflowId}: ${errors.join(' ')}`);
		}
	}

	async unpublish(workflowId: string): Promise<void> {
		await this.#request('POST', `/workflows/${workflowId}/deactivate`, z.unknown(), {});
		await this.#publicationEnd(workflowId);
	}

	async publicationStatus(workflowId: string): Promise<PublicationStatus> {
		const path = `/workflows/${workflowId}`;
		const publication = await this.#find('GET', `${path}/publication-status`, publicationSchema);
		if (publication === undefined) {
			// An older n8n has published it before it responded.
			const { active } = await this.#request('GET', path, z.object({ active: z.boolean() }));
			return { status: active ? 'published' : 'not_published', errors: [] };
		}
		const { status, triggers } = publication;
		return { status, errors: triggers.flatMap(({ errorMessage }) => errorMessage ?? []) };
	}

	/** n8n publishes in the background. */
	async #publicationEnd(
		workflowId: string,
		transient: ReadonlyArray<PublicationStatus['status']> = ['in_progress'],
	): Promise<PublicationStatus> {
		return await until(`n8n to publish or unpublish workflow ${workflowId}`, async () => {
			const publication = await this.publicationStatus(workflowId);
			return transient.includes(publication.status) ? undefined : publication;
		});
	}

	/**
	 * Presses "Execute workflow" and waits until the execution has finished.
	 * @param trigger the name of the trigger to start from, for example a Manual Trigger.
	 * @param timeout in milliseconds.
	 */
	async runManually(workflowId: string, trigger: string, timeout = 60_000): Promise<Execution> {
		// An older n8n runs what the editor sends, a newer one what is stored.
		const workflowData = await this.#request('GET', `/workflows/${workflowId}`, workflowSchema);
		const { executionId } = await this.#request(
			'POST',
			`/workflows/${workflowId}/run`,
			z.object({ executionId: z.string() }),
			{ workflowData, triggerToStartFrom: { name: trigger } },
		);
		return await this.finished(executionId, timeout);
	}

	/** Presses "Retry with original workflow" on a failed execution; returns the new, finished one. */
	async retry(executionId: string): Promise<Execution> {
		const { id } = await this.#request('POST', `/executions/${executionId}/retry`, idSchema, {});
		return await this.execution(id);
	}

	/** A workflow's executions, oldest first. */
	async executions(workflowId: string): Promise<ExecutionSummary[]> {
		// Without statuses n8n queries running and finished executions separately, and one that
		// finishes in between is in neither list.
		const filter = JSON.stringify({ workflowId, status: STATUSES });
		const byId = new Map<string, ExecutionSummary>();
		let next: { cursor: string } | { lastId: string } | undefined;
		do {
			const page: z.output<typeof executionPageSchema> = await this.#request(
				'GET',
				'/executions',
				executionPageSchema,
				{ filter, limit: PAGE, ...next },
			);
			page.results.forEach((execution) => byId.set(execution.id, execution));
			next = nextPage(page);
		} while (next !== undefined);
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

	/** Waits until an execution has finished, successful or not. */
	async finished(id: string, timeout?: number): Promise<Execution> {
		let status = '';
		const finished = async () => {
			const execution = await this.execution(id);
			({ status } = execution);
			return ['new', 'running', 'waiting'].includes(status) ? undefined : execution;
		};
		try {
			return await until(`execution ${id} to finish`, finished, timeout);
		} catch (cause) {
			const message = cause instanceof Error ? cause.message : String(cause);
			throw new Error(`${message} Its last status: ${status}`, { cause });
		}
	}

	/** Waits until an execution is suspended in a node. */
	async suspended(id: string, node: string): Promise<void> {
		await until(`execution ${id} to be suspended in "${node}"`, async () => {
			const { status, nodes } = await this.execution(id);
			return (status === 'waiting' && nodes[node]?.at(-1)?.status === 'waiting') || undefined;
		});
	}

	/** Reads a workflow, published or not. */
	async workflow(workflowId: string): Promise<WorkflowJson> {
		return await this.#request('GET', `/workflows/${workflowId}`, workflowSchema);
	}

	/**
	 * Creates a data table of text columns in the owner's personal project.
	 * @returns its ID.
	 */
	async createDataTable(name: string, columns: readonly string[]): Promise<string> {
		const project = await this.#request('GET', '/projects/personal', idSchema);
		const body = { name, columns: columns.map((column) => ({ name: column, type: 'string' })) };
		const path = `/projects/${project.id}/data-tables`;
		return (await this.#request('POST', path, idSchema, body)).id;
	}

	/** The rows (at most 250) of a data table in the owner's personal project, oldest first. */
	async dataTableRows(dataTableId: string): Promise<Array<Record<string, unknown>>> {
		const project = await this.#request('GET', '/projects/personal', idSchema);
		const { data } = await this.#request(
			'GET',
			`/projects/${project.id}/data-tables/${dataTableId}/rows`,
			z.object({ data: z.array(z.record(z.unknown())) }),
			{ take: '250' },
		);
		return data;
	}

	/** The version of this n8n. Its editor must be enabled. */
	async version(): Promise<string> {
		const schema = z.object({ versionCli: z.string() });
		return (await this.#request('GET', '/settings', schema)).versionCli;
	}

	/** Whether n8n has loaded a type of node. */
	async knowsNode(type: string): Promise<boolean> {
		const nodeInfos = [{ name: type, version: 1 }];
		const described = z.array(z.object({ name: z.string() }));
		try {
			return (await this.#request('POST', '/node-types', described, { nodeInfos })).length > 0;
		} catch (error) {
			if (error instanceof ResponseError) return false;
			throw error;
		}
	}

	/** Sends a request. Returns nothing where this n8n has no such path. */
	async #find<T>(
		method: Method,
		path: string,
		schema: z.ZodType<T, z.ZodTypeDef, unknown>,
	): Promise<T | undefined> {
		try {
			return await this.#request(method, path, schema);
		} catch (error) {
			if (error instanceof ResponseError && error.status === 404) return undefined;
			throw error;
		}
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
			throw new ResponseError(method, path, response.status, response.data);
		}
		const login = response.headers['set-cookie']?.find((line) => line.startsWith('n8n-auth='));
		if (login !== undefined) this.#cookie = login.split(';')[0] ?? '';
		return schema.parse(envelopeSchema.parse(response.data).data);
	}
}

/** Where the next page of a list of executions begins. */
function nextPage({ results, nextCursor }: z.output<typeof executionPageSchema>) {
	if (nextCursor != null) return { cursor: nextCursor };
	const last = results.at(-1);
	if (nextCursor === null || last === undefined || results.length < PAGE) return undefined;
	return { lastId: last.id };
}

function contentOf(workflow: WorkflowJson, credentials: Credential[]) {
	const { name, connections, settings, pinData } = workflow;
	const nodes = workflow.nodes.map((node) => ({
		...node,
		credentials: node.credentials && chooseCredentials(node.credentials, credentials),
	}));
	return { name, nodes, connections, settings, pinData };
}

function chooseCredentials(
	placeholders: NonNullable<WorkflowJson['nodes'][number]['credentials']>,
	credentials: Credential[],
) {
	return Object.fromEntries(
		Object.entries(placeholders).map(([type, placeholder]) => {
			const credential = credentials.find((candidate) => candidate.type === type);
			return [type, credential ? { id: credential.id, name: credential.name } : placeholder];
		}),
	);
}
