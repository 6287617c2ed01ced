/** The steps of a request to a simulated API, the same for every API: latency, faults, log. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Faults, RequestFault } from './faults.mts';
import { destroyConnection } from './http.mts';
import type { ReceivedRequest, RequestFacts, RequestLog } from './request-log.mts';

/** What the steps work on. */
export type HandlerContext<Facts extends RequestFacts = RequestFacts> = {
	/** Read at each request; `latencyMs` is in ms. */
	settings: { readonly latencyMs: number };
	faults: Faults;
	log: RequestLog<Facts>;
	/** Aborted when the simulator closes. */
	closing: AbortSignal;
};

/** How an API handles one request. */
export type Exchange<Facts extends RequestFacts, Result extends { status: number }> = {
	/** The spellings of the path that a fault's match may have. */
	paths: readonly string[];
	/** What the log records of the request. */
	facts: Facts;
	/** Runs after the latency, whether or not a fault follows. */
	beforeWork(entry: ReceivedRequest): void | Promise<void>;
	/** Authorizes the request and does its work. */
	work(): Result;
	send(result: Result): FastifyReply;
	/** Sends a status fault as JSON; without a body (null or undefined) the API's own error body. */
	sendFault(status: number, body: unknown): FastifyReply;
};

/**
 * Wraps an API's handling of a request in the steps that all requests have in common.
 *
 * @param open reads the request; called once for each, before the latency
 */
export function createRequestHandler<Facts extends RequestFacts, Result extends { status: number }>(
	{ settings, faults, log, closing }: HandlerContext<Facts>,
	open: (request: FastifyRequest, reply: FastifyReply) => Exchange<Facts, Result>,
): RouteHandlerMethod {
	return async (request, reply) => {
		const exchange = open(request, reply);
		const matched = faults.ofRequest(request.method, exchange.paths);
		const { entry, recordStatus } = log.receive(
			exchange.facts,
			matched.map(({ kind }) => kind),
		);

		const latencyMs = totalLatency(settings.latencyMs, matched);
		if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: closing });
		await exchange.beforeWork(entry);

		const fault = matched.find(({ kind }) => kind !== 'latency');
		if (fault?.kind === 'hang') return reply.hijack();
		if (fault?.kind === 'drop') return destroyConnection(request, reply);
		if (fault?.kind === 'status') {
			const { status, retryAfter, body, contentType = 'text/html; charset=utf-8' } = fault;
			recordStatus(status);
			if (retryAfter !== undefined) reply.header('Retry-After', String(retryAfter));
			return typeof body === 'string'
				? reply.code(status).type(contentType).send(body)
				: exchange.sendFault(status, body);
		}

		const result = exchange.work();
		if (fault?.kind === 'lost-answer') return destroyConnection(request, reply);
		recordStatus(result.status);
		return exchange.send(result);
	};
}

function totalLatency(latencyMs: number, faults: readonly RequestFault[]): number {
	return faults.reduce(
		(total, fault) => (fault.kind === 'latency' ? total + fault.ms : total),
		latencyMs,
	);
}
