import './expressions.mts';
import {
	type INodeType,
	type INodeTypes,
	type IVersionedNodeType,
	type IWorkflowExecuteAdditionalData,
	NodeHelpers,
} from 'n8n-workflow';

import { CredentialStore } from './credentials.mts';
import { ExecutionStore } from './execution-store.mts';
import { HELPER_NODES } from './helper-nodes.mts';
import { ExternalSecretsProxy } from './n8n-core.mts';
import { loadPackage } from './package.mts';
import { WebhookServer } from './server.mts';
import { answerWaiting } from './waiting-webhooks.mts';

/** As much of an n8n as it takes to run workflows. */
export type N8n = {
	nodeTypes: INodeTypes;
	credentials: CredentialStore;
	executions: ExecutionStore;
	server: WebhookServer;
	/** Starts it anew: what the nodes kept in the process is forgotten, the database stays. */
	restart(): Promise<void>;
	/** Stops it. */
	close(): Promise<void>;
};

/** Starts an n8n that has the built package installed. */
export async function startN8n(): Promise<N8n> {
	let { nodes, credentials: credentialTypes } = await loadPackage();
	const named = (name: string): INodeType | IVersionedNodeType => {
		// n8n gives a node that is usable as a tool a second name, by which an agent uses it.
		const type = nodes.get(name.replace(/Tool$/, '')) ?? HELPER_NODES.get(name);
		if (!type) throw new Error(`Unknown node type ${name}`);
		return type;
	};
	const nodeTypes: INodeTypes = {
		getByName: named,
		getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(named(name), version),
		getKnownTypes: () => ({}),
	};
	const server = await WebhookServer.open();
	const n8n: N8n = {
		nodeTypes,
		credentials: new CredentialStore((name) => credentialTypes.get(name), nodeTypes),
		executions: new ExecutionStore(),
		server,
		restart: async () => {
			({ nodes, credentials: credentialTypes } = await loadPackage());
		},
		close: async () => await server.close(),
	};
	server.route(
		'/webhook-waiting/',
		async (request, response) => await answerWaiting(n8n, request, response),
	);
	return n8n;
}

const unavailable = async () => await Promise.reject(new Error('Not part of the tests’ n8n.'));

/** What n8n hands to everything that runs in it. */
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
