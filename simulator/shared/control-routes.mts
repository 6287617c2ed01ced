/** The routes that every control has over HTTP: faults, requests, settings, reset. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readJson } from './http.mts';

/** The operations of a control that these routes call. */
export type CommonControl<Fault, Settings> = {
	injectFault(fault: Fault): void;
	clearFaults(): void;
	requests(): readonly unknown[];
	configure(settings: Settings): void;
	reset(): void;
};

/**
 * Adds the routes of a control to a server, under `prefix`. A body that does not match its schema
 * gets a 422, one that is not JSON a 400.
 *
 * @param options.statusOf the status for any other error that a route throws
 * @param addOwnRoutes adds the routes that only this control has
 */
export function addControlRoutes<Fault, Settings>(
	server: FastifyInstance,
	options: {
		prefix: string;
		control: CommonControl<Fault, Settings>;
		faultSchema: z.ZodType<Fault, z.ZodTypeDef, unknown>;
		settingsSchema: z.ZodType<Settings, z.ZodTypeDef, unknown>;
		statusOf: (error: Error) => number;
	},
	addOwnRoutes: (routes: FastifyInstance) => void,
): void {
	const { prefix, control, faultSchema, settingsSchema, statusOf } = options;
	void server.register(
		(routes, _options, done) => {
			routes.setErrorHandler((error: Error, _request, reply) =>
				reply.code(parseErrorStatus(error) ?? statusOf(error)).send({ message: error.message }),
			);

			routes.post('/faults', (request, reply) => {
				control.injectFault(readJson(faultSchema, request));
				return reply.code(204).send();
			});
			routes.delete('/faults', (_request, reply) => {
				control.clearFaults();
				return reply.code(204).send();
			});
			routes.get('/requests', () => control.requests());
			routes.patch('/settings', (request, reply) => {
				control.configure(readJson(settingsSchema, request));
				return reply.code(204).send();
			});
			routes.post('/reset', (_request, reply) => {
				control.reset();
				return reply.code(204).send();
			});
			addOwnRoutes(routes);
			done();
		},
		{ prefix },
	);
}

function parseErrorStatus(error: Error): number | undefined {
	if (error instanceof z.ZodError) return 422;
	return error instanceof SyntaxError ? 400 : undefined;
}
