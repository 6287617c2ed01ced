import { parseFault } from '../../../simulator/index.mts';
import type { FaultMatch } from '../../../simulator/index.mts';
import { Faults } from '../../../simulator/shared/faults.mts';
import { call, create, simulate } from './support.mts';

const ANY = '/transactions?customer_id=CUST-9';

describe('the match of a fault', () => {
	/** Numbers, from 1, of the requests out of ten that the fault applies to. */
	const matched = (match: FaultMatch, method = 'GET', paths = ['/api/external/v1/x', '/x']) => {
		const faults = new Faults();
		faults.inject({ kind: 'drop', match });
		return Array.from({ length: 10 }, (_, index) => index + 1).filter(
			() => faults.ofRequest(method, paths).length > 0,
		);
	};
	const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

	test.each<[FaultMatch, number[]]>([
		[{}, all],
		[{ times: 2 }, [1, 2]],
		[{ skip: 7 }, [8, 9, 10]],
		[{ nth: 3 }, [3]],
		[{ every: 4 }, [4, 8]],
		[{ skip: 2, every: 3, times: 2 }, [5, 8]],
		[{ method: 'get' }, all],
		[{ method: 'POST' }, []],
		[{ path: '/x' }, all],
		[{ path: '/api/external/v1/x' }, all],
		[{ path: '/y' }, []],
		[{ path: /^\/x$/ }, all],
		[{ path: '^/x$' }, all],
		[{ path: '^/$' }, []],
	])('%j', (match, expected) => {
		expect(matched(match)).toEqual(expected);
	});

	test('ignores the lastIndex of a global regular expression', () => {
		expect(matched({ path: /x/g }, 'GET', ['/x'])).toEqual(all);
	});

	test('counts per fault, only the requests that match it', () => {
		const faults = new Faults();
		faults.inject({ kind: 'drop', match: { method: 'POST', nth: 2 } });
		faults.inject({ kind: 'hang', match: { times: 1 } });
		const kinds = ['GET', 'POST', 'GET', 'POST'].map((method) =>
			faults.ofRequest(method, ['/x']).map(({ kind }) => kind),
		);
		expect(kinds).toEqual([['hang'], [], [], ['drop']]);
	});
});

describe('faults of a request', () => {
	test('responds with a status and Retry-After in seconds, `times` times', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({
			kind: 'status',
			status: 429,
			retryAfter: 2,
			match: { times: 2, path: '/invoices' },
		});
		const responses = [
			await create(simulator),
			await call(simulator, 'GET', ANY),
			await create(simulator),
			await create(simulator),
		];
		expect(responses.map(({ status }) => status)).toEqual([429, 200, 429, 201]);
		expect(responses[0]?.headers.get('retry-after')).toBe('2');
		expect(responses[0]?.body).toEqual({
			status: false,
			message: 'Too Many Requests.',
			data: null,
		});
		expect(simulator.control.requests().map(({ faults, status }) => [faults, status])).toEqual([
			[['status'], 429],
			[[], 200],
			[['status'], 429],
			[[], 201],
		]);
	});

	test('sends Retry-After as a date', async () => {
		const simulator = await simulate();
		const retryAfter = 'Wed, 21 Oct 2026 07:28:00 GMT';
		simulator.control.injectFault({ kind: 'status', status: 503, retryAfter });
		const { headers } = await call(simulator, 'GET', ANY);
		expect(headers.get('retry-after')).toBe(retryAfter);
	});

	test('responds with a page instead of JSON', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'status', status: 502, body: '<h1>Bad gateway</h1>' });
		const { status, headers, text } = await call(simulator, 'GET', ANY);
		expect([status, headers.get('content-type'), text]).toEqual([
			502,
			'text/html; charset=utf-8',
			'<h1>Bad gateway</h1>',
		]);
	});

	test('responds with a custom body and content type', async () => {
		const simulator = await simulate();
		const { control } = simulator;
		control.injectFault({ kind: 'status', status: 500, body: { oops: 'م' }, match: { nth: 1 } });
		control.injectFault({
			kind: 'status',
			status: 200,
			body: '{"cut',
			contentType: 'application/json',
			match: { nth: 2 },
		});
		expect((await call(simulator, 'GET', ANY)).body).toEqual({ oops: 'م' });
		const truncated = await call(simulator, 'GET', ANY).catch((error: unknown) => error);
		expect(truncated).toBeInstanceOf(SyntaxError);
	});

	test('does no work for a status fault', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'status', status: 500 });
		expect((await create(simulator)).body.message).toBe('Server Error');
		expect(simulator.control.invoices()).toEqual([]);
	});

	test('drop: destroys the connection before the work', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'drop', match: { times: 1 } });
		await expect(create(simulator)).rejects.toThrow('fetch failed');
		expect(simulator.control.invoices()).toEqual([]);
		expect(simulator.control.requests()).toMatchObject([
			{ status: null, answeredAt: null, faults: ['drop'] },
		]);
		expect((await create(simulator)).status).toBe(201);
	});

	test('lost-answer: destroys the connection after the work', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'lost-answer', match: { times: 1 } });
		await expect(create(simulator)).rejects.toThrow('fetch failed');
		const invoices = simulator.control.invoices();
		expect(invoices).toHaveLength(1);
		expect((await create(simulator)).body.data).toEqual(invoices[0]);
	});

	test('hang: never responds', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'hang' });
		await expect(
			fetch(`${simulator.apiBaseUrl}${ANY}`, { signal: AbortSignal.timeout(100) }),
		).rejects.toThrow('timeout');
		expect(simulator.control.requests()).toMatchObject([{ status: null, faults: ['hang'] }]);
	});

	test('adds latency to latencyMs and to another fault', async () => {
		const simulator = await simulate({ latencyMs: 40 });
		simulator.control.injectFault({ kind: 'latency', ms: 60 });
		simulator.control.injectFault({ kind: 'status', status: 500 });
		const startedAt = performance.now();
		expect((await call(simulator, 'GET', ANY)).status).toBe(500);
		expect(performance.now() - startedAt).toBeGreaterThanOrEqual(98);
		const [request] = simulator.control.requests();
		expect((request?.answeredAt ?? 0) - (request?.receivedAt ?? 0)).toBeGreaterThanOrEqual(98);
	});

	test('delays requests in parallel, not in sequence', async () => {
		const simulator = await simulate({ latencyMs: 100 });
		const startedAt = performance.now();
		await Promise.all(Array.from({ length: 50 }, () => call(simulator, 'GET', ANY)));
		expect(performance.now() - startedAt).toBeLessThan(1000);
	});

	test('clearFaults removes every fault', async () => {
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'status', status: 500 });
		simulator.control.injectFault({ kind: 'latency', ms: 60_000 });
		simulator.control.clearFaults();
		expect((await call(simulator, 'GET', ANY)).status).toBe(200);
	});

	test('does not apply to payment pages and the control', async () => {
		const simulator = await simulate();
		await create(simulator);
		simulator.control.injectFault({ kind: 'drop' });
		const [invoice] = simulator.control.invoices();
		expect((await fetch(invoice?.payment_url ?? '')).status).toBe(200);
		expect((await fetch(`${simulator.url}/control/invoices`)).status).toBe(200);
	});
});

describe('parseFault', () => {
	test.each([
		['429:5', { kind: 'status', status: 429, retryAfter: 1, match: { times: 5 } }],
		['500', { kind: 'status', status: 500 }],
		['drop:2', { kind: 'drop', match: { times: 2 } }],
		['lost-answer', { kind: 'lost-answer' }],
		['shuffle', { kind: 'shuffle' }],
		['lost-webhook:3', { kind: 'lost-webhook', match: { times: 3 } }],
		[
			'{"kind":"latency","ms":200,"match":{"path":"/invoices","every":2}}',
			{ kind: 'latency', ms: 200, match: { path: '/invoices', every: 2 } },
		],
	])('%s', (text, expected) => {
		expect(parseFault(text)).toEqual(expected);
	});

	test.each(['', 'nothing', '429:', '429:0', '999', 'latency', '{"kind":"drop","tims":2}', '{'])(
		'throws for %j',
		(text) => {
			expect(() => parseFault(text)).toThrow();
		},
	);
});
