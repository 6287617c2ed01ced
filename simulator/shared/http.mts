import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** A server that hands every body to its routes as text, so that each answers bad ones in its own words. */
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
 * Reads the JSON of a control request. Only what says that it is JSON: a page in some browser
 * cannot send that here.
 *
 * @throws SyntaxError if it is none, ZodError if it is not what the schema asks for
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

/** Cuts the connection without an answer. */
export function cut(request: FastifyRequest, reply: FastifyReply): void {
	reply.hijack();
	request.raw.socket.destroy();
}
