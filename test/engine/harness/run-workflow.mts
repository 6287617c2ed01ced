import {
	createRunExecutionData,
	type IDataObject,
	type INodeExecutionData,
	type IRun,
	type IRunExecutionData,
	type ITaskData,
	type IWorkflowExecuteAdditionalData,
	type Workflow,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import type { StoredExecution } from './execution-store.mts';
import { logLines } from './logs.mts';
import { additionalDataOf, type N8n } from './n8n.mts';
import { ExecutionLifecycleHooks, WorkflowExecute } from './n8n-core.mts';
import { buildWorkflow, restoreWorkflow, toItems, type WorkflowSpec } from './workflows.mts';

/** The result of an execution that has ended or is suspended. */
export type FinishedRun = {
	/** The status that n8n records. */
	status: IRun['status'];
	/** The error of a failed execution. */
	error: IRun['data']['resultData']['error'];
	/** The name of the node that ran last. */
	lastNode: string;
	/** The data of a node's last run, or `undefined` if it did not run. */
	task(node: string): ITaskData | undefined;
	/** The data of each run of a node, in order. */
	tasks(node: string): ITaskData[];
	/** The items of a node's last run, of all its outputs or of one. */
	items(node: string, output?: number): INodeExecutionData[];
	/** The duration in ms. */
	elapsedMs: number;
	/** Everything n8n stores or logs about it, as one text, to search for secrets. */
	everything(): string;
};

/** A running execution. */
export type Running = {
	/** n8n's ID of the execution. */
	id: string;
	/** Stops it, as n8n's stop button does. */
	cancel(): void;
	/** Resolves when it has ended or is suspended. */
	finished: Promise<FinishedRun>;
};

/** Starts a workflow at its first node, with the items as input. */
export function startWorkflow(n8n: N8n, spec: WorkflowSpec & { items?: IDataObject[] }): Running {
	const workflow = buildWorkflow(n8n, spec);
	return execute(n8n, workflow, spec.nodes[0]?.name ?? '', [toItems(spec.items ?? [{}])]);
}

/** Runs a workflow until it has ended or is suspended. */
export async function runWorkflow(
	n8n: N8n,
	spec: WorkflowSpec & { items?: IDataObject[] },
): Promise<FinishedRun> {
	return await startWorkflow(n8n, spec).finished;
}

/**
 * Executes a workflow as n8n's runner does.
 *
 * @param startNode the name of the node to start at
 * @param data its input items, by input
 */
export function execute(
	n8n: N8n,
	workflow: Workflow,
	startNode: string,
	data: INodeExecutionData[][],
	mode: WorkflowExecuteMode = 'trigger',
): Running {
	const node = workflow.getNode(startNode);
	if (!node) throw new Error(`There is no node ${startNode}`);
	const runData = createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node, data: { main: data }, source: null }] },
	});
	const id = n8n.executions.create(workflow, mode, runData);
	return run(n8n, workflow, mode, runData, id);
}

/**
 * Resumes a suspended execution as n8n's runner does.
 *
 * @throws when it is no longer suspended
 */
export function resume(n8n: N8n, { id, mode, data, workflowData }: StoredExecution): Running {
	n8n.executions.resume(id, data);
	const workflow = restoreWorkflow(n8n, workflowData);
	return run(n8n, workflow, mode, data, id, { restartExecutionId: id });
}

function run(
	n8n: N8n,
	workflow: Workflow,
	mode: WorkflowExecuteMode,
	data: IRunExecutionData,
	id: string,
	additions: Partial<IWorkflowExecuteAdditionalData> = {},
): Running {
	const hooks = new ExecutionLifecycleHooks(mode, id, {
		id: workflow.id,
		name: workflow.name ?? '',
		active: true,
		isArchived: false,
		createdAt: new Date(),
		updatedAt: new Date(),
		nodes: Object.values(workflow.nodes),
		connections: workflow.connectionsBySourceNode,
		activeVersionId: null,
	});
	// The first status counts: n8n records a cancelled execution when it is cancelled.
	let recorded: IRun['status'] | undefined;
	hooks.addHandler('workflowExecuteAfter', async (ended) => {
		recorded ??= await Promise.resolve(ended.status);
		n8n.executions.save(id, ended, workflow);
	});
	const additionalData = { ...additionalDataOf(n8n), executionId: id, hooks, ...additions };
	const engine = new WorkflowExecute(additionalData, mode, data);
	const startedAt = performance.now();
	const execution = engine.processRunExecutionData(workflow);
	const finish = async (): Promise<FinishedRun> => {
		const ended = await execution;
		const status = recorded ?? ended.status;
		return describeRun({ ...ended, status }, performance.now() - startedAt);
	};
	return { id, cancel: () => execution.cancel(), finished: finish() };
}

/**
 * Converts n8n's run data to a FinishedRun.
 *
 * @param elapsedMs the duration in ms
 */
export function describeRun(ended: Pick<IRun, 'data' | 'status'>, elapsedMs: number): FinishedRun {
	const { resultData } = ended.data;
	const tasks = (node: string) => resultData.runData[node] ?? [];
	const task = (node: string) => tasks(node).at(-1);
	return {
		status: ended.status,
		error: resultData.error,
		lastNode: resultData.lastNodeExecuted ?? '',
		task,
		tasks,
		items: (node, output) => {
			const outputs = task(node)?.data?.main ?? [];
			const selected = output === undefined ? outputs : outputs.slice(output, output + 1);
			return selected.flatMap((items) => items ?? []);
		},
		elapsedMs,
		everything: () => asText({ run: ended, logs: logLines() }),
	};
}

/** Serializes to JSON, including the fields of errors, and each object only once. */
export function asText(value: unknown): string {
	const seen = new Set<unknown>();
	return JSON.stringify(value, (_key, part: unknown) => {
		if (typeof part !== 'object' || part === null) return part;
		if (seen.has(part)) return undefined;
		seen.add(part);
		if (!(part instanceof Error)) return part;
		const { name, message, stack, cause } = part;
		return Object.assign({}, part, { name, message, stack, cause });
	});
}
