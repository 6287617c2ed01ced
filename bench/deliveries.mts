import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import type { Credential } from '../demo/n8n/api.mts';
import type { N8n } from '../demo/n8n/n8n.mts';
import { signBody } from '../simulator/index.mts';
import { exampleBody } from './exampleBody.mts';
import { alternate, type Claim, median } from './measure.mts';
import { triggerWorkflow } from './workflows.mts';

const CONNECTIONS = 8;

const ROUND_MS = 4_000;

const ROUNDS = 12;

/** Valid deliveries through n8n, beside a trigger that does nothing. */
export async function measureDeliveries(
	n8n: N8n,
	credential: Credential,
	signingSecret: string,
): Promise<Claim> {
	const ours = await triggerWorkflow(n8n.api, 'n8n-nodes-rsompay.rsomPayTrigger', {
		parameters: { events: ['payment.completed'] },
		credentials: { [credential.type]: { id: credential.id, name: credential.name } },
	});
	const nothing = await triggerWorkflow(n8n.api, 'CUSTOM.baseline', {});
	const deliver = (path: string) => async () =>
		await throughput(`${n8n.url}${path}`, signingSecret);
	const rates = await alternate(ROUNDS, { ours: deliver(ours), nothing: deliver(nothing) });
	const ratios = rates.ours.map((rate, round) => rate / (rates.nothing[round] ?? NaN));
	return {
		what: 'valid deliveries a second through n8n, beside a trigger that does nothing',
		measured: `${median(rates.ours).toFixed(1)}/s, nothing ${median(rates.nothing).toFixed(1)}/s (median of ${ROUNDS} rounds side by side)`,
		ratio: median(ratios),
		bound: { atLeast: 0.97 },
	};
}

async function throughput(url: string, signingSecret: string): Promise<number> {
	const client = axios.create({
		headers: { 'Content-Type': 'application/json' },
		httpAgent: new Agent({ keepAlive: true }),
		proxy: false,
	});
	const start = performance.now();
	let delivered = 0;
	const connection = async () => {
		while (performance.now() - start < ROUND_MS) {
			const body = exampleBody(randomUUID());
			await client.post(url, body, {
				headers: { 'X-Rsom-Signature': signBody(body, signingSecret) },
			});
			delivered++;
		}
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, connection));
	return delivered / ((performance.now() - start) / 1_000);
}
