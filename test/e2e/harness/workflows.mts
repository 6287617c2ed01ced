import { randomUUID } from 'node:crypto';
import type { WorkflowJson } from '../../../harness/n8n/api.mts';

export type NodeJson = WorkflowJson['nodes'][number];

/** A node as the editor would export it. */
export function node(
	name: string,
	type: string,
	parameters: Record<string, unknown> = {},
	rest: Record<string, unknown> = {},
): NodeJson {
	return { id: randomUUID(), name, type, typeVersion: 1, position: [0, 0], parameters, ...rest };
}

const credentials = { rsomPayApi: { id: null, name: 'RsomPay account' } };

/** A RsomPay Trigger, on any event unless the parameters say else. */
export function triggerNode(parameters: Record<string, unknown> = {}): NodeJson {
	return node(
		'RsomPay Trigger',
		'n8n-nodes-rsompay.rsomPayTrigger',
		{ events: ['*'], options: {}, ...parameters },
		{ typeVersion: 2, webhookId: randomUUID(), credentials },
	);
}

/** A RsomPay node. */
export function actionNode(
	parameters: Record<string, unknown>,
	rest: Record<string, unknown> = {},
): NodeJson {
	return node('RsomPay', 'n8n-nodes-rsompay.rsomPay', parameters, { credentials, ...rest });
}

/** A Webhook node that starts the workflow with what is posted to `/webhook/<path>`. */
export function webhookNode(path: string): NodeJson {
	return node(
		'Webhook',
		'n8n-nodes-base.webhook',
		{ path, httpMethod: 'POST', responseMode: 'onReceived', options: {} },
		{ typeVersion: 2, webhookId: path },
	);
}

/** Does nothing for so many seconds; n8n keeps a run in memory that waits for less than 65. */
export function waitNode(seconds: number): NodeJson {
	return node(
		'Wait',
		'n8n-nodes-base.wait',
		{ resume: 'timeInterval', amount: seconds, unit: 'seconds' },
		{ typeVersion: 1.1, webhookId: randomUUID() },
	);
}

/** Makes the workflow fail. */
export function failNode(): NodeJson {
	return node('Fail', 'n8n-nodes-base.stopAndError', { errorMessage: 'The table is gone' });
}

/** Lets no item through. */
export function dropNode(): NodeJson {
	return node(
		'Drop all',
		'n8n-nodes-base.filter',
		{
			conditions: {
				options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
				conditions: [
					{
						id: randomUUID(),
						leftValue: '={{ $json.event }}',
						rightValue: 'no such event',
						operator: { type: 'string', operation: 'equals' },
					},
				],
				combinator: 'and',
			},
			options: {},
		},
		{ typeVersion: 2.2 },
	);
}

/** Puts out these fields, each an expression or a value, and nothing else. */
export function setNode(name: string, fields: Record<string, unknown>): NodeJson {
	return node(
		name,
		'n8n-nodes-base.set',
		{
			assignments: {
				assignments: Object.entries(fields).map(([field, value]) => ({
					id: randomUUID(),
					name: field,
					value,
					type: 'string',
				})),
			},
			options: { ignoreConversionErrors: true },
		},
		{ typeVersion: 3.4 },
	);
}

/** Makes an item of each entry of a list. */
export function splitOutNode(name: string, fieldToSplitOut: string): NodeJson {
	return node(name, 'n8n-nodes-base.splitOut', { fieldToSplitOut, options: {} });
}

/** "Manual Trigger" and "Items", which puts out these items. */
export function manualStart(items: Array<Record<string, unknown>> = [{}]): NodeJson[] {
	return [
		node('Manual Trigger', 'n8n-nodes-base.manualTrigger'),
		node(
			'List',
			'n8n-nodes-base.set',
			{ mode: 'raw', jsonOutput: JSON.stringify({ items }), options: {} },
			{ typeVersion: 3.4 },
		),
		splitOutNode('Items', 'items'),
	];
}

/** A workflow in which each node leads to the next. */
export function chain(...nodes: NodeJson[]): WorkflowJson {
	const links = nodes
		.slice(1)
		.map(({ name }, index) => [nodes[index]?.name ?? '', { main: [[link(name)]] }] as const);
	return {
		name: 'Test',
		nodes,
		connections: Object.fromEntries(links),
		settings: { executionOrder: 'v1' },
	};
}

/**
 * An arrow of a workflow to the node of that name.
 * @param type `ai_tool` and the like for what an AI Agent is given.
 */
export function link(name: string, type = 'main'): { node: string; type: string; index: number } {
	return { node: name, type, index: 0 };
}
