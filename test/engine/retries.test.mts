import type { Fault } from '../../simulator/index.mts';
import { logged } from './harness/logs.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const GET = { resource: 'invoice', operation: 'get', reference: 'INV-PARTNER-001' };

const arrivals = () => bench.simulator.control.requests().map(({ receivedAt }) => receivedAt);

/** The delays between the requests, in ms. */
const delays = () =>
	arrivals()
		.slice(1)
		.map((at, index) => at - (arrivals()[index] ?? NaN));

const inject = (fault: Fault) => bench.simulator.control.injectFault(fault);

describe('a request with a transient error', () => {
	test.each<[string, Fault]>([
		['408', { kind: 'status', status: 408, match: { times: 1 } }],
		['429', { kind: 'status', status: 429, match: { times: 1 } }],
		['500', { kind: 'status', status: 500, match: { times: 1 } }],
		['502 with HTML', { kind: 'status', status: 502, body: '<html></html>', match: { times: 1 } }],
		['503', { kind: 'status', status: 503, match: { times: 1 } }],
		['a dropped connection', { kind: 'drop', match: { times: 1 } }],
		['a lost response', { kind: 'lost-answer', match: { times: 1 } }],
	])('is retried: %s', async (_kind, fault) => {
		inject(fault);

		const run = await bench.run(EXAMPLE_INVOICE);

		expect(run.status).toBe('success');
		expect(run.items('RsomPay')).toMatchObject([{ json: { external_id: 'INV-PARTNER-001' } }]);
		expect(arrivals()).toHaveLength(2);
	});

	test('is retried after a timeout', async () => {
		inject({ kind: 'hang', match: { times: 1 } });

		const run = await bench.run({ ...EXAMPLE_INVOICE, options: { timeout: 1 } });

		expect(run.status).toBe('success');
		expect(arrivals()).toHaveLength(2);
	});

	test('is retried three times with a delay that doubles and varies at random', async () => {
		inject({ kind: 'status', status: 500 });

		const run = await bench.run(GET);

		expect(run.status).toBe('error');
		expect(run.error).toMatchObject({ httpCode: '500' });
		expect(delays()).toHaveLength(3);
		delays().forEach((delay, attempt) => {
			expect(delay).toBeGreaterThanOrEqual(250 * 2 ** attempt);
			expect(delay).toBeLessThan(500 * 2 ** attempt + 1000);
		});
	});

	test.each([
		{ maxRetries: 0, sent: 1 },
		{ maxRetries: 1, sent: 2 },
	])('is retried as often as the option Retries: $maxRetries', async ({ maxRetries, sent }) => {
		inject({ kind: 'status', status: 500 });

		await bench.run({ ...GET, options: { maxRetries } });

		expect(arrivals()).toHaveLength(sent);
	});
});

test.each([
	[{ maxRetries: -1 }, "'Retries' must be a whole number from 0 to 3"],
	[{ maxRetries: 4 }, "'Retries' must be a whole number from 0 to 3"],
	[{ timeout: 0 }, "'Timeout (Seconds)' must be a whole number from 1 to 300"],
	[{ timeout: 301 }, "'Timeout (Seconds)' must be a whole number from 1 to 300"],
])('rejects the options %j', async (options, message) => {
	const run = await bench.run({ ...GET, options });

	expect(run.error?.message).toBe(message);
	expect(arrivals()).toStrictEqual([]);
});

test.each([400, 401, 403, 404, 409, 410, 422])('does not retry a %d', async (status) => {
	inject({ kind: 'status', status });

	const run = await bench.run(GET);

	expect(run.status).toBe('error');
	expect(arrivals()).toHaveLength(1);
});

describe('Retry-After', () => {
	test.each([429, 503])('in seconds delays the retry (%d)', async (status) => {
		inject({ kind: 'status', status, retryAfter: 2, match: { times: 1 } });

		await bench.run(EXAMPLE_INVOICE);

		expect(delays()).toHaveLength(1);
		expect(delays()[0]).toBeGreaterThanOrEqual(2000);
		expect(delays()[0]).toBeLessThan(3500);
	});

	test('as a date delays the retry', async () => {
		const retryAt = Math.ceil(Date.now() / 1000) * 1000 + 2000;
		const retryAfter = new Date(retryAt).toUTCString();
		inject({ kind: 'status', status: 429, retryAfter, match: { times: 1 } });

		await bench.run(EXAMPLE_INVOICE);

		expect(arrivals()).toHaveLength(2);
		expect(arrivals()[1]).toBeGreaterThanOrEqual(retryAt);
		expect(arrivals()[1]).toBeLessThan(retryAt + 1500);
	});

	test('in the past is replaced by the backoff', async () => {
		const retryAfter = new Date(Date.now() - 60_000).toUTCString();
		inject({ kind: 'status', status: 429, retryAfter, match: { times: 1 } });

		await bench.run(EXAMPLE_INVOICE);

		expect(delays()[0]).toBeGreaterThanOrEqual(250);
		expect(delays()[0]).toBeLessThan(700);
	});

	test.each([0, 'later'])('of %j is replaced by the backoff', async (retryAfter) => {
		inject({ kind: 'status', status: 429, retryAfter, match: { times: 1 } });

		await bench.run(EXAMPLE_INVOICE);

		expect(delays()[0]).toBeGreaterThanOrEqual(250);
		expect(delays()[0]).toBeLessThan(700);
	});
});

describe('a cancelled execution', () => {
	test.each<[string, Fault]>([
		['after a 429', { kind: 'status', status: 429, retryAfter: 30 }],
		['after a 503', { kind: 'status', status: 503, retryAfter: 30 }],
		['for a response', { kind: 'hang' }],
	])('stops waiting %s at once and sends no more requests', async (_reason, fault) => {
		inject(fault);

		const running = bench.start(GET);
		await untilRequests(1);
		const cancelledAt = performance.now();
		running.cancel();
		const run = await running.finished;

		expect(run.status).toBe('canceled');
		expect(logged('error')).toStrictEqual([]);
		expect(performance.now() - cancelledAt).toBeLessThan(3000);
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(arrivals()).toHaveLength(1);
	});

	test('does not send the remaining items', async () => {
		bench.simulator.control.configure({ latencyMs: 200 });

		const running = bench.start(
			{ ...EXAMPLE_INVOICE, externalId: '={{ $json.id }}', options: { concurrency: 2 } },
			{ items: Array.from({ length: 50 }, (_, id) => ({ id })), onError: 'continueRegularOutput' },
		);
		await untilRequests(2);
		running.cancel();
		await running.finished;

		await new Promise((resolve) => setTimeout(resolve, 500));
		expect(arrivals()).toHaveLength(2);
	});

	const untilRequests = async (count: number) => {
		while (arrivals().length < count) await new Promise((resolve) => setTimeout(resolve, 10));
	};
});
