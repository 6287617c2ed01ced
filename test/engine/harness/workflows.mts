import {
	type IConnections,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type IWorkflowSettings,
	Workflow,
} from 'n8n-workflow';

import type { WorkflowSnapshot } from './execution-store.mts';
import type { N8n } from './n8n.mts';

/** A node in a test. Missing fields get the defaults of n8n's editor. */
export type NodeSpec = Pick<INode, 'name' | 'type'> & Partial<INode>;

/** A workflow in a test. */
export type WorkflowSpec = {
	id?: string;
	nodes: NodeSpec[];
	/** Default: each node is connected to the next. */
	connections?: IConnections;
	staticData?: IDataObject;
	/** Added to the execution order v1. */
	settings?: IWorkflowSettings;
};

/** Builds n8n's workflow from the specification of a test. */
export function buildWorkflow({ nodeTypes }: N8n, spec: WorkflowSpec): Workflow {
	return new Workflow({
		id: spec.id ?? 'workflow',
		name: 'Workflow',
		active: true,
		nodes: spec.nodes.map((node, index) => ({
			id: `node-${index}`,
			typeVersion: 1,
			position: [index * 200, 0],
			parameters: {},
			...node,
		})),
		connections: spec.connections ?? chain(spec.nodes),
		nodeTypes,
		staticData: spec.staticData,
		settings: { executionOrder: 'v1', ...spec.settings },
	});
}

/** Rebuilds the workflow of an execution. */
export function restoreWorkflow({ nodeTypes }: N8n, snapshot: WorkflowSnapshot): Workflow {
	return new Workflow({ ...snapshot, active: true, nodeTypes });
}

function chain(nodes: NodeSpec[]): IConnections {
	return Object.fromEntries(
		nodes
			.slice(1)
			.map(({ name }, index) => [
				nodes[index]?.name ?? '',
				{ main: [[{ node: name, type: 'main', index: 0 }]] },
			]),
	);
}

/** Converts plain objects to items. */
export function toItems(records: IDataObject[]): INodeExecutionData[] {
	return records.map((json, item) => ({ json, pairedItem: { item } }));
}
