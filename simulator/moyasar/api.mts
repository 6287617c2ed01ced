/** Moyasar's API: what it answers to a request, firewall and faults included. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { z } from 'zod';
import type { Faults, RequestFault } from '../shared/faults.mts';
import { bodyText, cut, pathOf } from '../shared/http.mts';
import type { RequestFacts, RequestLog } from '../shared/request-log.mts';
import type { Arrivals } from './arrivals.mts';
import { FIREWALL_PAGE, isBlocked } from './firewall.mts';
import type { Ledger } from './ledger.mts';
import { readListQuery } from './list-query.mts';
import type { MoyasarKeys, MoyasarRequest, MoyasarSettings } from './types.mts';

/** Where the API lives on the simulator's origin. */
export const MOYASAR_PATH = '/moyasar/v1';

const LIST_PATH = `${MOYASAR_PATH}/payments`;

/** What the API works on. */
export type ApiContext = {
	ledger: Ledger;
	arrivals: Arrivals;
	settings: MoyasarSettings;
	keys: MoyasarKeys;
	faults: Faults;
	log: RequestLog<RequestFacts & Pick<MoyasarRequest, 'headers'>>;
	now: () => Date;
	/** Aborted when the simulator closes. */
	closing: AbortSignal;
};

type Query = MoyasarRequest['query'];

type Call = { request: FastifyRequest; query: Query };

type Answer = { status: number; body: unknown };

const querySchema = z.record(z.union([z.string(), z.array(z.string())]));

const idSchema = z.object({ id: z.string() });

/** Type and message of each error's body; the rest is a 500's. */
const ERRORS: Record<number, [type: string, message: string]> = {
	400: ['invalid_request_error', 'Validation Failed'],
	401: ['authentication_error', 'Invalid authorization credentials'],
	403: ['api_error', 'User not authorized'],
	404: ['invalid_request_error', 'Not Found'],
	405: ['account_inactive_error', 'Entity not activated to use live account'],
	429: ['rate_limit_error', 'Too many requests'],
};

/** Adds the routes of the API to a server. */
export function addApi(server: FastifyInstance, context: ApiContext): void {
	const { ledger, arrivals, settings, closing } = context;

	void server.register(
		(routes, _options, done) => {
			routes.get(
				'/payments',
				answering(context, ({ query }) => {
					const list = readListQuery(query, settings.knowsCardFilters);
					if ('errors' in list) return failure(400, list.errors);
					arrivals.arrive(list.page);
					return { status: 200, body: ledger.page(list.page, list.filters) };
				}),
			);
			routes.get(
				'/payments/:id',
				answering(context, ({ request }) => {
					const payment = ledger.find(idSchema.parse(request.params).id);
					return payment === undefined ? failure(404) : { status: 200, body: payment };
				}),
			);
			routes.setNotFoundHandler(answering(context, () => failure(404)));
			routes.setErrorHandler((error, request, reply) => {
				if (closing.aborted) {
					cut(request, reply);
					return reply;
				}
				console.error(error);
				return send(reply, failure(500));
			});
			done();
		},
		{ prefix: MOYASAR_PATH },
	);
}

/** Wraps the work of a route in what every request goes through. */
function answering(context: ApiContext, work: (call: Call) => Answer): RouteHandlerMethod {
	const { settings, keys, faults, log, now, closing } = context;

	return async (request, reply) => {
		const path = pathOf(request);
		const query = querySchema.parse(request.query);
		const struck = faults.ofRequest(request.method, spellings(path, query));
		const refusal = authorize(request, keys);
		const { answered } = log.receive({
			method: request.method,
			path,
			query,
			headers: { ...request.headers, authorization: undefined },
			body: bodyText(request) || null,
			authorized: refusal === null,
			faults: struck.map(({ kind }) => kind),
		});

		const wait = struck.reduce(
			(total, fault) => (fault.kind === 'latency' ? total + fault.ms : total),
			settings.latencyMs,
		);
		if (wait > 0) await sleep(wait, undefined, { signal: closing });
		reply.header('Date', now().toUTCString());

		const fault = struck.find(({ kind }) => kind !== 'latency');
		if (fault?.kind === 'hang') return reply.hijack();
		if (fault?.kind === 'drop') {
			cut(request, reply);
			return reply;
		}
		if (fault?.kind === 'status') {
			answered(fault.status);
			return sendFault(reply, fault);
		}

		const blocked = settings.firewall && isBlocked(request.headers['user-agent']);
		const answer = blocked
			? { status: 403, body: FIREWALL_PAGE }
			: (refusal ?? (settings.activated ? work({ request, query }) : failure(405)));
		if (fault?.kind === 'lost-answer') {
			cut(request, reply);
			return reply;
		}
		answered(answer.status);
		return send(reply, answer);
	};
}

/** The path, with and without the API's own, each with and without the query (see MoyasarFault). */
function spellings(path: string, query: Query): string[] {
	const asked = path === LIST_PATH ? { ...query, page: query.page ?? '1' } : query;
	const parameters = Object.entries(asked).flatMap(([name, values]) =>
		[values ?? []].flat().map((value) => `${name}=${value}`),
	);
	const short = path.slice(MOYASAR_PATH.length);
	return [path, short].flatMap((spelling) => [spelling, `${spelling}?${parameters.join('&')}`]);
}

/** HTTP Basic: the key as user name, an empty password. */
function authorize(request: FastifyRequest, keys: MoyasarKeys): Answer | null {
	const [, encoded = ''] = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
	switch (Buffer.from(encoded, 'base64').toString()) {
		case `${keys.secret}:`:
			return null;
		case `${keys.publishable}:`:
		case `${keys.unauthorized}:`:
			return failure(403);
		default:
			return failure(401);
	}
}

function failure(status: number, errors: Record<string, string[]> | null = null): Answer {
	const [type, message] = ERRORS[status] ?? ['api_error', 'We had a problem with our server'];
	return { status, body: { type, message, errors } };
}

/** An object goes out as JSON, a string as it is. */
function send(
	reply: FastifyReply,
	{ status, body }: Answer,
	contentType = 'text/html; charset=utf-8',
): FastifyReply {
	reply.code(status);
	return typeof body === 'string'
		? reply.type(contentType).send(body)
		: reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function sendFault(
	reply: FastifyReply,
	{ status, retryAfter, body, contentType }: Extract<RequestFault, { kind: 'status' }>,
): FastifyReply {
	if (retryAfter !== undefined) reply.header('Retry-After', String(retryAfter));
	return send(reply, { status, body: body ?? failure(status).body }, contentType);
}
