import type {
	IDataObject,
	INodeExecutionData,
	INodeParameters,
	IPollFunctions,
	Workflow,
	WorkflowActivateMode,
} from 'n8n-workflow';
import { z } from 'zod';

import { additionalDataOf, type N8n } from './n8n.mts';
import { instanceOf, PollContext, PollTriggerExecutor } from './n8n-core.mts';
import { execute, type FinishedRun } from './run-workflow.mts';
import { StoredWorkflow } from './stored-workflow.mts';
import type { NodeSpec } from './workflows.mts';

type Poll = (isFirst?: boolean) => Promise<void>;

/**
 * A workflow whose first node is a polling trigger. n8n-core's own executor polls it, on n8n-core's
 * own context. As in n8n, the static data is one object while the workflow is active. It is saved
 * only on activation and when a poll starts an execution.
 */
export class PolledWorkflow {
	/** The input items of each execution, in order. */
	readonly executions: INodeExecutionData[][] = [];

	/** The errors that `poll()` threw. n8n records a failed execution for each. */
	readonly failures: unknown[] = [];

	private readonly n8n: N8n;
	private readonly trigger: NodeSpec;
	private readonly stored: StoredWorkflow;
	private active: Poll | undefined;
	private saving: Promise<void> = Promise.resolve();

	constructor(n8n: N8n, trigger: NodeSpec) {
		this.n8n = n8n;
		this.trigger = trigger;
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
		const { workflow, trigger } = this.stored.load();
		const context = this.contextOf(workflow, activation);
		const executor = z.instanceof(PollTriggerExecutor).parse(instanceOf(PollTriggerExecutor));
		const poll = executor.create(workflow, trigger, context, () => this.active === poll);
		this.active = poll;
		try {
			await workflow.expression.withIsolate(async () => await poll(true));
		} finally {
			// n8n saves the static data after a failed first poll too.
			await this.saving;
			await this.stored.saveStaticData(workflow);
		}
	}

	/** Polls as n8n's schedule does. Returns the items of the executions it started. */
	async poll(): Promise<INodeExecutionData[]> {
		if (!this.active) throw new Error('The workflow is not active.');
		const before = this.executions.length;
		await this.active();
		await this.saving;
		return this.executions.slice(before).flat();
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

	/** The workflow's static data in the database. */
	staticData(): IDataObject {
		return this.stored.staticData();
	}

	private contextOf(workflow: Workflow, activation: WorkflowActivateMode): IPollFunctions {
		const { trigger } = this.stored.load();
		return new PollContext(
			workflow,
			trigger,
			additionalDataOf(this.n8n),
			'trigger',
			activation,
			(data) => {
				this.executions.push(data.flat());
				this.saving = this.stored.saveStaticData(workflow);
			},
			(error) => this.failures.push(error),
		);
	}
}
