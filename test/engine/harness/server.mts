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
 * What n8n answers a webhook with: nothing where the node has answered by itself, `static` what
 * goes out when an execution was started, and `legacy` what goes out otherwise.
 */
export type Answer =
	{ noWebhookResponse: true } | { kind: 'static' | 'legacy'; data: unknown; responseCode?: number };

export const NO_ANSWER: Answer = { noWebhookResponse: true };

/** Does what n8n does with a request; what it throws is answered as n8n answers it. */
type Handler = (request: WebhookRequest, response: WebhookResponse) => Promise<Answer>;

/** An error that n8n answers with a status of its own. */
export class ResponseError extends Error {
	readonly httpStatusCode: number;

	constructor(httpStatusCode: number, message: string) {
		super(message);
		this.httpStatusCode = httpStatusCode;
	}
}

/** The HTTP server of an n8n, as far as it takes webhooks. */
export class WebhookServer {
	/** Where it is reached, with a trailing slash. */
	readonly baseUrl: string;
	private readonly handlers = new Map<string, Handler>();
	private readonly underWay = new Set<Promise<void>>();
	private readonly server;

	private constructor(server: ReturnType<typeof createServer>, baseUrl: string) {
		this.server = server;
		this.baseUrl = baseUrl;
		server.on('request', (message, answer) => {
			void this.handle(toWebhookRequest(message), toWebhookResponse(answer));
		});
	}

	/** Starts one at a free port. */
	static async open(): Promise<WebhookServer> {
		const server = createServer();
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = z.object({ port: z.number() }).parse(server.address());
		return new WebhookServer(server, `http://127.0.0.1:${port}/`);
	}

	/** Hands on all requests whose path begins so; gives a function that ends that. */
	route(prefix: string, handler: Handler): () => void {
		this.handlers.set(prefix, handler);
		return () => this.handlers.delete(prefix);
	}

	/** Notes work on a request, which may go on after it has been answered. */
	async track(work: Promise<void>): Promise<void> {
		this.underWay.add(work);
		try {
			await work;
		} finally {
			this.underWay.delete(work);
		}
	}

	/** Waits until no request is worked on any more. */
	async idle(): Promise<void> {
		await Promise.allSettled(this.underWay);
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
			const answer = await handler(request, response);
			if ('noWebhookResponse' in answer) return;
			if (answer.responseCode !== undefined) response.status(answer.responseCode);
			if (answer.kind === 'static' && !isWebhookHtmlSandboxingDisabled()) {
				response.setHeader('Content-Security-Policy', getHtmlSandboxCSP());
			}
			if (typeof answer.data === 'string') response.send(answer.data);
			else response.json(answer.data);
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
