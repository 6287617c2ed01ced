import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { rsomPayData } from '../harness/credentials.mts';
import type { Credential } from '../harness/n8n/api.mts';
import { serve } from '../harness/loopbackServer.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { until } from '../harness/n8n/until.mts';
import { chain, CREATE, node, WAIT_FOR_PAYMENT } from '../harness/workflows.mts';
import type * as schedule from '../nodes/RsomPay/wait/schedule.ts';
import { startSimulator } from '../simulator/index.mts';
import type { Figure, Scenario } from './scenario.mts';

const { isOver, nextWake } = createRequire(import.meta.url)(
	'../dist/nodes/RsomPay/wait/schedule.js',
) as typeof schedule;

const EXECUTIONS = 200;

/** The first interval of the polls, and what n8n itself may be late. */
const INTERVAL_S = 60;
const N8N_S = 60;

/**
 * 200 executions wait for a payment each, RsomPay sends no webhook, and all invoices are paid within a
 * minute.
 */
export const lostCallbacks: Scenario = {
	name: 'lost-callbacks',
	description: `${EXECUTIONS} executions wait, all webhooks are lost, all invoices are paid (4 min)`,
	run: async (report) => {
		await using started = new AsyncDisposableStack();
		const simulator = await startSimulator();
		started.defer(async () => await simulator.close());
		simulator.control.configure({ events: [] });
		const resumed = new Map<string, number[]>();
		const server = await serve((request, response) => {
			const id = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('id') ?? '';
			resumed.set(id, [...(resumed.get(id) ?? []), Date.now()]);
			response.end('{}');
		});
		started.defer(() => server.close());
		const n8n = started.use(await N8n.start({ onProgress: report }));
		const credential = await n8n.api.createCredential(
			'rsomPayApi',
			'RsomPay account',
			rsomPayData(simulator),
		);

		const path = randomUUID();
		await n8n.api.importAndPublish(workflow(path, credential, server.url), [credential]);
		report(`Starting ${EXECUTIONS} executions`);
		const ids = Array.from({ length: EXECUTIONS }, (_, index) => `ORDER-${index + 1}`);
		for (const id of ids) {
			await axios.post(`${n8n.url}/webhook/${path}`, { id }, { proxy: false });
		}
		await until(
			'all invoices to be created',
			() => simulator.control.invoices().length === EXECUTIONS || undefined,
			120_000,
		);
		report('Paying all invoices within 60 s');
		const paidAt = new Map<string, number>();
		for (const id of ids) {
			paidAt.set(id, Date.now());
			simulator.control.payInvoice(id);
			await sleep((INTERVAL_S * 1_000) / EXECUTIONS);
		}
		await until(
			'all executions to resume',
			() => resumed.size === EXECUTIONS || undefined,
			10 * 60_000,
		);
		const delays = ids.map((id) => ((resumed.get(id)?.[0] ?? 0) - (paidAt.get(id) ?? 0)) / 1_000);
		const lookups = simulator.control
			.requests()
			.filter(({ path: requested }) => requested.endsWith('/by-reference')).length;
		return [
			{ label: 'executions resumed', value: resumed.size, atLeast: EXECUTIONS },
			{
				label: 'of them more than once',
				value: [...resumed.values()].filter(({ length }) => length > 1).length,
				atMost: 0,
			},
			{
				label: 's at most from paid to resumed (intervals 60 s and 120 s)',
				value: Math.max(...delays),
				// Who pays right after the first poll is found by the second.
				atMost: 2 * INTERVAL_S + N8N_S,
			},
			{ label: 's from paid to resumed, median', value: median(delays) },
			{ label: 'requests of Get by Reference for each', value: lookups / EXECUTIONS, atMost: 3 },
			pollsADay(1),
			pollsADay(5),
		];
	},
};

/** Creates an invoice, waits for its payment, and calls a server. */
function workflow(path: string, credential: Credential, url: string) {
	const credentials = { [credential.type]: { id: credential.id, name: credential.name } };
	const action = 'n8n-nodes-rsompay.rsomPay';
	return chain(
		node(
			'Webhook',
			'n8n-nodes-base.webhook',
			{ path, httpMethod: 'POST', responseMode: 'onReceived', options: {} },
			{ typeVersion: 2, webhookId: path },
		),
		node(
			'Create',
			action,
			{ ...CREATE, externalId: '={{ $json.body.id }}', customerId: '={{ $json.body.id }}' },
			{ credentials },
		),
		node('Wait for Payment', action, { ...WAIT_FOR_PAYMENT, pollAfter: 1 }, { credentials }),
		node(
			'Report',
			'n8n-nodes-base.httpRequest',
			{ url: `=${url}?id={{ $('Wait for Payment').first().json.external_id }}` },
			{ typeVersion: 4.2 },
		),
	);
}

/** How often an invoice that waits for a day is looked up, by the built schedule of the node. */
function pollsADay(firstAfterMin: number): Figure {
	const until = 24 * 60 * 60_000;
	// Before the wait.
	let lookups = 1;
	for (let now = 0, intervalMs: number | undefined = firstAfterMin * 60_000; ; lookups++) {
		if (isOver({ until }, now)) break;
		({ wakeAt: now, intervalMs } = nextWake({ until, intervalMs }, now));
	}
	return {
		label: `requests a day for an open invoice, first poll after ${firstAfterMin} min`,
		value: lookups,
		atMost: 30,
	};
}

function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
