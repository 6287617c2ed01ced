import { randomUUID } from 'node:crypto';
import { node, type NodeJson } from '../../../harness/workflows.mts';

const credentials = { rsomPayApi: { id: null, name: 'RsomPay account' } };

/** A RsomPay Trigger, by default on any event. */
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

/** A Webhook node that starts the workflow on a POST to `/webhook/<path>`. */
export function webhookNode(path: string): NodeJson {
	return node(
		'Webhook',
		'n8n-nodes-base.webhook',
		{ path, httpMethod: 'POST', responseMode: 'onReceived', options: {} },
		{ typeVersion: 2, webhookId: path },
	);
}

/** Waits; n8n keeps an execution in memory that waits for less than 65 seconds. */
export function waitNode(seconds: number): NodeJson {
	return node(
		'Wait',
		'n8n-nodes-base.wait',
		{ resume: 'timeInterval', amount: seconds, unit: 'seconds' },
		{ typeVersion: 1.1, webhookId: randomUUID() },
	);
}

/** Fails the execution. */
export function failNode(): NodeJson {
	return node('Fail', 'n8n-nodes-base.stopAndError', { errorMessage: 'The table is gone' });
}

/** Filters out every item. */
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

/** Outputs only these fields; each is an expression or a value. */
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

/** Makes an item of each element of a list. */
export function splitOutNode(name: string, fieldToSplitOut: string): NodeJson {
	return node(name, 'n8n-nodes-base.splitOut', { fieldToSplitOut, options: {} });
}

/** "Manual Trigger" up to "Items", which outputs these items. */
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
