import { randomUUID } from 'node:crypto';
import { moyasarData, rsomPayData } from '../harness/credentials.mts';
import { productionUrl } from '../harness/examples.mts';
import { type Credential, type Execution, type Item, itemsOf } from '../harness/n8n/api.mts';
import type { RunningN8n } from '../harness/n8n/running.mts';
import { until } from '../harness/n8n/until.mts';
import { chain, node, type NodeJson } from '../harness/workflows.mts';
import { type Simulator, startSimulator } from '../simulator/index.mts';

/** A published workflow that consists of a trigger only. */
export interface TriggerWorkflow {
	/** The production URL of a trigger that has one. */
	url: string;
	/** The items of all its executions so far; waits until they have finished. */
	started: () => Promise<Array<Item['json']>>;
	/** Waits until this many items have started it. */
	startedBy: (count: number) => Promise<Array<Item['json']>>;
}

/** An n8n of some version with the packages, and the simulated RsomPay and Moyasar. */
export interface Bed extends AsyncDisposable {
	n8n: RunningN8n;
	simulator: Simulator;
	/** Runs nodes after a Manual Trigger, and returns the finished execution. */
	run(...nodes: NodeJson[]): Promise<Execution>;
	/** Imports a workflow of these nodes and publishes it; endCase() unpublishes it. */
	publish(...nodes: NodeJson[]): Promise<string>;
	publishTrigger(trigger: NodeJson): Promise<TriggerWorkflow>;
	/** Unpublishes what a case has published, and empties the simulator. */
	endCase(): Promise<void>;
}

/** A RsomPay Trigger. */
export const triggerNode = (parameters: Record<string, unknown>): NodeJson =>
	node('RsomPay Trigger', 'n8n-nodes-rsompay.rsomPayTrigger', parameters, {
		typeVersion: 2,
		webhookId: randomUUID(),
		credentials: { rsomPayApi: { id: null, name: '' } },
	});

/** A RsomPay node. */
export const rsomPayNode = (name: string, parameters: Record<string, unknown>): NodeJson =>
	node(name, 'n8n-nodes-rsompay.rsomPay', parameters, {
		typeVersion: 2,
		credentials: { rsomPayApi: { id: null, name: '' } },
	});

/** A Moyasar node or a Moyasar Trigger. */
export const moyasarNode = (name: string, type: string, parameters: Record<string, unknown>) =>
	node(name, `n8n-nodes-moyasar.${type}`, parameters, {
		credentials: { moyasarApi: { id: null, name: '' } },
	});

/** Starts the simulator beside an n8n, and creates the credentials for it. */
export async function openBed(n8n: RunningN8n): Promise<Bed> {
	const { api, url } = n8n;
	const simulator = await startSimulator({ webhookDelayMs: 0 });
	const credentials: Credential[] = [
		await api.createCredential('rsomPayApi', 'RsomPay account', rsomPayData(simulator)),
		await api.createCredential('moyasarApi', 'Moyasar account', moyasarData(simulator.moyasar)),
	];
	const published: string[] = [];

	const bed: Bed = {
		n8n,
		simulator,
		run: async (...nodes) => {
			const start = node('Manual Trigger', 'n8n-nodes-base.manualTrigger');
			const id = await api.importWorkflow(chain(start, ...nodes), credentials);
			return await api.runManually(id, start.name);
		},
		publish: async (...nodes) => {
			const id = await api.importAndPublish(chain(...nodes), credentials);
			published.push(id);
			return id;
		},
		publishTrigger: async (trigger) => {
			const id = await bed.publish(trigger);
			const started = async () => {
				const executions = await api.executions(id);
				const finished = await Promise.all(executions.map((summary) => api.finished(summary.id)));
				return finished.flatMap(({ nodes }) => itemsOf(nodes[trigger.name]));
			};
			return {
				url:
					trigger.webhookId === undefined ? '' : productionUrl(url, chain(trigger), trigger.name),
				started,
				startedBy: async (count) =>
					await until(`${count} items to start the workflow`, async () => {
						const items = await started();
						return items.length >= count ? items : undefined;
					}),
			};
		},
		endCase: async () => {
			for (const id of published.splice(0)) await api.unpublish(id);
			simulator.control.reset();
			simulator.moyasar.control.reset();
		},
		[Symbol.asyncDispose]: async () => await simulator.close(),
	};
	return bed;
}
