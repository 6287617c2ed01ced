import { logLines } from './logs.mts';
import type { N8n } from './n8n.mts';
import { asText, describeRun, type FinishedRun } from './run-workflow.mts';
import type { StoredExecution } from './execution-store.mts';
import { until } from './time.mts';

/** An execution as n8n's database has it, however often it is suspended and continued. */
export class Execution {
	readonly id: string;
	private readonly n8n: N8n;

	constructor(n8n: N8n, id: string) {
		this.n8n = n8n;
		this.id = id;
	}

	get status(): StoredExecution['status'] {
		return this.stored().status;
	}

	/** When it is continued at the latest, if it is suspended. */
	get waitTill(): Date | undefined {
		return this.stored().waitTill;
	}

	/** The address at which it is continued: `$execution.resumeUrl`. */
	get url(): string {
		const { resumeToken = '' } = this.stored().data;
		return `${this.n8n.server.baseUrl}webhook-waiting/${this.id}?signature=${resumeToken}`;
	}

	/** What there is of it so far. */
	soFar(): FinishedRun {
		return describeRun(this.stored(), 0);
	}

	/** Waits until nothing of it runs any more: it is suspended again, or has ended. */
	async paused(): Promise<void> {
		await until(() => this.status !== 'running');
	}

	/** Waits until it has ended; rejects if that takes long. */
	async ended(): Promise<FinishedRun> {
		await until(() => this.status !== 'waiting' && this.status !== 'running');
		return this.soFar();
	}

	/** All that n8n has stored or logged of it, as one text: where a secret would turn up. */
	everything(): string {
		return this.n8n.executions.text(this.id) + asText(logLines());
	}

	private stored(): StoredExecution {
		const execution = this.n8n.executions.find(this.id);
		if (!execution) throw new Error(`There is no execution ${this.id}`);
		return execution;
	}
}
