import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rsomPayData } from '../harness/credentials.mts';
import type { Credential, WorkflowJson } from '../harness/n8n/api.mts';
import { type Cluster, startCluster } from '../harness/queue/cluster.mts';
import { type Simulator, startSimulator } from '../simulator/index.mts';
import { type Counter, startCounter } from './counter.mts';
import { CREDENTIAL } from './workflows.mts';

/** How long a sender waits for a response, in ms: longer than the longest workflow takes. */
const RESPONSE_TIMEOUT_MS = 20_000;

/** What the scenarios run on. */
export interface Bed {
	cluster: Cluster;
	simulator: Simulator;
	counter: Counter;
	credential: Credential;
	/** How many times larger than the short version the scenarios are. */
	scale: number;
	/** By which factor deliveries are sent more slowly, so that this machine keeps up. */
	pace: number;
	/** Imports and publishes a workflow, and returns its ID. */
	publish(workflow: WorkflowJson): Promise<string>;
	/** The IDs of the executions of workflows with one of these statuses, or any, and a text in their data. */
	executions(
		workflowIds: readonly string[],
		statuses?: readonly string[],
		text?: string,
	): Promise<string[]>;
	/** Waits until these IDs have run, for a time at most, and then for what is late. */
	settle(ids: readonly string[], timeoutMs?: number): Promise<void>;
}

/** Starts all of it on loopback. `started` ends it. */
export async function startBed(
	started: AsyncDisposableStack,
	scale: number,
	report: (line: string) => void,
): Promise<Bed> {
	const simulator = await startSimulator({ deliveryTimeoutMs: RESPONSE_TIMEOUT_MS });
	started.defer(async () => await simulator.close());
	const counter = await startCounter();
	started.defer(() => counter.close());
	const baseline = join(import.meta.dirname, '..', 'bench', 'baseline');
	const cluster = started.use(await startCluster(report, { N8N_CUSTOM_EXTENSIONS: baseline }));
	const { api } = cluster.main;
	const data = rsomPayData(simulator);
	const credential = await api.createCredential('rsomPayApi', CREDENTIAL, data);
	return {
		cluster,
		simulator,
		counter,
		credential,
		scale,
		pace: 1,
		publish: async (workflow) => await api.importAndPublish(workflow, [credential]),
		executions: async (workflowIds, statuses, text) => {
			const isOf = `"workflowId" IN (${toSql(workflowIds)})`;
			const has = statuses === undefined ? 'true' : `status IN (${toSql(statuses)})`;
			const says =
				text === undefined
					? 'true'
					: `id IN (SELECT "executionId" FROM execution_data WHERE data LIKE '%${text}%')`;
			const sql = `SELECT id FROM execution_entity WHERE ${isOf} AND ${has} AND ${says}`;
			return (await cluster.postgres.query(sql)).map(([id]) => String(id));
		},
		settle: async (ids, timeoutMs = 30_000) => {
			const deadline = Date.now() + timeoutMs;
			while (ids.some((id) => !counter.ran.has(id)) && Date.now() < deadline) await sleep(200);
			await sleep(3_000);
		},
	};
}

/** A list of texts without quotes in them. */
const toSql = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join();
