import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** A server that counts the payments that a workflow passes on. */
export interface Sink {
	url: string;
	/** How often each payment came, by its ID. */
	received: Map<string, number>;
	close(): void;
}

const bodySchema = z.object({ id: z.string() });

/** Starts a sink on 127.0.0.1. */
export async function startSink(): Promise<Sink> {
	const received = new Map<string, number>();
	const server = createServer((request, response) => {
		void text(request).then((body) => {
			const { id } = bodySchema.parse(JSON.parse(body));
			received.set(id, (received.get(id) ?? 0) + 1);
			response.end('{}');
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/`,
		received,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
