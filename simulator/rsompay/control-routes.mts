/** The control over HTTP: each route parses its body and calls the operation of the same name. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addControlRoutes } from '../shared/control-routes.mts';
import { faultSchema } from '../shared/faults.mts';
import { readJson } from '../shared/http.mts';
import { UnknownDeliveryError } from '../shared/webhook-sender.mts';
import { UnknownInvoiceError } from './control.mts';
import { InvoiceClosedError } from './merchant.mts';
import { settingsSchema } from './settings.mts';
import type { Control } from './types.mts';

const methodSchema = z
	.object({ method: z.enum(['card', 'tamara', 'mada', 'visa']).optional() })
	.strict();

const settleSchema = z.object({ timeoutMs: z.number().positive().optional() }).strict();

const deliverSchema = z
	.object({
		url: z.string().url(),
		payload: z.unknown().optional(),
		rawBody: z.string().optional(),
		secret: z.string().optional(),
		signature: z.string().nullable().optional(),
		algorithm: z.enum(['sha256', 'sha512']).optional(),
		encoding: z.enum(['hex', 'HEX', 'base64']).optional(),
		prefix: z.string().optional(),
		headers: z.record(z.string()).optional(),
	})
	.strict()
	.refine(({ payload, rawBody }) => payload !== undefined || rawBody !== undefined, {
		message: 'payload or rawBody is required',
	});

const seedSchema = z
	.object({
		customerId: z.string(),
		count: z.number().int().min(1).max(100_000),
		newestAt: z.coerce.date().optional(),
	})
	.strict();

const timestampSchema = z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);

const transactionSchema = z
	.object({
		customerId: z.string(),
		reference: z.string().optional(),
		status: z.enum(['completed', 'pending', 'failed']).optional(),
		amount: z.number().optional(),
		currency_code: z.string().optional(),
		payment_method: z.string().optional(),
		invoice_external_id: z.string().optional(),
		captured_at: timestampSchema.nullable().optional(),
		created_at: timestampSchema.optional(),
	})
	.strict();

type InvoiceRoute = { Params: { externalId: string } };
type DeliveryRoute = { Params: { eventId: string } };

/** Adds `/control` to a server. */
export function addControl(server: FastifyInstance, control: Control): void {
	const options = { prefix: '/control', control, faultSchema, settingsSchema, statusOf };
	addControlRoutes(server, options, (routes) => {
		routes.get('/invoices', () => control.invoices());
		routes.post<InvoiceRoute>('/invoices/:externalId/pay', (request) =>
			control.payInvoice(request.params.externalId, readJson(methodSchema, request)),
		);
		routes.post<InvoiceRoute>('/invoices/:externalId/fail', (request) =>
			control.failInvoice(request.params.externalId, readJson(methodSchema, request)),
		);
		routes.post<InvoiceRoute>('/invoices/:externalId/cancel', (request) =>
			control.cancelInvoice(request.params.externalId),
		);

		routes.get('/deliveries', () => control.deliveries());
		routes.post('/deliveries/settle', async (request, reply) => {
			await control.settleDeliveries(readJson(settleSchema, request));
			return reply.code(204).send();
		});
		routes.post('/deliveries', (request) => control.deliver(readJson(deliverSchema, request)));
		routes.post<DeliveryRoute>('/deliveries/:eventId/repeat', async (request) => ({
			status: await control.repeatDelivery(request.params.eventId),
		}));

		routes.post('/transactions/seed', (request) =>
			control.seedTransactions(readJson(seedSchema, request)),
		);
		routes.post('/transactions', (request) => {
			const { customerId, ...fields } = readJson(transactionSchema, request);
			return control.addTransaction(customerId, fields);
		});
	});
}

/** Any other error is a 502: a delivery that its receiver did not respond to. */
function statusOf(error: Error): number {
	if (error instanceof UnknownInvoiceError || error instanceof UnknownDeliveryError) return 404;
	return error instanceof InvoiceClosedError ? 409 : 502;
}
