import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { z } from 'zod';

/** A message that was sent through WhatsApp's API. */
export interface WhatsAppMessage {
	/** With the host, as the node addresses it. */
	url: string;
	authorization: string | undefined;
	body: unknown;
}

/** A stand-in for WhatsApp's API: an HTTP proxy on 127.0.0.1, which lets nothing out. */
export interface WhatsApp {
	/** Environment variables of an n8n that reaches it: the WhatsApp node has no setting for the address. */
	env: { HTTPS_PROXY: string; NODE_TLS_REJECT_UNAUTHORIZED: '0' };
	/** The messages so far, oldest first. */
	messages(): WhatsAppMessage[];
	close(): void;
}

const messageSchema = z.object({ to: z.string() });

// The mail server of the tests has a certificate for tests.
const tls = z
	.function()
	.args()
	.returns(z.object({ key: z.string(), cert: z.string() }).passthrough())
	.parse(createRequire(import.meta.url)('smtp-server/lib/tls-options'));

/** Starts a stand-in for WhatsApp's API, which accepts every message. */
export async function startWhatsApp(): Promise<WhatsApp> {
	const messages: WhatsAppMessage[] = [];
	const tunnels = new Set<Socket>();

	const receive = async (request: IncomingMessage, response: ServerResponse) => {
		const body: unknown = JSON.parse(await text(request));
		const { host = '', authorization } = request.headers;
		messages.push({ url: `https://${host}${request.url ?? ''}`, authorization, body });
		const { to } = messageSchema.parse(body);
		response.setHeader('Content-Type', 'application/json');
		response.end(
			JSON.stringify({
				messaging_product: 'whatsapp',
				contacts: [{ input: to, wa_id: to }],
				messages: [{ id: `wamid.${messages.length}`, message_status: 'accepted' }],
			}),
		);
	};
	const server = createServer((request, response) => {
		receive(request, response).catch(() => response.writeHead(400).end());
	});
	// The tunnel ends here, whatever host it is for.
	server.on('connect', (_request, socket: Socket) => {
		tunnels.add(socket.on('error', () => socket.destroy()));
		socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
		const { key, cert } = tls();
		server.emit('connection', new TLSSocket(socket, { isServer: true, key, cert }));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;

	return {
		env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
		messages: () => [...messages],
		close: () => {
			for (const tunnel of tunnels) tunnel.destroy();
			server.close();
		},
	};
}
