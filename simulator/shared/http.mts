import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';

const querySchema = z.record(z.union([z.string(), z.array(z.string())]));

/** A server whose routes receive every body as text, so that each reports a malformed one itself. */
export function createServer(): FastifyInstance {
	const server = fastify({
		forceCloseConnections: true,
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: 4096 },
	});
	server.removeAllContentTypeParsers();
	server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
		done(null, body);
	});
	return server;
}

/** The body's text; empty if there was none. */
export function bodyText(request: FastifyRequest): string {
	return typeof request.body === 'string' ? request.body : '';
}

/** Whether the request declares its body as JSON. */
export function isJson(request: FastifyRequest): boolean {
	return /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads the JSON body of a control request; `{}` if there is none. The content type must be JSON,
 * because a cross-origin page cannot send that without a preflight.
 *
 * @throws SyntaxError if it is not JSON, ZodError if it does not match the schema
 */
export function readJson<T>(
	schema: z.ZodType<T, z.ZodTypeDef, unknown>,
	request: FastifyRequest,
): T {
	const text = bodyText(request);
	if (text !== '' && !isJson(request)) throw new SyntaxError('Content-Type: application/json');
	return schema.parse(text === '' ? {} : JSON.parse(text));
}

/** The path without the query. */
export function pathOf(request: FastifyRequest): string {
	const end = request.url.indexOf('?');
	return end === -1 ? request.url : request.url.slice(0, end);
}

/** Method, path and query of a request, as its log entry has them. */
export function requestLine(request: FastifyRequest): {
	method: string;
	path: string;
	query: z.output<typeof querySchema>;
} {
	return {
		method: request.method,
		path: pathOf(request),
		query: querySchema.parse(request.query),
	};
}

/** Destroys the connection without a response. */
export function destroyConnection(request: FastifyRequest, reply: FastifyReply): FastifyReply {
	reply.hijack();
	request.raw.socket.destroy();
	return reply;
}
