import type { MoyasarFault, Simulator } from '../../../simulator/index.mts';
import { moyasar } from './moyasarSupport.mts';
import { call, simulate } from './support.mts';

async function control(
	simulator: Simulator,
	method: string,
	path: string,
	body?: unknown,
): Promise<{ status: number; body: unknown }> {
	const response = await fetch(`${simulator.url}/control/moyasar${path}`, {
		method,
		...(body !== undefined && {
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		}),
	});
	const text = await response.text();
	return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

describe('faults', () => {
	const statuses = async (simulator: Simulator, paths: string[]) => {
		const responses: number[] = [];
		for (const path of paths) responses.push((await moyasar(simulator, path)).status);
		return responses;
	};

	test('apply to the second page, once', async () => {
		const simulator = await simulate();
		simulator.moyasar.control.injectFault({
			kind: 'status',
			status: 503,
			match: { path: /[?&]page=2(&|$)/, times: 1 },
		});
		const paths = [
			'/payments',
			'/payments?page=20',
			'/payments?page=2&status=paid',
			'/payments?page=2',
		];
		expect(await statuses(simulator, paths)).toEqual([200, 200, 503, 200]);
	});

	test.each<[NonNullable<MoyasarFault['match']>['path'], number[]]>([
		[/[?&]page=1(&|$)/, [500, 500, 200, 200]],
		['/payments', [500, 500, 500, 500]],
		['/moyasar/v1/payments/', [200, 200, 200, 500]],
		['^/payments/x$', [200, 200, 200, 500]],
		['/payments?page=2', [200, 200, 500, 200]],
		[/metadata\[cart_id\]=a b/, [200, 500, 200, 200]],
		['/api/external/v1', [200, 200, 200, 200]],
	])('match by %s', async (path, expected) => {
		const simulator = await simulate();
		simulator.moyasar.control.addPayment({ id: 'x' });
		simulator.moyasar.control.injectFault({ kind: 'status', status: 500, match: { path } });
		const paths = [
			'/payments',
			'/payments?metadata%5Bcart_id%5D=a+b',
			'/payments?page=2',
			'/payments/x',
		];
		expect(await statuses(simulator, paths)).toEqual(expected);
	});

	test('respond with the error body of a status, and with Retry-After', async () => {
		const simulator = await simulate();
		const { control: faults } = simulator.moyasar;
		faults.injectFault({ kind: 'status', status: 429, retryAfter: 2, match: { nth: 1 } });
		faults.injectFault({ kind: 'status', status: 500, match: { nth: 2 } });
		faults.injectFault({ kind: 'status', status: 502, body: '<h1>Bad</h1>', match: { nth: 3 } });
		const limited = await moyasar(simulator, '/payments');
		expect(limited).toMatchObject({ status: 429, body: { type: 'rate_limit_error' } });
		expect(limited.headers.get('retry-after')).toBe('2');
		expect(await moyasar(simulator, '/payments')).toMatchObject({
			status: 500,
			body: { type: 'api_error', errors: null },
		});
		expect(await moyasar(simulator, '/payments')).toMatchObject({
			status: 502,
			text: '<h1>Bad</h1>',
		});
	});

	test('respond with the page of the firewall, `times` times', async () => {
		const simulator = await simulate();
		simulator.moyasar.control.injectFault({ kind: 'firewall', match: { times: 1 } });
		const blocked = await moyasar(simulator, '/payments');
		expect([blocked.status, blocked.headers.get('content-type')]).toEqual([
			403,
			'text/html; charset=utf-8',
		]);
		expect(blocked.text).toMatch(/^<!DOCTYPE html>/);
		expect((await moyasar(simulator, '/payments')).status).toBe(200);
	});

	test('destroy the connection: drop before the work, lost-answer after it', async () => {
		const simulator = await simulate();
		const { control: faults } = simulator.moyasar;
		faults.arriveBefore({ page: 1 });
		faults.injectFault({ kind: 'drop', match: { nth: 1 } });
		faults.injectFault({ kind: 'lost-answer', match: { nth: 2 } });
		await expect(moyasar(simulator, '/payments')).rejects.toThrow('fetch failed');
		expect(faults.payments()).toHaveLength(0);
		await expect(moyasar(simulator, '/payments')).rejects.toThrow('fetch failed');
		expect(faults.payments()).toHaveLength(1);
		expect(faults.requests()).toMatchObject([
			{ status: null, answeredAt: null, faults: ['drop'] },
			{ status: null, answeredAt: null, faults: ['lost-answer'] },
		]);
	});

	test('never respond: hang', async () => {
		const simulator = await simulate();
		const { baseUrl, control: faults } = simulator.moyasar;
		faults.injectFault({ kind: 'hang' });
		await expect(
			fetch(`${baseUrl}/payments`, { signal: AbortSignal.timeout(100) }),
		).rejects.toThrow('timeout');
		expect(faults.requests()).toMatchObject([{ status: null, faults: ['hang'] }]);
		faults.clearFaults();
		expect((await moyasar(simulator, '/payments')).status).toBe(200);
	});

	test('of one API do not apply to the other', async () => {
		const simulator = await simulate();
		const rsomPay = () => call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		simulator.moyasar.control.injectFault({ kind: 'status', status: 500 });
		expect((await rsomPay()).status).toBe(200);
		simulator.moyasar.control.clearFaults();
		simulator.control.injectFault({ kind: 'status', status: 500 });
		expect((await moyasar(simulator, '/payments')).status).toBe(200);
		expect(simulator.moyasar.control.requests()).toHaveLength(1);
		expect(simulator.control.requests()).toHaveLength(1);
	});
});

describe('latency', () => {
	test('delays requests in parallel, and is added to a latency fault', async () => {
		const simulator = await simulate();
		simulator.moyasar.control.configure({ latencyMs: 60 });
		simulator.moyasar.control.injectFault({ kind: 'latency', ms: 40 });
		const startedAt = performance.now();
		await Promise.all(Array.from({ length: 40 }, () => moyasar(simulator, '/payments')));
		const took = performance.now() - startedAt;
		expect(took).toBeGreaterThanOrEqual(98);
		expect(took).toBeLessThan(1000);
	});

	test('ends when the simulator closes', async () => {
		const simulator = await simulate();
		simulator.moyasar.control.configure({ latencyMs: 60_000 });
		const failed = expect(moyasar(simulator, '/payments')).rejects.toThrow('fetch failed');
		while (simulator.moyasar.control.requests().length === 0) {
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		await simulator.close();
		await failed;
	});
});

describe('the request log', () => {
	test('records the request without the key', async () => {
		const simulator = await simulate();
		await moyasar(simulator, '/payments?created%5Bgt%5D=2026-05-18&metadata[a]=1&metadata[a]=2');
		const [request] = simulator.moyasar.control.requests();
		expect(request).toMatchObject({
			method: 'GET',
			path: '/moyasar/v1/payments',
			query: { 'created[gt]': '2026-05-18', 'metadata[a]': ['1', '2'] },
			headers: { 'user-agent': 'my-shop/1.0' },
			authorized: true,
			body: null,
			status: 200,
			faults: [],
		});
		expect(request?.answeredAt).toBeGreaterThanOrEqual(request?.receivedAt ?? Infinity);
		const key = simulator.moyasar.keys.secret;
		const log = JSON.stringify(simulator.moyasar.control.requests());
		expect(log).not.toContain(Buffer.from(`${key}:`).toString('base64'));
	});
});

describe('the control over HTTP', () => {
	test('adds, seeds, changes and lists payments', async () => {
		const simulator = await simulate();
		const { control: inProcess } = simulator.moyasar;
		const seed = { count: 3, everyMs: 10, until: '2026-01-01T00:00:00Z', status: 'failed' };
		expect((await control(simulator, 'POST', '/payments/seed', seed)).status).toBe(204);
		const added = await control(simulator, 'POST', '/payments', {
			id: 'mine',
			kind: 'applepay',
			createdAt: '2026-01-02T00:00:00Z',
			source: { company: 'mastercard' },
			extra: { of_the_future: 1 },
		});
		expect(added.body).toMatchObject({
			id: 'mine',
			created_at: '2026-01-02T00:00:00.000Z',
			of_the_future: 1,
			source: { type: 'applepay', company: 'mastercard' },
		});
		const changed = await control(simulator, 'PATCH', '/payments/mine', {
			status: 'refunded',
			at: '2026-01-03T00:00:00Z',
		});
		expect(changed.body).toMatchObject({ refunded_at: '2026-01-03T00:00:00.000Z' });
		const { body } = await control(simulator, 'GET', '/payments');
		expect(body).toEqual(inProcess.payments());
		expect(body).toMatchObject([
			{ id: 'mine', status: 'refunded' },
			{ created_at: '2026-01-01T00:00:00.000Z', status: 'failed' },
			{ created_at: '2025-12-31T23:59:59.990Z' },
			{ created_at: '2025-12-31T23:59:59.980Z' },
		]);

		expect((await control(simulator, 'DELETE', '/payments/mine')).status).toBe(204);
		expect(inProcess.payments()).toHaveLength(3);
		expect((await moyasar(simulator, '/payments/mine')).status).toBe(404);
	});

	test('adds arrivals, injects and clears faults, changes settings, lists requests', async () => {
		const simulator = await simulate();
		const arrival = { page: 1, payment: { id: 'late' } };
		expect((await control(simulator, 'POST', '/arrivals', arrival)).status).toBe(204);
		const fault = { kind: 'firewall', match: { path: '^/payments\\?(.*&)?page=2(&|$)' } };
		expect((await control(simulator, 'POST', '/faults', fault)).status).toBe(204);
		expect((await moyasar(simulator, '/payments')).body).toMatchObject({
			payments: [{ id: 'late' }],
		});
		expect((await moyasar(simulator, '/payments?page=2')).status).toBe(403);
		expect((await control(simulator, 'DELETE', '/faults')).status).toBe(204);
		expect((await moyasar(simulator, '/payments?page=2')).status).toBe(200);
		expect((await control(simulator, 'PATCH', '/settings', { activated: false })).status).toBe(204);
		expect((await moyasar(simulator, '/payments')).status).toBe(405);
		const { body } = await control(simulator, 'GET', '/requests');
		expect(body).toMatchObject([200, 403, 200, 405].map((status) => ({ status })));
	});

	test.each([
		['PATCH', '/payments/nobody', { status: 'paid' }, 404],
		['DELETE', '/payments/nobody', undefined, 404],
		['POST', '/payments', { id: 'taken' }, 409],
		['POST', '/payments', { kind: 'cash' }, 422],
		['POST', '/payments', { amount: 1.5 }, 422],
		['POST', '/payments', { createdAt: 'yesterday' }, 422],
		['POST', '/payments', { amuont: 1 }, 422],
		['POST', '/payments/seed', { count: 0 }, 422],
		['POST', '/arrivals', { page: 0 }, 422],
		['POST', '/faults', { kind: 'duplicate' }, 422],
		['POST', '/faults', { kind: 'firewall', match: { page: 2 } }, 422],
		['PATCH', '/settings', { latency: 1 }, 422],
	])('%s %s with %j returns %d', async (method, path, body, expected) => {
		const simulator = await simulate();
		simulator.moyasar.control.addPayment({ id: 'taken' });
		const response = await control(simulator, method, path, body);
		expect(response.status).toBe(expected);
		expect(response.body).toMatchObject({ message: expect.stringMatching(/./) as unknown });
		expect(simulator.moyasar.control.payments()).toHaveLength(1);
	});

	test('rejects a body whose content type is not JSON', async () => {
		const simulator = await simulate();
		const url = `${simulator.url}/control/moyasar/payments`;
		const response = await fetch(url, { method: 'POST', body: '{}' });
		expect(response.status).toBe(400);
		expect(simulator.moyasar.control.payments()).toEqual([]);
	});
});

describe('reset', () => {
	test('removes everything and restores the initial settings, of Moyasar only', async () => {
		const simulator = await simulate();
		const { control: inProcess } = simulator.moyasar;
		const { id } = inProcess.addPayment();
		inProcess.arriveBefore({ page: 1 });
		inProcess.injectFault({ kind: 'drop' });
		inProcess.configure({
			latencyMs: 60_000,
			knowsCardFilters: false,
			firewall: false,
			activated: false,
		});
		simulator.control.addTransaction('CUST-9');

		expect((await control(simulator, 'POST', '/reset')).status).toBe(204);
		expect(inProcess.requests()).toEqual([]);
		expect((await moyasar(simulator, '/payments')).body).toMatchObject({ payments: [] });
		expect((await moyasar(simulator, '/payments?receipt_no=1')).status).toBe(400);
		expect(
			(await moyasar(simulator, '/payments', { headers: { 'User-Agent': 'n8n' } })).status,
		).toBe(403);
		expect(inProcess.addPayment().id).not.toBe(id);
		const { body } = await call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		expect(body.data).toHaveLength(1);

		simulator.control.reset();
		expect(inProcess.payments()).toHaveLength(1);
	});
});
