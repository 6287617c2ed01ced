import { randomUUID } from 'node:crypto';
import type {
	GenericValue,
	IDataObject,
	INodeExecutionData,
	INode,
	INodeParameters,
	Workflow,
	WorkflowActivateMode,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { z } from 'zod';

import { additionalDataOf, type N8n } from './n8n.mts';
import { instanceOf, PollContext, PollTriggerExecutor } from './n8n-core.mts';
import { execute, type FinishedRun } from './run-workflow.mts';
import { StoredWorkflow } from './stored-workflow.mts';
import type { NodeSpec } from './workflows.mts';

type Poll = (isFirst?: boolean) => Promise<void>;

/** Which of n8n's engines polls. */
export type PollEngine = 'default' | 'durable scheduler' | 'durable cursors';

/** Where n8n ends after a poll that found something: before it saves, before it creates the execution. */
export type EndsBefore = 'saving' | 'execution';

/**
 * A workflow whose first node is a polling trigger. n8n-core's own executor polls it, on n8n-core's
 * own context. As in n8n's default engine, the static data is one object while the workflow is active.
 * It is saved only on activation and when a poll starts an execution.
 *
 * On n8n's durable scheduler, each scheduled poll has a new context in activation mode `update`, and
 * the static data as it is stored. With durable cursors, the cursor is stored with the execution, and
 * after a scheduled poll that finds nothing.
 */
export class PolledWorkflow {
	/** What the trigger has output in each execution, in order. */
	readonly executions: INodeExecutionData[][] = [];

	/** The errors that `poll()` threw. n8n records a failed execution for each. */
	readonly failures: unknown[] = [];

	/** What the polls have handed over, whether an execution has output it or not. */
	readonly handedOver: INodeExecutionData[][] = [];

	/** How long a poll may take, in ms. */
	budgetMs = 300_000;

	/** Set to end n8n after the next poll that finds something. */
	endsBefore: EndsBefore | undefined;

	private readonly n8n: N8n;
	private readonly trigger: NodeSpec;
	private readonly stored: StoredWorkflow;
	private readonly engine: PollEngine;
	private active: Poll | undefined;
	private saving: Promise<void> = Promise.resolve();
	/** n8n's table of durable cursors. */
	private storedCursor: string | undefined;

	constructor(n8n: N8n, trigger: NodeSpec, engine: PollEngine = 'default') {
		this.n8n = n8n;
		this.trigger = trigger;
		this.engine = engine;
		this.stored = new StoredWorkflow(n8n, [trigger]);
	}

	/**
	 * Activates it and polls for the first time.
	 *
	 * @param activation `activate` for publishing, `update` for a change, `init` for a start of n8n
	 * @throws what the first poll throws
	 */
	async activate(activation: WorkflowActivateMode = 'activate'): Promise<void> {
		this.active = undefined;
		const { workflow, poll } = this.createPoll(activation, () => this.active === poll);
		this.active = this.engine === 'default' ? poll : async () => await this.prepare()();
		// The durable scheduler has its job already.
		if (this.engine !== 'default' && activation === 'init') return;
		const isCurrent = this.active;
		this.active = poll;
		try {
			await workflow.expression.withIsolate(async () => await poll(true));
		} finally {
			this.active = isCurrent;
			// n8n saves the static data after a failed first poll too.
			await this.saving;
			await this.stored.saveStaticData(workflow);
		}
	}

	/** Polls as n8n's schedule does. Returns what the executions that it started have output. */
	async poll(): Promise<INodeExecutionData[]> {
		if (!this.active) throw new Error('The workflow is not active.');
		const before = this.executions.length;
		await this.active();
		await this.saving;
		return this.executions.slice(before).flat();
	}

	/**
	 * Prepares a poll of the durable scheduler, which reads the static data or the cursor now. Poll
	 * times that fall together are prepared together.
	 */
	prepare(): () => Promise<void> {
		const { poll } = this.createPoll('update', () => true);
		return async () => {
			await poll();
			await this.saving;
		};
	}

	/** Retries an execution, counted from 0, as a user does. Returns what the trigger outputs. */
	async retry(index: number): Promise<INodeExecutionData[]> {
		return await this.run(this.handedOver.slice(index, index + 1), 'retry');
	}

	/** Restarts n8n and activates the workflow again. Only the database survives. */
	async restart(): Promise<void> {
		await this.n8n.restart();
		await this.activate('init');
	}

	/** Changes the trigger's parameters and publishes them. */
	async change(parameters: INodeParameters): Promise<void> {
		this.trigger.parameters = { ...this.trigger.parameters, ...parameters };
		await this.activate('update');
	}

	/** Executes the trigger in the editor. */
	async runManually(): Promise<FinishedRun> {
		const { workflow, trigger } = this.stored.load();
		const run = await execute(this.n8n, workflow, trigger.name, [[{ json: {} }]], 'manual')
			.finished;
		await this.stored.saveStaticData(workflow);
		return run;
	}

	/** Deletes the trigger and adds it again under the same name, and publishes that. */
	async addAgain(): Promise<void> {
		this.trigger.id = randomUUID();
		await this.activate('update');
	}

	/** The workflow's time zone. */
	set timezone(zone: string) {
		this.stored.timezone = zone;
	}

	/** n8n's ID of the workflow. */
	get id(): string {
		return this.stored.id;
	}

	/** The workflow's static data in the database. */
	staticData(): IDataObject {
		return this.stored.staticData();
	}

	private createPoll(activation: WorkflowActivateMode, isCurrent: () => boolean) {
		const { workflow, trigger } = this.stored.load();
		const cursor = this.loadCursor(workflow, trigger);
		const context = new PollContext(
			workflow,
			trigger,
			additionalDataOf(this.n8n),
			'trigger',
			activation,
			(data) => {
				this.handedOver.push(data.flat());
				this.saving = this.handOver(workflow, data, cursor);
			},
			(error) => this.failures.push(error),
			async () => {
				this.commit(cursor);
				await Promise.resolve();
			},
			undefined,
			cursor && (() => cursor),
			() => this.budgetMs,
		);
		const executor = z.instanceof(PollTriggerExecutor).parse(instanceOf(PollTriggerExecutor));
		return { workflow, poll: executor.create(workflow, trigger, context, isCurrent) };
	}

	private loadCursor(workflow: Workflow, trigger: INode): IDataObject | undefined {
		if (this.engine !== 'durable cursors') return undefined;
		this.storedCursor ??= JSON.stringify(workflow.getStaticData('node', trigger));
		return z.record(z.custom<GenericValue>(() => true)).parse(JSON.parse(this.storedCursor));
	}

	private commit(cursor: IDataObject | undefined): void {
		if (cursor) this.storedCursor = JSON.stringify(cursor);
	}

	private async handOver(
		workflow: Workflow,
		data: INodeExecutionData[][],
		cursor: IDataObject | undefined,
	): Promise<void> {
		const { endsBefore } = this;
		this.endsBefore = undefined;
		if (endsBefore === 'saving') return;
		await this.stored.saveStaticData(workflow);
		// With a durable cursor, an execution that is created is not lost.
		if (endsBefore === 'execution' && !cursor) return;
		this.commit(cursor);
		this.executions.push(await this.run(data, 'trigger'));
	}

	private async run(
		data: INodeExecutionData[][],
		mode: WorkflowExecuteMode,
	): Promise<INodeExecutionData[]> {
		// What n8n stores of the items of an execution.
		const stored = z
			.array(z.array(z.custom<INodeExecutionData>(() => true)))
			.parse(JSON.parse(JSON.stringify(data)));
		const { name } = this.trigger;
		const { workflow } = this.stored.load();
		const run = await execute(this.n8n, workflow, name, stored, mode).finished;
		if (run.status !== 'success') throw new Error(`The execution failed: ${run.error?.message}`);
		return run.items(name);
	}
}
