/** The control over HTTP: each route parses its body and calls the operation of the same name. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addControlRoutes } from '../shared/control-routes.mts';
import { matchSchema, requestFaultSchemas } from '../shared/faults.mts';
import { readJson } from '../shared/http.mts';
import { DuplicatePaymentError, KINDS, UnknownPaymentError } from './ledger.mts';
import { settingsSchema } from './settings.mts';
import type { MoyasarControl } from './types.mts';

const time = z
	.string()
	.datetime({ offset: true })
	.transform((text) => new Date(text));

const amount = z.number().int().min(0);

const metadata = z.record(z.string()).nullable();

const count = z.number().int().min(1).max(100_000);

const paymentSchema = z
	.object({
		id: z.string().min(1),
		status: z.string(),
		amount,
		currency: z.string().length(3),
		description: z.string().nullable(),
		metadata,
		kind: z.enum(KINDS),
		source: z.record(z.unknown()),
		createdAt: time,
		updatedAt: time,
		extra: z.record(z.unknown()),
	})
	.partial()
	.strict();

const seedSchema = z
	.object({
		count,
		everyMs: z.number().int().min(0).optional(),
		until: time.optional(),
		status: z.string().optional(),
		metadata: metadata.optional(),
	})
	.strict();

const updateSchema = z
	.object({ status: z.string(), amount, metadata, at: time })
	.partial()
	.strict();

const arrivalSchema = z
	.object({
		page: z.number().int().min(1),
		count: count.optional(),
		payment: paymentSchema.optional(),
	})
	.strict();

const faultSchema = z.discriminatedUnion('kind', [
	...requestFaultSchemas,
	z.object({ kind: z.literal('firewall'), match: matchSchema }).strict(),
]);

/** Adds `/control/moyasar` to a server. */
export function addControl(server: FastifyInstance, control: MoyasarControl): void {
	const prefix = '/control/moyasar';
	const options = { prefix, control, faultSchema, settingsSchema, statusOf };
	addControlRoutes(server, options, (routes) => {
		routes.get('/payments', () => control.payments());
		routes.post('/payments', (request) => control.addPayment(readJson(paymentSchema, request)));
		routes.post('/payments/seed', (request, reply) => {
			control.seedPayments(readJson(seedSchema, request));
			return reply.code(204).send();
		});
		routes.patch<{ Params: { id: string } }>('/payments/:id', (request) =>
			control.updatePayment(request.params.id, readJson(updateSchema, request)),
		);
		routes.delete<{ Params: { id: string } }>('/payments/:id', (request, reply) => {
			control.removePayment(request.params.id);
			return reply.code(204).send();
		});
		routes.post('/arrivals', (request, reply) => {
			control.arriveBefore(readJson(arrivalSchema, request));
			return reply.code(204).send();
		});
	});
}

function statusOf(error: Error): number {
	if (error instanceof UnknownPaymentError) return 404;
	return error instanceof DuplicatePaymentError ? 409 : 500;
}
