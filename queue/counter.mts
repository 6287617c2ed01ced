import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type LoopbackServer, serve } from '../harness/loopbackServer.mts';

const querySchema = z.object({
	id: z.string(),
	/** How long the response takes, in ms. */
	delay: z.coerce.number().default(0),
	/** Whether the first request of each ID gets a 500. */
	failFirst: z.literal('true').optional(),
	/** A number that the workflow reports. */
	value: z.coerce.number().default(0),
});

/** A server outside n8n that workflows call: what they call it for has run. */
export interface Counter extends LoopbackServer {
	/** The values of the successful requests, by their ID. */
	ran: Map<string, number[]>;
	/** The IDs whose request failed on purpose. */
	failed: Set<string>;
}

/** Starts a counter on 127.0.0.1. */
export async function startCounter(): Promise<Counter> {
	const ran = new Map<string, number[]>();
	const failed = new Set<string>();
	const server = await serve((request, response) => {
		const { searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
		const query = querySchema.safeParse(Object.fromEntries(searchParams));
		if (!query.success) {
			response.writeHead(400).end(query.error.message);
			return;
		}
		const { id, delay, failFirst, value } = query.data;
		const isFailure = failFirst !== undefined && !failed.has(id);
		// At once: what a killed process had done is done.
		if (isFailure) failed.add(id);
		else ran.set(id, [...(ran.get(id) ?? []), value]);
		void sleep(delay).then(() => response.writeHead(isFailure ? 500 : 200).end('{}'));
	});
	return { ...server, ran, failed };
}
