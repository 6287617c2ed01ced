/** RsomPay's external API: its routes, authorization, response envelope and language. */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { z } from 'zod';
import { bodyText, destroyConnection, isJson, pathOf, requestLine } from '../shared/http.mts';
import { phpJson } from '../shared/php-json.mts';
import {
	createRequestHandler,
	type Exchange,
	type HandlerContext,
} from '../shared/request-handler.mts';
import type { RequestFacts } from '../shared/request-log.mts';
import type { Merchant } from './merchant.mts';
import { fieldMessage, noticeMessage, type Language, type Notice } from './messages.mts';
import { invoiceSchema, transactionsQuerySchema, violations, type Violation } from './schema.mts';
import { computeTotals } from './totals.mts';
import type { Settings, Simulator, Transaction } from './types.mts';

/** Path of the API on the simulator's origin. */
export const API_PATH = '/api/external/v1';

/** Dependencies of the API. */
export type ApiContext = HandlerContext & {
	merchant: Merchant;
	settings: Settings;
	tokens: Simulator['tokens'];
};

type Call = { query: FastifyRequest['query']; fields: Record<string, unknown> };

type ApiResponse =
	| { status: 200 | 201; data: unknown; meta?: object }
	| { status: 400 | 401 | 403 | 404 | 413 | 500; notice: Notice }
	| { status: 422; violations: Violation[] };

const anyFields = z.record(z.unknown());

/** Adds the routes of the API to a server. */
export function addApi(server: FastifyInstance, context: ApiContext): void {
	const { merchant, settings, closing } = context;
	const route = (work: (call: Call) => ApiResponse) => createHandler(context, work);

	server.post(
		`${API_PATH}/invoices`,
		route(({ fields }) => createInvoice(merchant, settings, fields)),
	);
	server.get(
		`${API_PATH}/invoices/by-reference`,
		route(({ query }) => findInvoice(merchant, query)),
	);
	server.get(
		`${API_PATH}/transactions`,
		route(({ query }) => listTransactions(merchant, query)),
	);

	const unknownApiRoute = route(() => ({ status: 404, notice: 'route_not_found' }));
	server.setNotFoundHandler(function (request, reply) {
		if (pathOf(request).startsWith(API_PATH)) return unknownApiRoute.call(this, request, reply);
		return send(reply, settings, languageOf(settings, request), {
			status: 404,
			notice: 'route_not_found',
		});
	});
	server.setErrorHandler((error: { statusCode?: number }, request, reply) => {
		if (closing.aborted) return destroyConnection(request, reply);
		const status = error.statusCode === 413 ? 413 : 500;
		if (status === 500) console.error(error);
		return send(reply, settings, languageOf(settings, request), {
			status,
			notice: status === 413 ? 'too_large' : 'server_error',
		});
	});
}

/** Idempotent: the same external_id returns the same invoice, the rest of the body is ignored. */
function createInvoice(
	merchant: Merchant,
	settings: Settings,
	fields: Record<string, unknown>,
): ApiResponse {
	const { external_id: externalId } = fields;
	const existing = typeof externalId === 'string' ? merchant.byExternalId(externalId) : undefined;
	if (existing !== undefined) return { status: 201, data: existing.earlier ?? existing.invoice };

	const parsed = invoiceSchema(settings.allowPrivateUrls).safeParse(fields);
	if (!parsed.success) return { status: 422, violations: violations(parsed.error) };

	const priced = computeTotals(parsed.data.items);
	if (priced === null) {
		return { status: 422, violations: [{ field: 'items', rule: 'total_too_large' }] };
	}
	if (priced.totals.grand_total <= 0) {
		return { status: 422, violations: [{ field: 'items', rule: 'positive_total' }] };
	}
	return { status: 201, data: merchant.issue(parsed.data, priced).invoice };
}

function findInvoice(merchant: Merchant, query: unknown): ApiResponse {
	const {
		customer_id: customerId,
		external_id: externalId,
		reference_number: referenceNumber,
	} = anyFields.parse(query);
	if (customerId !== undefined) {
		return { status: 422, violations: [{ field: 'customer_id', rule: 'not_supported' }] };
	}
	if (typeof externalId === 'string' && referenceNumber === undefined) {
		return invoiceResponse(merchant.byExternalId(externalId));
	}
	if (typeof referenceNumber === 'string' && externalId === undefined) {
		return invoiceResponse(merchant.byReferenceNumber(referenceNumber));
	}
	return {
		status: 422,
		violations: [
			{ field: 'external_id', rule: 'exactly_one' },
			{ field: 'reference_number', rule: 'exactly_one' },
		],
	};
}

function invoiceResponse(record: ReturnType<Merchant['byExternalId']>): ApiResponse {
	return record === undefined
		? { status: 404, notice: 'invoice_not_found' }
		: { status: 200, data: record.earlier ?? record.invoice };
}

function listTransactions(merchant: Merchant, query: unknown): ApiResponse {
	const parsed = transactionsQuerySchema.safeParse(query);
	if (!parsed.success) return { status: 422, violations: violations(parsed.error) };
	const { customer_id: customerId, page, per_page: perPage } = parsed.data;
	const { data, meta }: { data: Transaction[]; meta: object } = merchant.transactions.page(
		customerId,
		page,
		perPage,
	);
	return { status: 200, data, meta };
}

/** Creates the handler of a route, with RsomPay's own steps: body, hooks, language. */
function createHandler(context: ApiContext, work: (call: Call) => ApiResponse): RouteHandlerMethod {
	const { settings, log, tokens } = context;
	return createRequestHandler(context, (request, reply): Exchange<RequestFacts, ApiResponse> => {
		const line = requestLine(request);
		const rejection = authorize(request, tokens);
		const { parsed, fields, malformed } = readBody(request);
		return {
			paths: [line.path, line.path.slice(API_PATH.length)],
			facts: { ...line, body: parsed, authorized: rejection === null },
			beforeWork: (entry) => log.runHooks(entry),
			work: () => {
				if (rejection !== null) return rejection;
				if (malformed) return { status: 400, notice: 'malformed_json' };
				return work({ query: request.query, fields });
			},
			send: (response) => send(reply, settings, languageOf(settings, request), response),
			sendFault: (status, body) =>
				sendJson(reply.code(status), body ?? errorBody(languageOf(settings, request), status)),
		};
	});
}

function authorize(request: FastifyRequest, tokens: Simulator['tokens']): ApiResponse | null {
	switch (/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]) {
		case tokens.valid:
			return null;
		case tokens.wrongType:
			return { status: 403, notice: 'wrong_token_type' };
		case tokens.suspended:
			return { status: 403, notice: 'suspended' };
		default:
			return { status: 401, notice: 'unauthenticated' };
	}
}

/** A body whose content type is not JSON has no fields, as in Laravel. */
function readBody(request: FastifyRequest): {
	parsed: unknown;
	fields: Record<string, unknown>;
	malformed: boolean;
} {
	const text = bodyText(request);
	if (text === '') return { parsed: null, fields: {}, malformed: false };
	if (!isJson(request)) return { parsed: text, fields: {}, malformed: false };
	let parsed: unknown;
	try {
		parsed = JSON.parse(text);
	} catch {
		return { parsed: text, fields: {}, malformed: true };
	}
	const fields = anyFields.safeParse(parsed);
	return { parsed, fields: fields.success ? fields.data : {}, malformed: !fields.success };
}

function languageOf({ language }: Settings, request: FastifyRequest): Language {
	if (language !== 'auto') return language;
	return /^ar\b/i.test(request.headers['accept-language'] ?? '') ? 'ar' : 'en';
}

function send(
	reply: FastifyReply,
	settings: Settings,
	language: Language,
	response: ApiResponse,
): FastifyReply {
	return sendJson(reply.code(response.status), envelope(settings, language, response));
}

function sendJson(reply: FastifyReply, payload: unknown): FastifyReply {
	return reply.type('application/json').send(phpJson(payload));
}

function envelope({ errorsUnder }: Settings, language: Language, response: ApiResponse): object {
	if ('notice' in response) {
		return { status: false, message: noticeMessage(language, response.notice), data: null };
	}
	if ('violations' in response) {
		const errors = Object.groupBy(response.violations, ({ field }) => field);
		return {
			status: false,
			message: noticeMessage(language, 'invalid'),
			[errorsUnder]: Object.fromEntries(
				Object.entries(errors).map(([field, all = []]) => [
					field,
					all.map(({ rule, limit }) => fieldMessage(language, rule, field, limit)),
				]),
			),
		};
	}
	const { data, meta } = response;
	return { status: true, message: noticeMessage(language, 'success'), data, meta };
}

function errorBody(language: Language, status: number): object {
	const message = noticeMessage(language, status === 429 ? 'too_many_requests' : 'server_error');
	return { status: false, message, data: null };
}
