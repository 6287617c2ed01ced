import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import type { Credential } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { signBody } from '../simulator/index.mts';
import { exampleBody } from './exampleBody.mts';
import { alternate, type Claim, mean } from './measure.mts';
import { triggerWorkflow } from './workflows.mts';

const CONNECTIONS = 8;

// Short and many, since whatever else the machine does comes and goes by the second.
const ROUND_MS = 1_500;

const ROUNDS = 40;

/**
 * Valid deliveries through n8n, beside a trigger that does nothing: one of version 1, as triggers
 * are, for which n8n evaluates an expression more; and one of version 2, which is spared that as
 * ours is. Beside the latter, what is left is what our trigger adds: mostly that it writes each
 * delivery down.
 */
export async function measureDeliveries(
	n8n: N8n,
	credential: Credential,
	signingSecret: string,
): Promise<Claim[]> {
	const ours = await triggerWorkflow(n8n.api, 'n8n-nodes-rsompay.rsomPayTrigger', {
		typeVersion: 2,
		parameters: { events: ['payment.completed'] },
		credentials: { [credential.type]: { id: credential.id, name: credential.name } },
	});
	const plain = await triggerWorkflow(n8n.api, 'CUSTOM.baseline', { typeVersion: 1 });
	const spared = await triggerWorkflow(n8n.api, 'CUSTOM.baseline', { typeVersion: 2 });
	const deliver = (path: string) => async () =>
		await throughput(`${n8n.url}${path}`, signingSecret);
	const rates = await alternate(ROUNDS, {
		ours: deliver(ours),
		plain: deliver(plain),
		spared: deliver(spared),
	});
	const beside = (what: string, rate: number, bound?: Claim['bound']): Claim => ({
		what: `valid deliveries a second through n8n, beside a trigger that does nothing${what}`,
		measured: `${mean(rates.ours).toFixed(1)}/s, nothing ${rate.toFixed(1)}/s (mean of ${ROUNDS} rounds side by side)`,
		ratio: mean(rates.ours) / rate,
		bound,
	});
	return [
		beside('', mean(rates.plain), { atLeast: 0.97 }),
		beside(', itself of version 2', mean(rates.spared)),
	];
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
