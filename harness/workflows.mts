import { randomUUID } from 'node:crypto';
import type { WorkflowJson } from './n8n/api.mts';

export type NodeJson = WorkflowJson['nodes'][number];

/** The parameters of Create without line items, with the values of the API guide's example. */
export const EXAMPLE_CREATE = {
	resource: 'invoice',
	operation: 'create',
	externalId: 'INV-PARTNER-001',
	customerId: 'CUST-9',
	customerFullName: 'Ahmed Ali',
	lineItemsMode: 'fields',
};

/** The parameters of Create: an invoice with the ID of the item. RsomPay calls the execution back. */
export const CREATE = {
	...EXAMPLE_CREATE,
	externalId: '={{ $json.id }}',
	lineItems: { item: [{ description: 'Service fee', unitPrice: 100, taxRate: 15 }] },
	notify: 'execution',
	returnTo: 'execution',
};

/** The parameters of Wait for Payment behind it. */
export const WAIT_FOR_PAYMENT = {
	resource: 'invoice',
	operation: 'waitForPayment',
	lookupBy: 'externalId',
	reference: '={{ $json.external_id }}',
};

/** A node as the editor exports it. */
export function node(
	name: string,
	type: string,
	parameters: Record<string, unknown> = {},
	rest: Record<string, unknown> = {},
): NodeJson {
	return { id: randomUUID(), name, type, typeVersion: 1, position: [0, 0], parameters, ...rest };
}

/** A workflow in which each node is connected to the next. */
export function chain(...nodes: NodeJson[]): WorkflowJson {
	const connections = nodes
		.slice(1)
		.map(({ name }, index) => [nodes[index]?.name ?? '', { main: [[link(name)]] }] as const);
	return {
		name: 'Test',
		nodes,
		connections: Object.fromEntries(connections),
		settings: { executionOrder: 'v1' },
	};
}

/**
 * A connection to the node with that name.
 * @param type `ai_tool` and the like for the sub-nodes of an AI Agent.
 */
export function link(name: string, type = 'main'): { node: string; type: string; index: number } {
	return { node: name, type, index: 0 };
}
