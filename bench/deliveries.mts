import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import type { Credential } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { signBody } from '../simulator/index.mts';
import { exampleBody } from './exampleBody.mts';
import { alternate, type Comparison, mean } from './measure.mts';
import { triggerWorkflow } from './workflows.mts';

const CONNECTIONS = 8;

// Many short rounds, because other load on the machine varies by the second.
const ROUND_MS = 1_500;

const ROUNDS = 40;

/**
 * Compares valid deliveries to our trigger with deliveries to a trigger that does nothing. n8n
 * evaluates one expression more for a trigger of typeVersion 1, which most triggers have, than for
 * one of typeVersion 2, which ours has. The difference to the latter is what our trigger adds:
 * mostly storing each event ID.
 */
export async function measureDeliveries(
	n8n: N8n,
	credential: Credential,
	signingSecret: string,
): Promise<Comparison[]> {
	const ours = await triggerWorkflow(n8n.api, 'n8n-nodes-rsompay.rsomPayTrigger', {
		typeVersion: 2,
		parameters: { events: ['payment.completed'] },
		credentials: { [credential.type]: { id: credential.id, name: credential.name } },
	});
	const plain = await triggerWorkflow(n8n.api, 'CUSTOM.baseline', { typeVersion: 1 });
	const plainV2 = await triggerWorkflow(n8n.api, 'CUSTOM.baseline', { typeVersion: 2 });
	const deliver = (path: string) => async () =>
		await throughput(`${n8n.url}${path}`, signingSecret);
	const rates = await alternate(ROUNDS, {
		ours: deliver(ours),
		plain: deliver(plain),
		plainV2: deliver(plainV2),
	});
	const compare = (what: string, rate: number, limit?: Comparison['limit']): Comparison => ({
		what: `valid deliveries per second, compared with a trigger that does nothing${what}`,
		measured: `${mean(rates.ours).toFixed(1)}/s, trigger that does nothing ${rate.toFixed(1)}/s (mean of ${ROUNDS} alternating rounds)`,
		ratio: mean(rates.ours) / rate,
		limit,
	});
	return [
		compare('', mean(rates.plain), { atLeast: 0.97 }),
		compare(' (typeVersion 2)', mean(rates.plainV2)),
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
