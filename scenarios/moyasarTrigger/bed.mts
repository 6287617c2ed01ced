import { setTimeout as wait } from 'node:timers/promises';
import { moyasarData } from '../../harness/credentials.mts';
import type { Credential, Execution } from '../../harness/n8n/api.mts';
import { N8n } from '../../harness/n8n/n8n.mts';
import { pollAtSeconds } from '../../harness/n8n/pollEngines.mts';
import { chain, node, type NodeJson } from '../../harness/workflows.mts';
import { type MoyasarControl, type Simulator, startSimulator } from '../../simulator/index.mts';
import { type Sink, startSink } from './sink.mts';

/** What became of the payments of a case. */
export interface Outcome {
	/** Payments that nothing shows: no workflow got them, and no execution has them. */
	lost: number;
	/** Payments that the workflow got more than once. */
	twice: number;
	/** Payments that must not start the workflow and did. */
	unwanted: number;
	/** Payments of executions that n8n was killed in: it shows them as crashed. */
	crashed: number;
	/** Those of them that did not come either when the execution was retried. */
	notRetried: number;
}

const EVERY_SECOND = Array.from({ length: 60 }, (_, second) => second);

/** A real n8n with one poll engine, the simulated Moyasar, and a sink. */
export class Bed {
	readonly n8n: N8n;
	readonly control: MoyasarControl;
	readonly #simulator: Simulator;
	readonly #sink: Sink;
	readonly #credential: Credential;

	private constructor(n8n: N8n, simulator: Simulator, sink: Sink, credential: Credential) {
		this.n8n = n8n;
		this.control = simulator.moyasar.control;
		this.#simulator = simulator;
		this.#sink = sink;
		this.#credential = credential;
	}

	static async start(env: Record<string, string>): Promise<Bed> {
		const simulator = await startSimulator();
		const n8n = await N8n.start({ env: { N8N_DISABLE_UI: 'true', ...env } });
		const data = moyasarData(simulator.moyasar);
		const credential = await n8n.api.createCredential('moyasarApi', 'Moyasar account', data);
		return new Bed(n8n, simulator, await startSink(), credential);
	}

	/** Imports a workflow that consists of the trigger only. */
	async importTrigger(parameters?: Record<string, unknown>): Promise<string> {
		return await this.n8n.api.importWorkflow(chain(triggerNode(parameters)), [this.#credential]);
	}

	/** Imports a workflow that passes each payment on to the sink. */
	async import(parameters?: Record<string, unknown>): Promise<string> {
		const pass = node(
			'Pass On',
			'n8n-nodes-base.httpRequest',
			{
				method: 'POST',
				url: this.#sink.url,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: '={{ JSON.stringify({ id: $json.id }) }}',
				options: {},
			},
			{ typeVersion: 4.2 },
		);
		const workflow = chain(triggerNode(parameters), pass);
		return await this.n8n.api.importWorkflow(workflow, [this.#credential]);
	}

	/** Publishes a workflow. Moyasar's clock, by which it starts, has whole seconds. */
	async publish(workflowId: string): Promise<void> {
		await this.n8n.api.publish(workflowId);
		await wait(1_100);
	}

	/** Adds payments, one millisecond apart, the last one now. */
	pay(count: number): string[] {
		const now = Date.now();
		return Array.from(
			{ length: count },
			(_, index) => this.control.addPayment({ createdAt: new Date(now - count + index + 1) }).id,
		);
	}

	/** Waits until this many polls were answered after a moment. */
	async polls(since: number, count = 1): Promise<void> {
		const isPoll = ({ query, answeredAt }: ReturnType<MoyasarControl['requests']>[number]) =>
			'created[gt]' in query && query.page === '1' && answeredAt !== null && answeredAt >= since;
		const deadline = Date.now() + 60_000;
		while (this.control.requests().filter(isPoll).length < count) {
			if (Date.now() > deadline) throw new Error('n8n has not polled for 60 s.');
			await wait(1);
		}
	}

	/** Waits until the workflow has got these payments. */
	async received(payments: readonly string[]): Promise<void> {
		const deadline = Date.now() + 30_000;
		while (payments.some((id) => !this.#sink.received.has(id))) {
			if (Date.now() > deadline) throw new Error('The workflow has not got the first payments.');
			await wait(50);
		}
	}

	/**
	 * Waits until all payments have arrived, or for 15 seconds, then for two more polls. Then retries
	 * the executions that n8n shows as crashed, as a user would.
	 */
	async outcome(
		workflowId: string,
		wanted: readonly string[],
		unwanted: readonly string[] = [],
	): Promise<Outcome> {
		const missing = () => wanted.filter((id) => !this.#sink.received.has(id));
		const deadline = Date.now() + 15_000;
		let crashed = await this.#crashedExecutions(workflowId);
		const lost = () => missing().filter((id) => !crashed.some(({ stored }) => stored.includes(id)));
		while (lost().length > 0 && Date.now() < deadline) {
			await wait(200);
			crashed = await this.#crashedExecutions(workflowId);
		}
		await this.polls(Date.now(), 3);
		const inCrashed = missing().length - lost().length;
		const found = { lost: lost().length, crashed: inCrashed };
		for (const { id } of inCrashed > 0 ? crashed : []) await this.n8n.api.retry(id);
		if (inCrashed > 0) await wait(1_000);
		const times = (id: string) => this.#sink.received.get(id) ?? 0;
		return {
			...found,
			notRetried: missing().length - found.lost,
			twice: wanted.filter((id) => times(id) > 1).length,
			unwanted: unwanted.filter((id) => times(id) > 0).length,
		};
	}

	async #crashedExecutions(workflowId: string): Promise<Execution[]> {
		const { api } = this.n8n;
		const crashed = (await api.executions(workflowId)).filter(({ status }) => status === 'crashed');
		return await Promise.all(crashed.map(async ({ id }) => await api.execution(id)));
	}

	async close(): Promise<void> {
		await this.n8n.stop();
		this.#sink.close();
		await this.#simulator.close();
	}
}

function triggerNode(parameters: Record<string, unknown> = {}): NodeJson {
	return node(
		'Moyasar Trigger',
		'n8n-nodes-moyasar.moyasarTrigger',
		{ pollTimes: pollAtSeconds(EVERY_SECOND), ...parameters },
		{ credentials: { moyasarApi: { id: null, name: 'Moyasar account' } } },
	);
}
