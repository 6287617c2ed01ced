import {
	type ExecutionStatus,
	type INode,
	type IRun,
	type IRunExecutionData,
	type IRunExecutionDataAll,
	migrateRunExecutionData,
	type IWorkflowSettings,
	type IConnections,
	type Workflow,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { z } from 'zod';

import { requireAsSeenBy } from './n8n-core.mts';

/** The workflow of an execution, as it was when the execution started. */
export type WorkflowSnapshot = {
	id: string;
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings: IWorkflowSettings;
};

/** An execution read from n8n's database: it shares no object with the run. */
export type StoredExecution = {
	id: string;
	mode: WorkflowExecuteMode;
	status: ExecutionStatus;
	/** When n8n resumes it at the latest, if it is suspended. */
	waitTill?: Date;
	data: IRunExecutionData;
	workflowData: WorkflowSnapshot;
};

type Row = Omit<StoredExecution, 'data' | 'workflowData'> & { data: string; workflowData: string };

const isFunction = (value: unknown) => typeof value === 'function';
const { parse, stringify } = z
	.object({
		parse: z.custom<(text: string) => IRunExecutionDataAll>(isFunction),
		stringify: z.custom<(value: unknown) => string>(isFunction),
	})
	.parse(requireAsSeenBy('n8n-core', 'flatted'));

/**
 * The executions in n8n's database, serialized like in n8n's ExecutionPersistence, and written under
 * the same conditions as by ActiveExecutions and the lifecycle hooks.
 */
export class ExecutionStore {
	private readonly rows = new Map<string, Row>();

	/** Stores a new, running execution and returns its ID. */
	create(workflow: Workflow, mode: WorkflowExecuteMode, data: IRunExecutionData): string {
		const id = String(this.rows.size + 1);
		this.rows.set(id, {
			id,
			mode,
			status: 'running',
			data: stringify(data),
			workflowData: JSON.stringify(snapshotOf(workflow)),
		});
		return id;
	}

	/** Reads an execution. */
	find(id: string): StoredExecution | undefined {
		const row = this.rows.get(id);
		return (
			row && {
				...row,
				data: migrateRunExecutionData(parse(row.data)),
				workflowData: snapshotSchema.parse(JSON.parse(row.workflowData)),
			}
		);
	}

	/** The whole database row of an execution, as text. */
	text(id: string): string {
		return JSON.stringify(this.rows.get(id));
	}

	/**
	 * Marks a suspended execution as running again.
	 *
	 * @throws when it is no longer suspended
	 */
	resume(id: string, data: IRunExecutionData): void {
		const row = this.rows.get(id);
		if (row?.status !== 'waiting') {
			throw new Error('Execution is already being resumed by another process');
		}
		Object.assign(row, { status: 'running', waitTill: undefined, data: stringify(data) });
	}

	/** Saves the result of an execution unless it was cancelled. */
	save(id: string, { status, waitTill, data }: IRun, workflow: Workflow): void {
		const row = this.rows.get(id);
		if (!row || row.status === 'canceled') return;
		Object.assign(row, {
			status,
			waitTill: waitTill ?? undefined,
			data: stringify(data),
			workflowData: JSON.stringify(snapshotOf(workflow)),
		});
	}

	/** The IDs of the suspended executions whose time limit has passed. */
	due(now: number): string[] {
		return [...this.rows.values()]
			.filter(({ status, waitTill }) => status === 'waiting' && Number(waitTill) <= now)
			.map(({ id }) => id);
	}
}

function snapshotOf(workflow: Workflow): WorkflowSnapshot {
	const { id, name = '', nodes, connectionsBySourceNode, settings } = workflow;
	return { id, name, nodes: Object.values(nodes), connections: connectionsBySourceNode, settings };
}

const snapshotSchema = z.custom<WorkflowSnapshot>(
	(value) => typeof value === 'object' && value !== null,
);
