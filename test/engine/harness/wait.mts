import type {
	IConnections,
	IDataObject,
	INodeCredentials,
	INodeParameters,
	IWorkflowSettings,
	OnError,
} from 'n8n-workflow';

import { EXAMPLE_INVOICE, SIMULATOR_CREDENTIALS } from './example.mts';
import type { NodeSpec, WorkflowSpec } from './workflows.mts';

/** How a workflow with a Wait for Payment is run. */
export type WaitSettings = {
	/** What `Wait` does when an item fails. */
	onError?: OnError;
	/** Instead of the simulator's. */
	credentials?: INodeCredentials;
	/** The external IDs of its items, and of the invoices that `Create` creates for them. */
	ids?: string[];
	/** Whether `Create` comes before it, which notifies this execution. Default true. */
	creates?: boolean;
	/** Changes of the node `Wait`, e.g. its name. */
	node?: Partial<NodeSpec>;
	/** What comes after it; `After`, which hands on what it gets, where it is left out. */
	next?: NodeSpec[];
	/** Without it, each node is connected to the next. */
	connections?: IConnections;
	settings?: IWorkflowSettings;
};

/** Creates an invoice for the ID of each item, and lets RsomPay call this execution. */
const CREATE = {
	...EXAMPLE_INVOICE,
	externalId: '={{ $json.id }}',
	notify: 'execution',
	returnTo: 'execution',
};

/** A Wait for Payment, as it is filled in into the node. */
export const WAIT = {
	resource: 'invoice',
	operation: 'waitForPayment',
	lookupBy: 'externalId',
	reference: '={{ $json.id ?? $json.external_id }}',
};

/** A workflow that waits for payments: `Start`, `Create` if it is to, `Wait`, and what comes after. */
export function waitWorkflow(
	parameters: INodeParameters = {},
	{
		ids = ['INV-1'],
		creates = true,
		credentials = SIMULATOR_CREDENTIALS,
		node,
		onError,
		next = [{ name: 'After', type: 'test.pass' }],
		connections,
		settings,
	}: WaitSettings = {},
): WorkflowSpec & { items: IDataObject[] } {
	const action = { type: 'n8n-nodes-rsompay.rsomPay', credentials };
	return {
		nodes: [
			{ name: 'Start', type: 'test.start' },
			...(creates ? [{ ...action, name: 'Create', parameters: CREATE }] : []),
			{ ...action, name: 'Wait', parameters: { ...WAIT, ...parameters }, onError, ...node },
			...next,
		],
		items: ids.map((id) => ({ id })),
		connections,
		settings,
	};
}
