import type { RequestFault } from '../../../simulator/index.mts';
import { Faults } from '../../../simulator/shared/faults.mts';
import { createServer, requestLine } from '../../../simulator/shared/http.mts';
import { createRequestHandler } from '../../../simulator/shared/request-handler.mts';
import { RequestLog } from '../../../simulator/shared/request-log.mts';
import { closeAfterTest } from './support.mts';

/** Sends one request to an API of one route; returns its steps, response and log entry. */
async function request(faults: RequestFault[]) {
	const steps: string[] = [];
	const log = new RequestLog();
	const context = {
		settings: { latencyMs: 0 },
		faults: new Faults(),
		log,
		closing: new AbortController().signal,
	};
	for (const fault of faults) context.faults.inject(fault);

	const server = createServer();
	closeAfterTest(server);
	const handler = createRequestHandler(context, (incoming, reply) => {
		steps.push('open');
		return {
			paths: ['/x'],
			facts: { ...requestLine(incoming), body: null, authorized: true },
			beforeWork: async ({ status }) => {
				await Promise.resolve();
				steps.push(`before work, status ${status}`);
			},
			work: () => {
				steps.push('work');
				return { status: 201 };
			},
			send: ({ status }) => {
				steps.push('send');
				return reply.code(status).send({ text: 'done' });
			},
			sendFault: (status, body) => {
				steps.push('send fault');
				return reply.code(status).send(body ?? { text: 'error' });
			},
		};
	});
	server.get('/x', handler);
	const url = await server.listen({ host: '127.0.0.1', port: 0 });
	const timeoutMs = faults.some(({ kind }) => kind === 'hang') ? 200 : 5000;
	const signal = AbortSignal.timeout(timeoutMs);
	const response = await fetch(`${url}/x?a=1&a=2`, { signal }).catch(() => null);
	return { steps, status: response?.status ?? null, response, entry: log.requests()[0] };
}

describe('a request handler', () => {
	test.each<[string, RequestFault[], number | null, string[]]>([
		['no fault', [], 201, ['work', 'send']],
		['latency', [{ kind: 'latency', ms: 1 }], 201, ['work', 'send']],
		['hang', [{ kind: 'hang' }], null, []],
		['drop', [{ kind: 'drop' }], null, []],
		['lost-answer', [{ kind: 'lost-answer' }], null, ['work']],
		['status', [{ kind: 'status', status: 503 }], 503, ['send fault']],
		['status with a text', [{ kind: 'status', status: 503, body: 'down' }], 503, []],
		[
			'the first of two faults',
			[{ kind: 'status', status: 503 }, { kind: 'drop' }],
			503,
			['send fault'],
		],
	])('runs its steps in order: %s', async (_name, faults, status, steps) => {
		const result = await request(faults);
		expect(result.steps).toEqual(['open', 'before work, status null', ...steps]);
		expect(result.status).toBe(status);
		expect(result.entry).toMatchObject({
			method: 'GET',
			path: '/x',
			query: { a: ['1', '2'] },
			faults: faults.map(({ kind }) => kind),
			status,
			answeredAt: status === null ? null : (expect.any(Number) as unknown),
		});
	});

	test('sends Retry-After and the own body of a status fault', async () => {
		const { response } = await request([
			{ kind: 'status', status: 429, retryAfter: 2, body: { text: 'slow down' } },
		]);
		expect(response?.headers.get('retry-after')).toBe('2');
		expect(await response?.json()).toEqual({ text: 'slow down' });
	});
});
