import { randomUUID } from 'node:crypto';
import { chain, CREATE, node, type NodeJson, WAIT_FOR_PAYMENT } from '../harness/workflows.mts';
import type { WorkflowJson } from '../harness/n8n/api.mts';

/** The credential of the workflows; n8n looks it up by its name. */
export const CREDENTIAL = 'RsomPay account';

const credentials = { rsomPayApi: { id: null, name: CREDENTIAL } };

/** The kinds of acknowledgement: the values of the trigger's option Respond. */
export const ACKNOWLEDGE = { accepted: 'onReceived', finished: 'lastNode' } as const;
export type Kind = keyof typeof ACKNOWLEDGE;

/** A trigger, and the path of its production URL. */
export interface Trigger {
	node: NodeJson;
	path: string;
	/** Where its output has the event ID, as an expression. The workflow's ID where it has none. */
	eventId: string;
}

/** A RsomPay Trigger on any event. */
export function rsomPayTrigger(kind: Kind, name = 'RsomPay Trigger'): Trigger {
	const webhookId = randomUUID();
	const parameters = { events: ['*'], options: { acknowledge: ACKNOWLEDGE[kind] } };
	const type = 'n8n-nodes-rsompay.rsomPayTrigger';
	return {
		node: node(name, type, parameters, { typeVersion: 2, webhookId, credentials }),
		path: `/webhook/${webhookId}/webhook`,
		eventId: '($json.event_id ?? $workflow.id)',
	};
}

/** The trigger of bench/baseline, which does nothing. */
export function baselineTrigger(): Trigger {
	const webhookId = randomUUID();
	return {
		node: node('Trigger', 'CUSTOM.baseline', {}, { typeVersion: 2, webhookId }),
		path: `/webhook/${webhookId}/webhook`,
		eventId: '$json.event_id',
	};
}

/** n8n's own Webhook node, which acknowledges when n8n has accepted the request. */
export function n8nWebhook(): Trigger {
	const path = randomUUID();
	const parameters = { path, httpMethod: 'POST', responseMode: 'onReceived', options: {} };
	return {
		node: node('Webhook', 'n8n-nodes-base.webhook', parameters, {
			typeVersion: 2,
			webhookId: path,
		}),
		path: `/webhook/${path}`,
		eventId: '$json.body.event_id',
	};
}

/**
 * A node that calls a counter.
 * @param query parameters of the counter; `=` in front makes an expression of a value.
 */
export function count(
	counterUrl: string,
	query: Record<string, string>,
	rest: Partial<NodeJson> = {},
): NodeJson {
	const parameters = Object.entries(query).map(([name, value]) =>
		value.startsWith('=')
			? `${name}={{ encodeURIComponent(${value.slice(1)}) }}`
			: `${name}=${value}`,
	);
	return node(
		`Count ${randomUUID().slice(0, 4)}`,
		'n8n-nodes-base.httpRequest',
		{ url: `=${counterUrl}?${parameters.join('&')}`, options: {} },
		{ typeVersion: 4.2, ...rest },
	);
}

/** A workflow that counts the events of a trigger. */
export function countEvents(
	trigger: Trigger,
	counterUrl: string,
	query: Record<string, string> = {},
): WorkflowJson {
	return chain(trigger.node, count(counterUrl, { id: `=${trigger.eventId}`, ...query }));
}

/** Like `countEvents`, for a workflow that writes its own static data. */
export function writeStaticData(trigger: Trigger, counterUrl: string): WorkflowJson {
	const query = { id: `=${trigger.eventId}` };
	return chain(trigger.node, node('Counter', 'CUSTOM.counter', {}), count(counterUrl, query));
}

/** A workflow that creates an invoice for each ID of `ids`, waits for all, and counts its payments. */
export function waitForPayments(webhook: Trigger, counterUrl: string): WorkflowJson {
	const action = 'n8n-nodes-rsompay.rsomPay';
	const payments = "$('Wait').all().filter(({ json }) => json.settled && json.payment).length";
	return chain(
		webhook.node,
		node('IDs', 'n8n-nodes-base.splitOut', {
			fieldToSplitOut: 'body.ids',
			options: { destinationFieldName: 'id' },
		}),
		node('Create', action, { ...CREATE, customerId: '={{ $json.id }}' }, { credentials }),
		node('Wait', action, WAIT_FOR_PAYMENT, { credentials }),
		count(
			counterUrl,
			{ id: '=`${$workflow.id}-${$execution.id}`', value: `=${payments}` },
			{ executeOnce: true },
		),
	);
}
