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

/** A node as a test writes it; what is left out is as n8n's editor would make it. */
export type NodeSpec = Pick<INode, 'name' | 'type'> & Partial<INode>;

/** A workflow as a test writes it. */
export type WorkflowSpec = {
	id?: string;
	nodes: NodeSpec[];
	/** Without it, each node is connected to the next. */
	connections?: IConnections;
	staticData?: IDataObject;
	/** Besides the execution order, which is v1. */
	settings?: IWorkflowSettings;
};

/** Builds the workflow that n8n would, out of what a test says of it. */
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

/** Builds the workflow of an execution again. */
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

/** Makes items of plain objects. */
export function toItems(records: IDataObject[]): INodeExecutionData[] {
	return records.map((json, item) => ({ json, pairedItem: { item } }));
}
