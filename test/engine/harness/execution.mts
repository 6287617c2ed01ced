import { createHmac } from 'node:crypto';
import { logLines } from './logs.mts';
import type { N8n } from './n8n.mts';
import { asText, describeRun, type FinishedRun } from './run-workflow.mts';
import type { StoredExecution } from './execution-store.mts';
import { until } from './time.mts';

/** An execution in n8n's database. It can be suspended and resumed several times. */
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

	/** When n8n resumes it at the latest, if it is suspended. */
	get waitTill(): Date | undefined {
		return this.stored().waitTill;
	}

	/** The URL that 'This Execution' gives RsomPay. */
	get url(): string {
		return this.resumeUrl('/rsompay');
	}

	/** The return URL that 'This Execution' gives the customer of an invoice. */
	returnUrl(externalId: string): string {
		const { resumeToken = '' } = this.stored().data;
		const binding = createHmac('sha256', resumeToken).update(externalId).digest('hex');
		return `${this.url}&returned=${binding.slice(0, 32)}`;
	}

	/**
	 * Its resume URL: `$execution.resumeUrl`.
	 *
	 * @param suffix is appended to the path
	 */
	resumeUrl(suffix = ''): string {
		const { resumeToken = '' } = this.stored().data;
		return `${this.n8n.server.baseUrl}webhook-waiting/${this.id}${suffix}?signature=${resumeToken}`;
	}

	/** The run so far. */
	soFar(): FinishedRun {
		return describeRun(this.stored(), 0);
	}

	/** Waits until it is suspended or has ended. */
	async paused(): Promise<void> {
		await until(() => this.status !== 'running');
	}

	/**
	 * Waits until it has ended.
	 *
	 * @throws when it has not ended after five seconds
	 */
	async ended(): Promise<FinishedRun> {
		await until(() => this.status !== 'waiting' && this.status !== 'running');
		return this.soFar();
	}

	/** Everything n8n has stored or logged about it, as one text, to search for secrets. */
	everything(): string {
		return this.n8n.executions.text(this.id) + asText(logLines());
	}

	private stored(): StoredExecution {
		const execution = this.n8n.executions.find(this.id);
		if (!execution) throw new Error(`There is no execution ${this.id}`);
		return execution;
	}
}
