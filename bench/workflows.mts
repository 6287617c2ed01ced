import { randomUUID } from 'node:crypto';
import axios from 'axios';
import type { Credential } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { chain, node, type NodeJson } from '../harness/workflows.mts';

type Parameters = NodeJson['parameters'];

const using = ({ type, id, name }: Credential) => ({ credentials: { [type]: { id, name } } });

/** The name of the node that is measured. */
const MEASURED = 'Measured';

export const actionOf = (
	type: 'n8n-nodes-rsompay.rsomPay' | 'n8n-nodes-moyasar.moyasar',
	credential: Credential,
	parameters: Parameters,
): NodeJson => node(MEASURED, type, parameters, using(credential));

export const httpRequest = (credential: Credential, parameters: Parameters): NodeJson =>
	node(
		MEASURED,
		'n8n-nodes-base.httpRequest',
		{
			authentication: 'predefinedCredentialType',
			nodeCredentialType: credential.type,
			...parameters,
		},
		{ typeVersion: 4.2, ...using(credential) },
	);

/**
 * Publishes a workflow that passes items, each with a new unique `id`, to a node. A webhook starts
 * it and responds at its end: polling n8n for the end would slow down what is measured.
 * @returns a function that runs it and returns how long the node took, in ms; it throws unless the
 * node's output has the expected number of items.
 */
export async function itemsWorkflow(
	n8n: N8n,
	items: number,
	measured: NodeJson,
): Promise<(expected: number) => Promise<number>> {
	const webhookId = randomUUID();
	const workflow = chain(
		node(
			'Start',
			'n8n-nodes-base.webhook',
			{ path: webhookId, responseMode: 'lastNode', responseData: 'noData' },
			{ typeVersion: 2.1, webhookId },
		),
		node(
			'IDs',
			'n8n-nodes-base.set',
			{
				mode: 'raw',
				jsonOutput: `={{ { "ids": Array.from({ length: ${items} }, (_, index) => ({ id: $execution.id + "-" + index })) } }}`,
			},
			{ typeVersion: 3.4 },
		),
		node('Items', 'n8n-nodes-base.splitOut', { fieldToSplitOut: 'ids' }),
		measured,
	);
	const { api } = n8n;
	const id = await api.importAndPublish(workflow);
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
				`${measured.type} returned ${count} items instead of ${expected}: ${JSON.stringify(execution.error)}`,
			);
		}
		return run.executionTimeMs;
	};
}
