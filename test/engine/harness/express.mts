import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';

import { acceptedLanguage } from './accept-language.mts';
import { requireAsSeenBy } from './n8n-core.mts';

/** A request as n8n's middleware passes it to a webhook: express's, with the body read. */
export type WebhookRequest = IncomingMessage & {
	path: string;
	originalUrl: string;
	params: Record<string, string>;
	query: Record<string, unknown>;
	contentType?: string;
	encoding?: string;
	rawBody?: Buffer;
	body?: unknown;
	readRawBody(): Promise<void>;
	acceptsLanguages(languages: string[]): string | false;
};

/** The part of express's response that n8n and the nodes use. */
export type WebhookResponse = ServerResponse & {
	locals: Record<string, unknown>;
	status(code: number): WebhookResponse;
	set(name: string, value: string): WebhookResponse;
	header(name: string, value: string): WebhookResponse;
	send(body?: string): WebhookResponse;
	json(body?: unknown): WebhookResponse;
};

const { parseIncomingMessage } = z
	.object({
		parseIncomingMessage: z.custom<(message: IncomingMessage) => void>(
			(value) => typeof value === 'function',
		),
	})
	.parse(requireAsSeenBy('n8n-core', '@n8n/backend-network'));

/** The query parser of express with the setting `extended`, as in n8n. */
const { parse: parseQuery } = z
	.object({
		parse: z.custom<(query: string, options: object) => Record<string, unknown>>(
			(value) => typeof value === 'function',
		),
	})
	.parse(requireAsSeenBy('n8n-core', 'qs'));

/** Converts Node's request as n8n's `rawBodyReader` and express do. */
export function toWebhookRequest(message: IncomingMessage): WebhookRequest {
	parseIncomingMessage(message);
	const url = message.url ?? '/';
	const [path = '', ...query] = url.split('?');
	const request: WebhookRequest = Object.assign(message, {
		path,
		originalUrl: url,
		params: {},
		query: parseQuery(query.join('?'), { allowPrototypes: true }),
		acceptsLanguages: (languages: string[]) =>
			acceptedLanguage(message.headers['accept-language'], languages),
		readRawBody: async () => {
			if (message.readableEnded) return;
			const chunks: Buffer[] = [];
			for await (const chunk of message) chunks.push(z.instanceof(Buffer).parse(chunk));
			request.rawBody = Buffer.concat(chunks);
		},
	});
	return request;
}

/** The content types whose body n8n reads for a trigger of version 2 and later. */
const READ_BY_N8N = /^(application\/(json|x-www-form-urlencoded)|text\/plain)|[/+]xml$/;

/**
 * Reads the body as n8n's `parseRequestBody` does: the bytes into `rawBody`, and the parsed value of
 * JSON, a form or text into `body`.
 *
 * @param typeVersion of the trigger
 * @throws what JSON.parse throws
 */
export async function readBody(request: WebhookRequest, typeVersion: number): Promise<void> {
	if (typeVersion > 1 && !READ_BY_N8N.test(request.contentType ?? '')) return;
	await request.readRawBody();
	if (request.rawBody.length === 0) return;
	const text = request.rawBody.toString('utf8').replace(/^\uFEFF/, '');
	if (request.contentType === 'application/json') {
		request.body = z.unknown().parse(JSON.parse(text));
	} else if (request.contentType === 'application/x-www-form-urlencoded') {
		request.body = Object.fromEntries(new URLSearchParams(text));
	} else if (request.contentType === 'text/plain') {
		request.body = text;
	}
}

/** Converts Node's response as express does. */
export function toWebhookResponse(response: ServerResponse): WebhookResponse {
	const setHeader = (name: string, value: string) => {
		response.setHeader(name, value);
		return result;
	};
	const result: WebhookResponse = Object.assign(response, {
		locals: {},
		status: (code: number) => {
			response.statusCode = code;
			return result;
		},
		set: setHeader,
		header: setHeader,
		send: (body = '') => {
			if (!response.hasHeader('content-type')) {
				response.setHeader('content-type', 'text/html; charset=utf-8');
			}
			response.end(body);
			return result;
		},
		json: (body?: unknown) => {
			if (!response.hasHeader('content-type')) {
				response.setHeader('content-type', 'application/json; charset=utf-8');
			}
			response.end(body === undefined ? '' : JSON.stringify(body));
			return result;
		},
	});
	return result;
}
