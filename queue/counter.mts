import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

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
export interface Counter {
	url: string;
	/** The values of the successful requests, by their ID. */
	ran: Map<string, number[]>;
	/** The IDs whose request failed on purpose. */
	failed: Set<string>;
	close(): void;
}

/** Starts a counter on 127.0.0.1. */
export async function startCounter(): Promise<Counter> {
	const ran = new Map<string, number[]>();
	const failed = new Set<string>();
	const server = createServer((request, response) => {
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
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/`,
		ran,
		failed,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
