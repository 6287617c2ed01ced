import './expressions.mts';
import {
	type INodeType,
	type INodeTypes,
	type IVersionedNodeType,
	type IWorkflowExecuteAdditionalData,
	NodeHelpers,
} from 'n8n-workflow';

import { CredentialStore } from './credentials.mts';
import { HELPER_NODES } from './helper-nodes.mts';
import { ExternalSecretsProxy } from './n8n-core.mts';
import { loadPackage } from './package.mts';

/** As much of an n8n as it takes to run workflows. */
export type N8n = {
	nodeTypes: INodeTypes;
	credentials: CredentialStore;
	/** Starts it anew: what the nodes kept in the process is forgotten, the credentials stay. */
	restart(): Promise<void>;
};

/** Starts an n8n that has the built package installed. */
export async function startN8n(): Promise<N8n> {
	let { nodes, credentials: credentialTypes } = await loadPackage();
	const named = (name: string): INodeType | IVersionedNodeType => {
		const type = nodes.get(name) ?? HELPER_NODES.get(name);
		if (!type) throw new Error(`Unknown node type ${name}`);
		return type;
	};
	const nodeTypes: INodeTypes = {
		getByName: named,
		getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(named(name), version),
		getKnownTypes: () => ({}),
	};
	return {
		nodeTypes,
		credentials: new CredentialStore((name) => credentialTypes.get(name), nodeTypes),
		restart: async () => {
			({ nodes, credentials: credentialTypes } = await loadPackage());
		},
	};
}

const unavailable = async () => await Promise.reject(new Error('Not part of the tests’ n8n.'));

/**
 * What n8n hands to everything that runs in it.
 *
 * @param baseUrl where this n8n is reached, with a trailing slash
 */
export function additionalDataOf(
	{ credentials }: N8n,
	baseUrl = 'http://127.0.0.1/',
): IWorkflowExecuteAdditionalData {
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
