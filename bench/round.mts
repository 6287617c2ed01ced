import { until } from '../harness/n8n/until.mts';
import { deliverFor } from './load.mts';

/** What is read before and after a round. Both grow. */
export interface Meters {
	/** The CPU time that n8n has used, in ms. */
	cpuTime(): number;
	/** The bytes that were written. */
	bytesWritten(): number | Promise<number>;
}

/** What a round of deliveries took. */
export interface Round {
	delivered: number;
	seconds: number;
	cpuMs: number;
	bytes: number;
}

/** How much CPU time n8n uses in 100 ms, in ms, when it has nothing to run. */
const IDLE_MS = 20;

/** How long executions may take after the last response, in ms. */
const DRAIN_MS = 60_000;

/**
 * Delivers for a while over some connections, and waits until n8n has run all of it: the next round
 * begins with an idle n8n, and this one is charged with all it has caused.
 */
export async function measureRound(
	url: string,
	connections: number,
	meters: Meters,
): Promise<Round> {
	const [cpuBefore, bytesBefore] = [meters.cpuTime(), await meters.bytesWritten()];
	const { delivered, seconds } = await deliverFor(url, connections);
	await idle(meters);
	return {
		delivered,
		seconds,
		cpuMs: meters.cpuTime() - cpuBefore,
		bytes: (await meters.bytesWritten()) - bytesBefore,
	};
}

async function idle(meters: Meters): Promise<void> {
	let before = -Infinity;
	await until(
		'n8n to be idle',
		() => {
			const now = meters.cpuTime();
			const isIdle = now - before <= IDLE_MS;
			before = now;
			return isIdle || undefined;
		},
		DRAIN_MS,
	);
}
