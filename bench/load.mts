import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import { signBody } from '../simulator/index.mts';
import { exampleBody } from './exampleBody.mts';
import { SIGNING_SECRET } from './triggers.mts';

// Many short rounds, because other load on the machine varies by the second.
const ROUND_MS = 1_500;

/** How many events a trigger saves. After so many, each further delivery writes as much as any. */
const SAVED_EVENTS = 200;

/** Delivers signed events, each a new one, over some connections for the time of a round. */
export async function deliverFor(
	url: string,
	connections: number,
): Promise<{ delivered: number; seconds: number }> {
	const start = performance.now();
	const delivered = await deliverWhile(
		() => performance.now() - start < ROUND_MS,
		url,
		connections,
	);
	return { delivered, seconds: (performance.now() - start) / 1_000 };
}

/** Delivers as many events as a trigger saves. */
export async function fillStore(url: string): Promise<void> {
	let left = SAVED_EVENTS;
	await deliverWhile(() => left-- > 0, url, 4);
}

async function deliverWhile(
	continues: () => boolean,
	url: string,
	connections: number,
): Promise<number> {
	const httpAgent = new Agent({ keepAlive: true });
	const client = axios.create({
		headers: { 'Content-Type': 'application/json' },
		httpAgent,
		proxy: false,
	});
	let delivered = 0;
	const connection = async () => {
		while (continues()) {
			const body = exampleBody(randomUUID());
			await client.post(url, body, {
				headers: { 'X-Rsom-Signature': signBody(body, SIGNING_SECRET) },
			});
			delivered++;
		}
	};
	await Promise.all(Array.from({ length: connections }, connection));
	httpAgent.destroy();
	return delivered;
}
