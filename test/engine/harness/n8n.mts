import './expressions.mts';
import {
	type INodeType,
	type INodeTypes,
	type IVersionedNodeType,
	type IWorkflowExecuteAdditionalData,
	NodeHelpers,
} from 'n8n-workflow';

import { CredentialStore } from './credentials.mts';
import { Deduplicator } from '../../deduplicator.mts';
import { ExecutionStore } from './execution-store.mts';
import { HELPER_NODES } from './helper-nodes.mts';
import { DataDeduplicationService, ExternalSecretsProxy } from './n8n-core.mts';
import { loadPackages } from './package.mts';
import { WebhookServer } from './server.mts';
import { handleWaitingWebhook } from './waiting-webhooks.mts';

/** The one table of this process: n8n's service takes no second one. */
const processed = new Deduplicator();

let initialized: Promise<void> | undefined;

/** The parts of n8n that are needed to run workflows. */
export type N8n = {
	nodeTypes: INodeTypes;
	credentials: CredentialStore;
	executions: ExecutionStore;
	/** What executions have processed: a table of the database. */
	processed: Deduplicator;
	server: WebhookServer;
	/** Restarts it: the memory of the nodes is lost, the database stays. */
	restart(): Promise<void>;
	/** Works in a second process, which has its own memory of the nodes and the same database. */
	inAnotherProcess<T>(work: () => Promise<T>): Promise<T>;
	/** Stops it. */
	close(): Promise<void>;
};

/** n8n registers a node that is usable as a tool a second time, under a name with the suffix Tool. */
function toTool<T extends INodeType | IVersionedNodeType>(type: T): T {
	const description = { ...type.description, name: `${type.description.name}Tool` };
	return Object.assign(Object.create(type) as T, { description });
}

/** Starts an n8n that has the built packages installed. */
export async function startN8n(): Promise<N8n> {
	let { nodes, credentials: credentialTypes } = await loadPackages();
	let other: typeof nodes | undefined;
	const findNodeType = (name: string): INodeType | IVersionedNodeType => {
		const type = nodes.get(name.replace(/Tool$/, '')) ?? HELPER_NODES.get(name);
		if (!type) throw new Error(`Unknown node type ${name}`);
		return name.endsWith('Tool') ? toTool(type) : type;
	};
	const nodeTypes: INodeTypes = {
		getByName: findNodeType,
		getByNameAndVersion: (name, version) =>
			NodeHelpers.getVersionedNodeType(findNodeType(name), version),
		getKnownTypes: () => ({}),
	};
	const server = await WebhookServer.open();
	await (initialized ??= DataDeduplicationService.init(processed));
	const n8n: N8n = {
		nodeTypes,
		credentials: new CredentialStore((name) => credentialTypes.get(name), nodeTypes),
		executions: new ExecutionStore(),
		processed,
		server,
		restart: async () => {
			({ nodes, credentials: credentialTypes } = await loadPackages());
		},
		inAnotherProcess: async (work) => {
			other ??= (await loadPackages()).nodes;
			[nodes, other] = [other, nodes];
			try {
				return await work();
			} finally {
				[nodes, other] = [other, nodes];
			}
		},
		close: async () => await server.close(),
	};
	server.route(
		'/webhook-waiting/',
		async (request, response) => await handleWaitingWebhook(n8n, request, response),
	);
	return n8n;
}

const unavailable = async () =>
	await Promise.reject(new Error('The n8n of the tests does not have this.'));

/** The additional data that n8n passes to each execution and webhook. */
export function additionalDataOf({ credentials, server }: N8n): IWorkflowExecuteAdditionalData {
	const { baseUrl } = server;
	return {
		currentNodeExecutionIndex: 0,
		credentialsHelper: credentials,
		externalSecretsProxy: new ExternalSecretsProxy(),
		executeWorkflow: unavailable,
		getRunExecutionData: unavailable,
		getRuntimeCredential: unavailable,
		startRunnerTask: unavailable,
		logAiEvent: () => undefined,
		variables: {},
		restApiUrl: `${baseUrl}rest`,
		instanceBaseUrl: baseUrl,
		formBaseUrl: `${baseUrl}form`,
		formWaitingBaseUrl: `${baseUrl}form-waiting`,
		formTestBaseUrl: `${baseUrl}form-test`,
		webhookBaseUrl: `${baseUrl}webhook`,
		webhookWaitingBaseUrl: `${baseUrl}webhook-waiting`,
		webhookTestBaseUrl: `${baseUrl}webhook-test`,
		mcpBaseUrl: `${baseUrl}mcp`,
		mcpTestBaseUrl: `${baseUrl}mcp-test`,
	};
}
