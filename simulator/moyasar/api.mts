/** Moyasar's API: its routes, authorization, firewall and responses. */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { z } from 'zod';
import { bodyText, destroyConnection, requestLine } from '../shared/http.mts';
import {
	createRequestHandler,
	type Exchange,
	type HandlerContext,
} from '../shared/request-handler.mts';
import type { RequestFacts } from '../shared/request-log.mts';
import type { Arrivals } from './arrivals.mts';
import { FIREWALL_PAGE, isBlocked } from './firewall.mts';
import type { Ledger } from './ledger.mts';
import { readListQuery } from './list-query.mts';
import type { MoyasarKeys, MoyasarRequest, MoyasarSettings } from './types.mts';

/** Path of the API on the simulator's origin. */
export const MOYASAR_PATH = '/moyasar/v1';

const LIST_PATH = `${MOYASAR_PATH}/payments`;

type Facts = RequestFacts & Pick<MoyasarRequest, 'headers'>;

/** Dependencies of the API. */
export type ApiContext = HandlerContext<Facts> & {
	ledger: Ledger;
	arrivals: Arrivals;
	settings: MoyasarSettings;
	keys: MoyasarKeys;
	now: () => Date;
};

type Query = MoyasarRequest['query'];

type Call = { request: FastifyRequest; query: Query };

/** An object is sent as JSON, a string as HTML. */
type ApiResponse = { status: number; body: unknown };

const idSchema = z.object({ id: z.string() });

/** Type and message of each error's body; any other status has those of a 500. */
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
				createHandler(context, ({ query }) => {
					const list = readListQuery(query, settings.knowsCardFilters);
					if ('errors' in list) return errorResponse(400, list.errors);
					arrivals.addDue(list.page);
					return { status: 200, body: ledger.page(list.page, list.filters) };
				}),
			);
			routes.get(
				'/payments/:id',
				createHandler(context, ({ request }) => {
					const payment = ledger.find(idSchema.parse(request.params).id);
					return payment === undefined ? errorResponse(404) : { status: 200, body: payment };
				}),
			);
			routes.setNotFoundHandler(createHandler(context, () => errorResponse(404)));
			routes.setErrorHandler((error, request, reply) => {
				if (closing.aborted) return destroyConnection(request, reply);
				console.error(error);
				return send(reply, errorResponse(500));
			});
			done();
		},
		{ prefix: MOYASAR_PATH },
	);
}

/** Creates the handler of a route, with Moyasar's own steps: firewall, activation, Date header. */
function createHandler(context: ApiContext, work: (call: Call) => ApiResponse): RouteHandlerMethod {
	const { settings, keys, now } = context;
	return createRequestHandler(context, (request, reply): Exchange<Facts, ApiResponse> => {
		const line = requestLine(request);
		const rejection = authorize(request, keys);
		return {
			paths: pathVariants(line.path, line.query),
			facts: {
				...line,
				headers: { ...request.headers, authorization: undefined },
				body: bodyText(request) || null,
				authorized: rejection === null,
			},
			beforeWork: () => void reply.header('Date', now().toUTCString()),
			work: () => {
				if (settings.firewall && isBlocked(request.headers['user-agent'])) {
					return { status: 403, body: FIREWALL_PAGE };
				}
				if (rejection !== null) return rejection;
				return settings.activated ? work({ request, query: line.query }) : errorResponse(405);
			},
			send: (response) => send(reply, response),
			sendFault: (status, body) =>
				send(reply, { status, body: body ?? errorResponse(status).body }),
		};
	});
}

/** The path with and without the API's prefix, each with and without the query (see MoyasarFault). */
function pathVariants(path: string, query: Query): string[] {
	const complete = path === LIST_PATH ? { ...query, page: query.page ?? '1' } : query;
	const parameters = Object.entries(complete).flatMap(([name, values]) =>
		[values ?? []].flat().map((value) => `${name}=${value}`),
	);
	const short = path.slice(MOYASAR_PATH.length);
	return [path, short].flatMap((variant) => [variant, `${variant}?${parameters.join('&')}`]);
}

/** HTTP Basic: the key is the user name, the password is empty. */
function authorize(request: FastifyRequest, keys: MoyasarKeys): ApiResponse | null {
	const [, encoded = ''] = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
	switch (Buffer.from(encoded, 'base64').toString()) {
		case `${keys.secret}:`:
			return null;
		case `${keys.publishable}:`:
		case `${keys.unauthorized}:`:
			return errorResponse(403);
		default:
			return errorResponse(401);
	}
}

function errorResponse(
	status: number,
	errors: Record<string, string[]> | null = null,
): ApiResponse {
	const [type, message] = ERRORS[status] ?? ['api_error', 'We had a problem with our server'];
	return { status, body: { type, message, errors } };
}

function send(reply: FastifyReply, { status, body }: ApiResponse): FastifyReply {
	reply.code(status);
	return typeof body === 'string'
		? reply.type('text/html; charset=utf-8').send(body)
		: reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}
