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

/** How to run a workflow with Wait for Payment. */
export type WaitSettings = {
	/** The setting On Error of `Wait`. */
	onError?: OnError;
	/** Default: the simulator's. */
	credentials?: INodeCredentials;
	/** The external IDs of the input items, and of the invoices that `Create` creates. */
	ids?: string[];
	/** Whether `Create`, which notifies this execution, comes before `Wait`. Default: true. */
	creates?: boolean;
	/** Changes of the parameters of `Create`. */
	create?: INodeParameters;
	/** Changes of the node `Wait`, e.g. its name. */
	node?: Partial<NodeSpec>;
	/** The nodes after `Wait`. Default: `After`, which outputs its input. */
	next?: NodeSpec[];
	/** Default: each node is connected to the next. */
	connections?: IConnections;
	settings?: IWorkflowSettings;
};

/** Creates an invoice for each item. RsomPay notifies this execution. */
const CREATE = {
	...EXAMPLE_INVOICE,
	externalId: '={{ $json.id }}',
	notify: 'execution',
};

/** The parameters of Wait for Payment. */
export const WAIT = {
	resource: 'invoice',
	operation: 'waitForPayment',
	lookupBy: 'externalId',
	reference: '={{ $json.id ?? $json.external_id }}',
};

/** A workflow that waits for payments: `Start`, `Create` if `creates`, `Wait` and `next`. */
export function waitWorkflow(
	parameters: INodeParameters = {},
	{
		ids = ['INV-1'],
		creates = true,
		create,
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
			...(creates ? [{ ...action, name: 'Create', parameters: { ...CREATE, ...create } }] : []),
			{ ...action, name: 'Wait', parameters: { ...WAIT, ...parameters }, onError, ...node },
			...next,
		],
		items: ids.map((id) => ({ id })),
		connections,
		settings,
	};
}
