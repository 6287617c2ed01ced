/** The external API itself: what it answers to a request, faults and language included. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { z } from 'zod';
import type { Faults, RequestFault } from '../shared/faults.mts';
import { bodyText, cut, isJson, pathOf } from '../shared/http.mts';
import { phpJson } from '../shared/php-json.mts';
import type { RequestLog } from '../shared/request-log.mts';
import type { Merchant } from './merchant.mts';
import { fieldMessage, noticeMessage, type Language, type Notice } from './messages.mts';
import { invoiceSchema, transactionsQuerySchema, violations, type Violation } from './schema.mts';
import { computeTotals } from './totals.mts';
import type { Settings, Simulator, Transaction } from './types.mts';

/** Where the API lives on the simulator's origin. */
export const API_PATH = '/api/external/v1';

/** What the API works on. */
export type ApiContext = {
	merchant: Merchant;
	settings: Settings;
	tokens: Simulator['tokens'];
	faults: Faults;
	log: RequestLog;
	/** Aborted when the simulator closes. */
	closing: AbortSignal;
};

type Call = { query: FastifyRequest['query']; fields: Record<string, unknown> };

type Answer =
	| { status: 200 | 201; data: unknown; meta?: object }
	| { status: 400 | 401 | 403 | 404 | 413 | 500; notice: Notice }
	| { status: 422; violations: Violation[] };

const anyFields = z.record(z.unknown());

/** Adds the routes of the API to a server. */
export function addApi(server: FastifyInstance, context: ApiContext): void {
	const { merchant, settings, closing } = context;
	const route = (work: (call: Call) => Answer) => answering(context, work);

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
		if (closing.aborted) {
			cut(request, reply);
			return reply;
		}
		const status = error.statusCode === 413 ? 413 : 500;
		if (status === 500) console.error(error);
		return send(reply, settings, languageOf(settings, request), {
			status,
			notice: status === 413 ? 'too_large' : 'server_error',
		});
	});
}

/** The same external_id gives the same invoice, whatever else is in the body. */
function createInvoice(
	merchant: Merchant,
	settings: Settings,
	fields: Record<string, unknown>,
): Answer {
	const { external_id: externalId } = fields;
	const existing = typeof externalId === 'string' ? merchant.byExternalId(externalId) : undefined;
	if (existing !== undefined) return { status: 201, data: existing.invoice };

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

function findInvoice(merchant: Merchant, query: unknown): Answer {
	const {
		customer_id: customerId,
		external_id: externalId,
		reference_number: referenceNumber,
	} = anyFields.parse(query);
	if (customerId !== undefined) {
		return { status: 422, violations: [{ field: 'customer_id', rule: 'not_supported' }] };
	}
	if (typeof externalId === 'string' && referenceNumber === undefined) {
		return found(merchant.byExternalId(externalId));
	}
	if (typeof referenceNumber === 'string' && externalId === undefined) {
		return found(merchant.byReferenceNumber(referenceNumber));
	}
	return {
		status: 422,
		violations: [
			{ field: 'external_id', rule: 'exactly_one' },
			{ field: 'reference_number', rule: 'exactly_one' },
		],
	};
}

function found(record: ReturnType<Merchant['byExternalId']>): Answer {
	return record === undefined
		? { status: 404, notice: 'invoice_not_found' }
		: { status: 200, data: record.invoice };
}

function listTransactions(merchant: Merchant, query: unknown): Answer {
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

/** Wraps the work of a route in what every request goes through. */
function answering(context: ApiContext, work: (call: Call) => Answer): RouteHandlerMethod {
	const { settings, faults, log, tokens, closing } = context;

	return async (request, reply) => {
		const path = pathOf(request);
		const struck = faults.ofRequest(request.method, [path, path.slice(API_PATH.length)]);
		const refusal = authorize(request, tokens);
		const body = readBody(request);
		const { entry, answered } = log.receive({
			method: request.method,
			path,
			query: querySchema.parse(request.query),
			body: body.parsed,
			authorized: refusal === null,
			faults: struck.map(({ kind }) => kind),
		});

		const wait = struck.reduce(
			(total, fault) => (fault.kind === 'latency' ? total + fault.ms : total),
			settings.latencyMs,
		);
		if (wait > 0) await sleep(wait, undefined, { signal: closing });
		await log.runHooks(entry);

		const fault = struck.find(({ kind }) => kind !== 'latency');
		if (fault?.kind === 'hang') return reply.hijack();
		if (fault?.kind === 'drop') {
			cut(request, reply);
			return reply;
		}
		if (fault?.kind === 'status') {
			answered(fault.status);
			return sendFault(reply, languageOf(settings, request), fault);
		}

		const answer =
			refusal ??
			(body.malformed
				? ({ status: 400, notice: 'malformed_json' } as const)
				: work({ query: request.query, fields: body.fields }));
		if (fault?.kind === 'lost-answer') {
			cut(request, reply);
			return reply;
		}
		answered(answer.status);
		return send(reply, settings, languageOf(settings, request), answer);
	};
}

const querySchema = z.record(z.union([z.string(), z.array(z.string())]));

function authorize(request: FastifyRequest, tokens: Simulator['tokens']): Answer | null {
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

/** A body that is not declared as JSON has no fields, as in any Laravel application. */
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
	answer: Answer,
): FastifyReply {
	return sendJson(reply.code(answer.status), envelope(settings, language, answer));
}

function sendJson(reply: FastifyReply, payload: unknown): FastifyReply {
	return reply.type('application/json').send(phpJson(payload));
}

function envelope({ errorsUnder }: Settings, language: Language, answer: Answer): object {
	if ('notice' in answer) {
		return { status: false, message: noticeMessage(language, answer.notice), data: null };
	}
	if ('violations' in answer) {
		const errors = Object.groupBy(answer.violations, ({ field }) => field);
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
	const { data, meta } = answer;
	return { status: true, message: noticeMessage(language, 'success'), data, meta };
}

function sendFault(
	reply: FastifyReply,
	language: Language,
	fault: Extract<RequestFault, { kind: 'status' }>,
): FastifyReply {
	const { status, retryAfter, body, contentType } = fault;
	reply.code(status);
	if (retryAfter !== undefined) reply.header('Retry-After', String(retryAfter));
	if (typeof body === 'string')
		return reply.type(contentType ?? 'text/html; charset=utf-8').send(body);
	const message = noticeMessage(language, status === 429 ? 'too_many_requests' : 'server_error');
	return sendJson(reply, body ?? { status: false, message, data: null });
}
