import { once } from 'node:events';
import { createServer } from 'node:http';
import { UserError } from 'n8n-workflow';
import { z } from 'zod';

import {
	toWebhookRequest,
	toWebhookResponse,
	type WebhookRequest,
	type WebhookResponse,
} from './express.mts';
import { getHtmlSandboxCSP, isWebhookHtmlSandboxingDisabled } from './n8n-core.mts';

/**
 * n8n's reply to a webhook: none when the node has responded itself, `static` after an execution was
 * started, `legacy` otherwise.
 */
export type WebhookReply =
	{ noWebhookResponse: true } | { kind: 'static' | 'legacy'; data: unknown; responseCode?: number };

export const NO_REPLY: WebhookReply = { noWebhookResponse: true };

/** Handles a request as n8n does. Errors become the responses that n8n sends. */
type Handler = (request: WebhookRequest, response: WebhookResponse) => Promise<WebhookReply>;

/** An error with the HTTP status that n8n responds with. */
export class ResponseError extends Error {
	readonly httpStatusCode: number;

	constructor(httpStatusCode: number, message: string) {
		super(message);
		this.httpStatusCode = httpStatusCode;
	}
}

/** n8n's HTTP server, for webhooks only. */
export class WebhookServer {
	/** Its base URL, with a trailing slash. */
	readonly baseUrl: string;
	private readonly handlers = new Map<string, Handler>();
	private readonly inFlight = new Set<Promise<void>>();
	private readonly server;

	private constructor(server: ReturnType<typeof createServer>, baseUrl: string) {
		this.server = server;
		this.baseUrl = baseUrl;
		server.on('request', (message, response) => {
			void this.handle(toWebhookRequest(message), toWebhookResponse(response));
		});
	}

	/** Starts a server at a free port. */
	static async open(): Promise<WebhookServer> {
		const server = createServer();
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = z.object({ port: z.number() }).parse(server.address());
		return new WebhookServer(server, `http://127.0.0.1:${port}/`);
	}

	/** Routes requests by a prefix of their path. Returns a function that removes the route. */
	route(prefix: string, handler: Handler): () => void {
		this.handlers.set(prefix, handler);
		return () => this.handlers.delete(prefix);
	}

	/** Tracks the work on a request, which can continue after the response. */
	async track(work: Promise<void>): Promise<void> {
		this.inFlight.add(work);
		try {
			await work;
		} finally {
			this.inFlight.delete(work);
		}
	}

	/** Waits until no request is in flight. */
	async idle(): Promise<void> {
		await Promise.allSettled(this.inFlight);
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		this.server.close();
		await once(this.server, 'close');
	}

	// As n8n's WebhookRequestHandler does.
	private async handle(request: WebhookRequest, response: WebhookResponse): Promise<void> {
		try {
			const [, handler] =
				[...this.handlers].find(([prefix]) => request.path.startsWith(prefix)) ?? [];
			if (!handler) throw new ResponseError(404, `"${request.path}" is not registered.`);
			const reply = await handler(request, response);
			if ('noWebhookResponse' in reply) return;
			if (reply.responseCode !== undefined) response.status(reply.responseCode);
			if (reply.kind === 'static' && !isWebhookHtmlSandboxingDisabled()) {
				response.setHeader('Content-Security-Policy', getHtmlSandboxCSP());
			}
			if (typeof reply.data === 'string') response.send(reply.data);
			else response.json(reply.data);
		} catch (error) {
			sendError(response, z.instanceof(Error).parse(error));
		}
	}
}

function sendError(response: WebhookResponse, error: Error): void {
	const { message } = error;
	if (error instanceof ResponseError) {
		const { httpStatusCode: code } = error;
		response.status(code).json({ code, message });
	} else {
		response.status(error instanceof UserError ? 400 : 500).json({ code: 0, message });
	}
}
