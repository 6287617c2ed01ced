import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type LoopbackServer, serve } from '../../harness/loopbackServer.mts';

/** A server that counts the payments that a workflow passes on. */
export interface Sink extends LoopbackServer {
	/** How often each payment came, by its ID. */
	received: Map<string, number>;
}

const bodySchema = z.object({ id: z.string() });

/** Starts a sink on 127.0.0.1. */
export async function startSink(): Promise<Sink> {
	const received = new Map<string, number>();
	const server = await serve((request, response) => {
		void text(request).then((body) => {
			const { id } = bodySchema.parse(JSON.parse(body));
			received.set(id, (received.get(id) ?? 0) + 1);
			response.end('{}');
		});
	});
	return { ...server, received };
}
