import { setTimeout as sleep } from 'node:timers/promises';
import { exampleBody } from '../bench/exampleBody.mts';
import type { Balancing } from '../harness/queue/nginx.mts';
import type { Bed } from './bed.mts';

/** How requests reach a webhook processor; "alternating": the next one goes to the other processor. */
export type Route = Balancing | 'alternating';

/** The waits before the second, third, … attempt, in ms. The last one repeats. */
const RETRY_MS = [1_000, 2_000, 5_000];

/**
 * How long a sender tries, in ms. n8n finds up to 90 s later that a worker was killed: until then the
 * event is in flight.
 */
export const PATIENCE_MS = 150_000;

/** What the sender of a delivery saw. */
export interface Sent {
	eventId: string;
	isAcknowledged: boolean;
	/** The statuses of the responses; 0 for none. */
	statuses: number[];
}

/** Sends signed deliveries as RsomPay does: each again until it is acknowledged. */
export class Sender {
	readonly #bed: Bed;
	readonly #route: Route;

	private constructor(bed: Bed, route: Route) {
		this.#bed = bed;
		this.#route = route;
	}

	/** Sets nginx up for a route. */
	static async create(bed: Bed, route: Route): Promise<Sender> {
		if (route !== 'alternating') await bed.cluster.nginx.balance(route);
		return new Sender(bed, route);
	}

	/**
	 * Sends a delivery until it is acknowledged.
	 * @param path of the trigger's production URL
	 * @param turn selects the first processor, if the route alternates
	 */
	async deliver(
		path: string,
		eventId: string,
		turn: number,
		patienceMs = PATIENCE_MS,
	): Promise<Sent> {
		const body = exampleBody(eventId);
		const deadline = Date.now() + patienceMs;
		const statuses: number[] = [];
		for (;;) {
			const url = this.#address(turn + statuses.length) + path;
			const status = await this.#attempt(url, body);
			statuses.push(status);
			const isAcknowledged = status >= 200 && status < 300;
			if (isAcknowledged || Date.now() > deadline) return { eventId, isAcknowledged, statuses };
			await sleep(RETRY_MS[Math.min(statuses.length, RETRY_MS.length) - 1]);
		}
	}

	/** Sends copies of a delivery, each this long (ms) after the first. */
	async deliverCopies(
		path: string,
		eventId: string,
		copiesAt: readonly number[],
		turn: number,
	): Promise<Sent[]> {
		return await Promise.all(
			copiesAt.map(async (at, copy) => {
				await sleep(at);
				return await this.deliver(path, eventId, turn + copy);
			}),
		);
	}

	#address(turn: number): string {
		const { nginx, processors } = this.#bed.cluster;
		if (this.#route !== 'alternating') return nginx.url;
		return turn % 2 === 0 ? processors[0].url : processors[1].url;
	}

	async #attempt(url: string, rawBody: string): Promise<number> {
		try {
			return (await this.#bed.simulator.control.deliver({ url, rawBody })).status;
		} catch {
			// No response: RsomPay tries again, too.
			return 0;
		}
	}
}

/** Starts something at a steady pace, at which the machine keeps up, and waits until all has ended. */
export async function paced<T, R>(
	{ pace }: Bed,
	items: readonly T[],
	everyMs: number,
	start: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
	const began = Date.now();
	return await Promise.all(
		items.map(async (item, index) => {
			await sleep(Math.max(0, began + index * everyMs * pace - Date.now()));
			return await start(item, index);
		}),
	);
}
