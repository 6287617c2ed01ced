import { randomUUID } from 'node:crypto';
import axios from 'axios';
import type { Credential, N8nApi, WorkflowJson } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';

type Node = WorkflowJson['nodes'][number];

const node = (name: string, type: string, typeVersion: number, rest: Partial<Node>): Node => ({
	id: randomUUID(),
	name,
	type,
	typeVersion,
	position: [0, 0],
	parameters: {},
	...rest,
});

const using = (credential: Credential) => ({
	credentials: { [credential.type]: { id: credential.id, name: credential.name } },
});

/** The node that is measured. */
const MEASURED = 'Measured';

export const actionOf = (
	name: 'rsomPay' | 'moyasar',
	credential: Credential,
	parameters: Node['parameters'],
): Node => node(MEASURED, `n8n-nodes-rsompay.${name}`, 1, { parameters, ...using(credential) });

export const httpRequest = (credential: Credential, parameters: Node['parameters']): Node =>
	node(MEASURED, 'n8n-nodes-base.httpRequest', 4.2, {
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: credential.type,
			...parameters,
		},
		...using(credential),
	});

/**
 * Publishes a workflow that makes items with an `id` nobody has used, and hands them to a node. It
 * is started by a request that is answered at its end: asking n8n meanwhile whether it has ended
 * would take time from what is measured.
 *
 * @returns runs it and gives how long the node took, in ms; throws unless it gave so many items
 */
export async function itemsWorkflow(
	n8n: N8n,
	items: number,
	measured: Node,
): Promise<(expected: number) => Promise<number>> {
	const webhookId = randomUUID();
	const nodes = [
		node('Start', 'n8n-nodes-base.webhook', 2.1, {
			webhookId,
			parameters: { path: webhookId, responseMode: 'lastNode', responseData: 'noData' },
		}),
		node('IDs', 'n8n-nodes-base.set', 3.4, {
			parameters: {
				mode: 'raw',
				jsonOutput: `={{ { "ids": Array.from({ length: ${items} }, (_, index) => ({ id: $execution.id + "-" + index })) } }}`,
			},
		}),
		node('Items', 'n8n-nodes-base.splitOut', 1, { parameters: { fieldToSplitOut: 'ids' } }),
		measured,
	];
	const connections = Object.fromEntries(
		nodes
			.slice(1)
			.map(({ name }, index) => [
				nodes[index]?.name ?? '',
				{ main: [[{ node: name, type: 'main', index: 0 }]] },
			]),
	);
	const { api } = n8n;
	const id = await api.importWorkflow({ name: webhookId, nodes, connections, settings: {} });
	await api.publish(id);
	return async (expected) => {
		await axios.get(`${n8n.url}/webhook/${webhookId}`, {
			proxy: false,
			validateStatus: () => true,
		});
		const latest = (await api.executions(id)).at(-1);
		if (latest === undefined) throw new Error(`${measured.type} was not run`);
		const execution = await api.execution(latest.id);
		const [run] = execution.nodes[MEASURED] ?? [];
		const count = run?.outputs[0]?.length;
		if (run === undefined || count !== expected) {
			throw new Error(
				`${measured.type} gave ${count} items instead of ${expected}: ${JSON.stringify(execution.error)}`,
			);
		}
		return run.executionTimeMs;
	};
}

/** Imports a workflow of nothing but a trigger. */
export async function triggerWorkflow(
	api: N8nApi,
	type: string,
	rest: Partial<Node>,
): Promise<string> {
	const webhookId = randomUUID();
	const trigger = node('Trigger', type, 1, { webhookId, ...rest });
	const id = await api.importWorkflow({
		name: webhookId,
		nodes: [trigger],
		connections: {},
		// What is measured is the webhook, and not how an execution is stored.
		settings: { saveDataSuccessExecution: 'none' },
	});
	await api.publish(id);
	return `/webhook/${webhookId}/webhook`;
}
