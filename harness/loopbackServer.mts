import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on 127.0.0.1. */
export interface LoopbackServer {
	/** With a slash at the end. */
	url: string;
	close(): void;
}

/** Starts an HTTP server on a free port of 127.0.0.1. */
export async function serve(listener: RequestListener): Promise<LoopbackServer> {
	const server = createServer(listener).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/`,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
