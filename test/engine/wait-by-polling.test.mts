import { transactionOf } from './harness/events.mts';
import type { INodeParameters } from 'n8n-workflow';
import { setTimeout as wait } from 'node:timers/promises';

import { logged } from './harness/logs.mts';
import { SIMULATOR_CREDENTIALS } from './harness/example.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { WAIT } from './harness/wait.mts';
import { startWorkflow } from './harness/run-workflow.mts';
import { speedUp, until } from './harness/time.mts';

const bench = useRsomPay();

const lookups = () =>
	bench.simulator.control.requests().filter(({ path }) => path.endsWith('/by-reference'));

/** The delays between the lookups, in ms. */
const delays = () => {
	const times = lookups().map(({ receivedAt }) => receivedAt);
	return times.slice(1).map((time, index) => time - (times[index] ?? 0));
};

/** Starts to wait for existing invoices. */
const start = (parameters: INodeParameters = {}, ids = ['INV-1'], rest = {}) =>
	startWorkflow(bench.n8n, {
		nodes: [
			{ name: 'Start', type: 'test.start' },
			{
				name: 'Wait',
				type: 'n8n-nodes-rsompay.rsomPay',
				parameters: { ...WAIT, waitMode: 'asking', ...parameters },
				credentials: SIMULATOR_CREDENTIALS,
				...rest,
			},
			{ name: 'After', type: 'test.pass' },
		],
		items: ids.map((id) => ({ id })),
	});

/** The parameters for a limit in seconds. */
const seconds = (waitAmount: number) => ({ waitAmount, waitUnit: 'seconds' });

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

test('continues at once when the invoice has settled', async () => {
	await bench.create('INV-1');
	bench.simulator.control.payInvoice('INV-1');

	const run = await start().finished;

	expect(run.items('Wait')).toStrictEqual([
		{
			json: {
				...bench.simulator.control.invoices()[0],
				settled: true,
				payment: transactionOf('INV-1'),
			},
			pairedItem: { item: 0 },
		},
	]);
	expect(lookups()).toHaveLength(1);
});

test.each([
	['paid', () => bench.simulator.control.payInvoice('INV-1')],
	['canceled', () => bench.simulator.control.cancelInvoice('INV-1')],
])('continues when the invoice becomes %s', async (status, settle) => {
	await bench.create('INV-1');

	const { finished } = start(seconds(10));
	await until(() => lookups().length === 2);
	settle();
	const run = await finished;

	expect(run.status).toBe('success');
	expect(run.items('After').map(({ json }) => json)).toMatchObject([
		{ status, settled: true, payment: status === 'paid' ? transactionOf('INV-1') : null },
	]);
	expect(run.elapsedMs).toBeLessThan(4_000);
});

test('continues after a failed payment only with failedCounts', async () => {
	await bench.create('INV-1');
	bench.simulator.control.failInvoice('INV-1');

	const open = await start(seconds(1)).finished;
	const settled = await start({ ...seconds(10), failedCounts: true }).finished;

	expect(open.items('After')[0]?.json).toMatchObject({ status: 'failed', settled: false });
	expect(settled.items('After')[0]?.json).toMatchObject({ status: 'failed', settled: true });
	expect(settled.elapsedMs).toBeGreaterThanOrEqual(2_500);
	expect(settled.elapsedMs).toBeLessThan(5_500);
});

test('continues with the payment that is confirmed after a failed attempt, with failedCounts', async () => {
	await bench.create('INV-1');
	bench.simulator.control.failInvoice('INV-1');
	bench.simulator.control.configure({ lagMs: 1_500 });
	bench.simulator.control.payInvoice('INV-1');

	const run = await start({ ...seconds(10), failedCounts: true }).finished;

	expect(run.items('After')[0]?.json).toMatchObject({ status: 'paid', settled: true });
});

test('a payment that is found later is read again for the same customer', async () => {
	for (const id of ['INV-1', 'INV-2']) await bench.create(id);
	bench.simulator.control.payInvoice('INV-1');
	const { finished } = start(seconds(10), ['INV-1', 'INV-2']);
	const isListed = () =>
		bench.simulator.control.requests().some(({ path }) => path.endsWith('/transactions'));
	await until(isListed);
	bench.simulator.control.payInvoice('INV-2');

	const items = (await finished).items('After');

	expect(items.map(({ json }) => json.payment)).toStrictEqual(
		['INV-1', 'INV-2'].map(transactionOf),
	);
});

test('polls just before the time limit for the last time, and outputs an open invoice as not settled', async () => {
	await bench.create('INV-1');

	const before = Date.now();
	const run = await start(seconds(2)).finished;

	expect(run.status).toBe('success');
	expect(run.items('After').map(({ json }) => json)).toStrictEqual([
		{ ...bench.simulator.control.invoices()[0], settled: false, payment: null },
	]);
	expect(run.elapsedMs).toBeLessThan(2_000);
	// From the start, not from the first lookup: the limit counts from before that arrives.
	const last = (lookups().at(-1)?.receivedAt ?? 0) - before;
	expect(last).toBeGreaterThanOrEqual(1_490);
	expect(last).toBeLessThan(2_000);
	const found = delays();
	expect(found).toHaveLength(3);
	expect(found[0]).toBeGreaterThanOrEqual(490);
	expect(found[1]).toBeGreaterThanOrEqual(740);
});

test('polls at growing intervals of at most 15 seconds, for one minute by default', async () => {
	await bench.create('INV-1');
	const before = Date.now();
	speedUp(20);

	const run = await start().finished;

	expect(Date.now() - before).toBeGreaterThanOrEqual(59_000);
	expect(run.items('After')[0]?.json).toMatchObject({ settled: false });
	const expected = [500, 750, 1_125, 1_687, 2_531, 3_796, 5_695, 8_542, 12_814, 15_000];
	const found = delays();
	for (const [index, delay] of expected.entries()) {
		expect(found[index]).toBeGreaterThanOrEqual(delay - 30);
		// A late timer on a busy machine counts 20 times here.
		expect(found[index]).toBeLessThan(delay + 2_000);
	}
	expect(found.length).toBeLessThanOrEqual(expected.length + 1);
});

test('waits for more invoices at once than the concurrency of requests', async () => {
	const ids = Array.from({ length: 8 }, (_, index) => `INV-${index}`);
	await bench.create(...ids);
	bench.simulator.control.injectFault({ kind: 'latency', ms: 30, match: { method: 'GET' } });

	const { finished } = start({ ...seconds(20), options: { concurrency: 2 } }, ids);
	// The last one is looked up while the first is still open.
	await until(() => lookups().some(({ query }) => query.external_id === ids.at(-1)));
	for (const id of ids.toReversed()) bench.simulator.control.payInvoice(id);
	const run = await finished;

	expect(run.items('After').map(({ json }) => [json.external_id, json.settled])).toStrictEqual(
		ids.map((id) => [id, true]),
	);
	expect(run.items('Wait').map(({ pairedItem }) => pairedItem)).toStrictEqual(
		ids.map((_, item) => ({ item })),
	);
	expect(run.elapsedMs).toBeLessThan(4_000);
	const requests = lookups();
	const inFlight = requests.map(
		({ receivedAt }) =>
			requests.filter(
				(other) => other.receivedAt <= receivedAt && receivedAt < (other.answeredAt ?? Infinity),
			).length,
	);
	expect(Math.max(...inFlight)).toBeLessThanOrEqual(2);
});

test('the time limit applies to all items together', async () => {
	const ids = Array.from({ length: 5 }, (_, index) => `INV-${index}`);
	await bench.create(...ids);
	bench.simulator.control.payInvoice('INV-3');

	const run = await start({ ...seconds(1), options: { concurrency: 1 } }, ids).finished;

	expect(run.elapsedMs).toBeLessThan(2_500);
	expect(run.items('After').map(({ json }) => json.settled)).toStrictEqual([
		false,
		false,
		false,
		true,
		false,
	]);
});

test('stops at once when the execution is cancelled', async () => {
	await bench.create('INV-1', 'INV-2');
	const running = start({ waitAmount: 10 }, ['INV-1', 'INV-2']);
	await until(() => lookups().length === 4);

	const cancelledAt = performance.now();
	running.cancel();
	const run = await running.finished;

	expect(performance.now() - cancelledAt).toBeLessThan(300);
	expect(run.status).toBe('canceled');
	expect(run.task('After')).toBeUndefined();
	const count = lookups().length;
	await wait(1_500);
	expect(lookups()).toHaveLength(count);
	expect(logged('error')).toStrictEqual([]);
});

describe('transient errors', () => {
	test('do not end the polling', async () => {
		await bench.create('INV-1');
		const { finished } = start({ ...seconds(10), options: { maxRetries: 0 } });
		await until(() => lookups().length === 1);
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });
		bench.simulator.control.injectFault({ kind: 'drop', match: { skip: 1, times: 1 } });
		bench.simulator.control.payInvoice('INV-1');
		const run = await finished;

		expect(run.status).toBe('success');
		expect(run.items('After')[0]?.json).toMatchObject({ status: 'paid', settled: true });
		expect(lookups().length).toBeGreaterThanOrEqual(3);
	});

	test('at the time limit lead to the last successful response', async () => {
		await bench.create('INV-1');
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 503,
			match: { method: 'GET', skip: 1 },
		});

		const run = await start({ ...seconds(1), options: { maxRetries: 0 } }).finished;

		expect(run.status).toBe('success');
		expect(run.items('After')[0]?.json).toMatchObject({ status: 'issued', settled: false });
	});

	test('fail the node when no lookup succeeded', async () => {
		await bench.create('INV-1');
		bench.simulator.control.injectFault({ kind: 'status', status: 503 });

		const run = await start({ ...seconds(1), options: { maxRetries: 0 } }).finished;

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('HTTP 503');
		expect(run.task('After')).toBeUndefined();
	});
});

describe('the time limit ends', () => {
	const LIMIT_MS = 1_000;

	/** For a busy machine. */
	const TOLERANCE_MS = 1_000;

	const expectInTime = ({ elapsedMs }: { elapsedMs: number }) =>
		expect(elapsedMs).toBeLessThan(LIMIT_MS + TOLERANCE_MS);

	test.each([
		['retries that RsomPay delays (503)', { kind: 'status', status: 503, retryAfter: 5 }],
		['the pause after a 429', { kind: 'status', status: 429, retryAfter: 5 }],
		['a request without a response', { kind: 'hang' }],
		['retries after a lost connection', { kind: 'drop' }],
	] as const)('%s, with the error when there was no response before', async (_what, fault) => {
		await bench.create('INV-1');
		bench.simulator.control.injectFault({ ...fault, match: { method: 'GET' } });

		const run = await start(seconds(1)).finished;

		expectInTime(run);
		expect(run.status).toBe('error');
		expect(run.error?.message).toMatch(
			fault.kind === 'status' ? /HTTP 503|too many requests/i : /RsomPay did not respond/,
		);
		expect(run.task('After')).toBeUndefined();
	});

	test.each([
		['a 503', { kind: 'status', status: 503, retryAfter: 5 }],
		['a 429', { kind: 'status', status: 429, retryAfter: 5 }],
		['no response', { kind: 'hang' }],
	] as const)('%s, with the invoice as it was before', async (_what, fault) => {
		await bench.create('INV-1');
		bench.simulator.control.injectFault({ ...fault, match: { method: 'GET', skip: 1 } });

		const run = await start(seconds(1)).finished;

		expectInTime(run);
		expect(run.status).toBe('success');
		expect(run.items('After')[0]?.json).toMatchObject({ status: 'issued', settled: false });
	});

	test('the search for the payment of a paid invoice', async () => {
		await bench.create('INV-1');
		bench.simulator.control.payInvoice('INV-1');
		bench.simulator.control.injectFault({
			kind: 'hang',
			match: { method: 'GET', path: '/api/external/v1/transactions' },
		});

		const run = await start(seconds(1)).finished;

		expectInTime(run);
		expect(run.items('After')[0]?.json).toMatchObject({
			status: 'paid',
			settled: true,
			payment: null,
		});
		const [warning, ...others] = logged('warn');
		expect(warning?.message).toMatch(/^The payment of a paid invoice could not be read: /);
		expect(others).toStrictEqual([]);
	});

	test('the queue of items, with an error for one that was never requested', async () => {
		await bench.create('INV-1', 'INV-2');
		bench.simulator.control.injectFault({ kind: 'hang', match: { method: 'GET' } });

		const run = await start({ ...seconds(1), options: { concurrency: 1 } }, ['INV-1', 'INV-2'], {
			onError: 'continueRegularOutput',
		}).finished;

		expectInTime(run);
		expect(run.items('After').map(({ json }) => json.error)).toStrictEqual([
			'RsomPay did not respond [Item 0]',
			'RsomPay was not asked in time [Item 1]',
		]);
		expect(lookups()).toHaveLength(1);
	});
});

test('continues after a 429 when RsomPay accepts requests again', async () => {
	await bench.create('INV-1');
	bench.simulator.control.injectFault({
		kind: 'status',
		status: 429,
		retryAfter: 1,
		match: { method: 'GET', times: 2 },
	});
	bench.simulator.control.payInvoice('INV-1');

	const run = await start({ ...seconds(10), options: { maxRetries: 0 } }).finished;

	expect(run.items('After')[0]?.json).toMatchObject({ status: 'paid', settled: true });
	expect(delays().every((delay) => delay >= 990)).toBe(true);
});

test('does not poll an unknown invoice again', async () => {
	const run = await start(seconds(10)).finished;

	expect(run.error?.message).toBe('RsomPay could not find the invoice "INV-1" [Item 0]');
	expect(lookups()).toHaveLength(1);
});

test('with continue on fail outputs an unknown invoice as an error and waits for the others', async () => {
	await bench.create('INV-2');
	const { finished } = start(seconds(10), ['INV-1', 'INV-2'], { onError: 'continueRegularOutput' });
	await until(() => lookups().length === 3);
	bench.simulator.control.payInvoice('INV-2');
	const run = await finished;

	expect(run.items('After').map(({ json }) => json)).toMatchObject([
		{ error: 'RsomPay could not find the invoice "INV-1" [Item 0]' },
		{ external_id: 'INV-2', settled: true },
	]);
});

test('needs no signing secret, no previous node and no execution order', async () => {
	await bench.create('INV-1');
	bench.simulator.control.payInvoice('INV-1');
	const credentials = bench.credentials({ signingSecret: '' }, 'no secret');
	const { finished } = startWorkflow(bench.n8n, {
		nodes: [
			{
				name: 'Wait',
				type: 'n8n-nodes-rsompay.rsomPayTool',
				parameters: { ...WAIT, waitMode: 'asking' },
				credentials,
			},
		],
		settings: { executionOrder: 'v0' },
		items: [{ id: 'INV-1' }],
	});

	expect((await finished).items('Wait')[0]?.json).toMatchObject({ settled: true });
});
