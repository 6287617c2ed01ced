import type { Execution } from './harness/execution.mts';
import { eventAbout } from './harness/events.mts';
import { logged } from './harness/logs.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { visit } from './harness/visit.mts';

const bench = useRsomPay();

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

beforeEach(() => {
	// RsomPay's webhooks are lost.
	bench.simulator.control.configure({ events: [] });
});

const outputs = (execution: Execution) =>
	execution
		.soFar()
		.items('After')
		.map(({ json }) => json);

/** How often RsomPay was asked for an invoice. */
const lookups = (id = 'INV-1') =>
	bench.simulator.control
		.requests()
		.filter(({ path, query }) => path.endsWith('/by-reference') && query.external_id === id).length;

/** The minutes after which n8n resumes the execution the next time. */
const minutesToNext = (execution: Execution) =>
	Math.round((Number(execution.waitTill) - Date.now()) / MINUTE_MS);

test('a payment whose webhook was lost resumes the execution at the next poll', async () => {
	const execution = await bench.wait();
	bench.simulator.control.payInvoice('INV-1');

	await bench.passTime(5 * MINUTE_MS);

	expect(execution.status).toBe('success');
	expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
});

test('an open invoice leaves the execution suspended, and is polled at growing intervals', async () => {
	const execution = await bench.wait();
	const intervals = [minutesToNext(execution)];
	for (let poll = 0; poll < 6; poll++) {
		const before = lookups();
		await bench.passTime(Number(execution.waitTill) - Date.now());
		expect([execution.status, lookups() - before]).toStrictEqual(['waiting', 1]);
		intervals.push(minutesToNext(execution));
	}
	expect(intervals).toStrictEqual([5, 10, 20, 40, 60, 60, 60]);
});

test.each([1, 5])(
	'an invoice that waits for a day causes at most 30 requests (first after %i min)',
	async (pollAfter) => {
		const id = `INV-DAY-${pollAfter}`;
		const execution = await bench.wait({ pollAfter }, { ids: [id] });
		while (execution.status === 'waiting')
			await bench.passTime(Number(execution.waitTill) - Date.now());

		expect(outputs(execution)).toMatchObject([{ status: 'issued', settled: false }]);
		expect(lookups(id)).toBeLessThanOrEqual(30);
	},
);

test('the limit is not exceeded by an interval', async () => {
	const execution = await bench.wait({ waitAmount: 7, waitUnit: 'minutes' });
	const start = Date.now();
	await bench.passTime(5 * MINUTE_MS);

	expect(Math.round((Number(execution.waitTill) - start) / MINUTE_MS)).toBe(7);
});

test('0 turns polling off', async () => {
	const execution = await bench.wait({ pollAfter: 0 });
	bench.simulator.control.payInvoice('INV-1');

	await bench.passTime(DAY_MS - MINUTE_MS);
	expect(execution.status).toBe('waiting');
});

test.each([-1, 61, 'soon'])('rejects %j minutes', async (pollAfter) => {
	const execution = await bench.wait({ pollAfter });

	expect(execution.soFar().error?.message).toContain("'First Poll After (Minutes)' must be");
});

test('after several polls there is one run, with its items linked', async () => {
	const ids = ['INV-1', 'INV-2'];
	const execution = await bench.wait({}, { ids });
	await bench.passTime(5 * MINUTE_MS);
	bench.simulator.control.payInvoice('INV-2');
	await bench.passTime(10 * MINUTE_MS);
	await bench.passTime(20 * MINUTE_MS);
	bench.simulator.control.payInvoice('INV-1');
	await bench.passTime(40 * MINUTE_MS);

	const run = execution.soFar();
	expect([run.status, run.tasks('Wait').length, run.tasks('After').length]).toStrictEqual([
		'success',
		1,
		1,
	]);
	expect(run.items('Wait').map(({ pairedItem }) => pairedItem)).toStrictEqual([
		{ item: 0 },
		{ item: 1 },
	]);
	expect(run.task('Wait')).not.toHaveProperty('inputOverride');
	expect(run.task('Wait')?.source).toMatchObject([{ previousNode: 'Create' }]);
	expect(run.task('After')?.source).toMatchObject([{ previousNode: 'Wait' }]);
	expect(outputs(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true },
		{ external_id: 'INV-2', status: 'paid', settled: true },
	]);
});

test('does not poll an invoice again that an earlier poll found paid', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	bench.simulator.control.payInvoice('INV-1');
	await bench.passTime(5 * MINUTE_MS);
	const before = bench.simulator.control.requests().length;

	await bench.passTime(10 * MINUTE_MS);

	const requests = bench.simulator.control.requests().slice(before);
	expect(
		requests
			.filter(({ path }) => path.endsWith('/by-reference'))
			.map(({ query }) => query.external_id),
	).toStrictEqual(['INV-2']);
	expect(execution.status).toBe('waiting');
});

test('a callback between two polls resumes the execution', async () => {
	const execution = await bench.wait();
	await bench.passTime(5 * MINUTE_MS);
	bench.simulator.control.payInvoice('INV-1');

	const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });

	expect(status).toBe(200);
	const run = await execution.ended();
	expect(run.tasks('Wait')).toHaveLength(1);
	expect(outputs(execution)).toMatchObject([
		{ status: 'paid', settled: true, payment: { status: 'completed' } },
	]);
});

test.each([
	['a fault', { kind: 'status', status: 500 }],
	['too many requests', { kind: 'status', status: 429, retryAfter: 60 }],
	['a closed connection', { kind: 'drop' }],
	['a suspended account', { kind: 'status', status: 403, body: {} }],
] as const)('after %s it polls again later', async (_name, fault) => {
	const execution = await bench.wait();
	bench.simulator.control.injectFault({ ...fault, match: { path: '/invoices', times: 1 } });
	bench.simulator.control.payInvoice('INV-1');
	const before = lookups();

	await bench.passTime(5 * MINUTE_MS);

	// One request: while the execution runs, n8n rejects callbacks.
	expect([execution.status, lookups() - before]).toStrictEqual(['waiting', 1]);
	await bench.passTime(10 * MINUTE_MS);
	expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
});

test('failed is not the end while a payment is reported that RsomPay has not confirmed yet', async () => {
	const execution = await bench.wait({ failedCounts: true });
	bench.simulator.control.failInvoice('INV-1');
	expect((await bench.deliver(execution, { payload: eventAbout('INV-1') })).status).toBe(503);

	await bench.passTime(5 * MINUTE_MS);

	expect(execution.status).toBe('waiting');
	bench.simulator.control.payInvoice('INV-1');
	await bench.passTime(10 * MINUTE_MS);
	expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
});

test('polls after a restart', async () => {
	const execution = await bench.wait();
	await bench.passTime(5 * MINUTE_MS);
	bench.simulator.control.payInvoice('INV-1');

	await bench.n8n.restart();
	await bench.passTime(10 * MINUTE_MS);

	expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
});

test("an earlier item's error stays an error item", async () => {
	await bench.create('INV-1');
	const execution = await bench.wait(
		{},
		{ ids: ['INV-2', 'INV-1'], creates: false, onError: 'continueRegularOutput' },
	);
	await bench.passTime(5 * MINUTE_MS);
	expect(execution.status).toBe('waiting');
	bench.simulator.control.payInvoice('INV-1');
	await bench.passTime(10 * MINUTE_MS);

	expect(outputs(execution)).toMatchObject([
		{ error: 'RsomPay could not find the invoice "INV-2" [Item 0]' },
		{ external_id: 'INV-1', status: 'paid', settled: true },
	]);
});

test("n8n's Retry On Fail starts no second wait", async () => {
	const execution = await bench.wait(
		{},
		{ node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 } },
	);
	await bench.passTime(5 * MINUTE_MS);
	expect(execution.status).toBe('waiting');
	bench.simulator.control.payInvoice('INV-1');
	await bench.passTime(10 * MINUTE_MS);

	expect(execution.soFar().tasks('Wait')).toHaveLength(1);
	expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
});

test('an n8n that resumes too early leaves the execution suspended until the limit', async () => {
	const execution = await bench.wait({ pollAfter: 0 });
	const limit = Number(execution.waitTill);

	await bench.resumeNow(execution);

	expect([execution.status, Number(execution.waitTill)]).toStrictEqual(['waiting', limit]);
});

describe('the payment of a paid invoice whose webhook was lost', () => {
	const pollOnce = async (fault?: Parameters<typeof bench.simulator.control.injectFault>[0]) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1', { method: 'tamara' });
		if (fault) bench.simulator.control.injectFault(fault);
		await bench.passTime(5 * MINUTE_MS);
		return outputs(execution);
	};

	test("is the customer's transaction", async () => {
		expect(await pollOnce()).toMatchObject([
			{ status: 'paid', payment: { payment_method: 'tamara', invoice_external_id: 'INV-1' } },
		]);
	});

	test('is empty when RsomPay does not return the transactions, and the log says why', async () => {
		const match = { path: '/transactions' };
		expect(await pollOnce({ kind: 'status', status: 500, match })).toMatchObject([
			{ status: 'paid', settled: true, payment: null },
		]);
		expect(logged('warn').map(({ message }) => message)).toContain(
			'The payment of a paid invoice could not be read: RsomPay could not respond because of a fault on its side (HTTP 500)',
		);
	});
});

describe("in the minute before n8n's timer resumes the execution", () => {
	const WAIT_ELSEWHERE = { name: 'After', type: 'n8n-nodes-base.wait' };

	test.each([
		[
			'a callback',
			async (execution: Execution) => {
				const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });
				expect(status).toBe(503);
			},
		],
		[
			'a customer',
			async (execution: Execution) => {
				const query = { status: 'success', external_id: 'INV-1' };
				expect((await visit(execution.url, query)).heading).toBe('Paid');
				await bench.n8n.server.idle();
			},
		],
	])('%s leaves that to the timer when a Wait node of n8n follows', async (_who, call) => {
		const execution = await bench.wait({ pollAfter: 1 }, { next: [WAIT_ELSEWHERE] });
		bench.simulator.control.payInvoice('INV-1');

		await call(execution);

		expect(execution.status).toBe('waiting');
		await bench.passTime(MINUTE_MS);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
		expect(outputs(execution)).toMatchObject([{ status: 'paid', payment: { amount: 103.5 } }]);
	});

	const toNode = (node: string) => ({ node, type: 'main' as const, index: 0 });

	test.each([
		['beside', [[toNode('Wait'), toNode('Elsewhere')]], 503],
		['before', [[toNode('Wait')]], 200],
	])(
		'a callback when a Wait node of n8n is %s this one gets %d',
		async (_where, create, status) => {
			const next = [
				{ name: 'After', type: 'test.pass' },
				{ name: 'Elsewhere', type: 'n8n-nodes-base.wait' },
			];
			const isBefore = status === 200;
			const connections = {
				Start: { main: [isBefore ? [toNode('Create'), toNode('Elsewhere')] : [toNode('Create')]] },
				Create: { main: create },
				...(isBefore && { Elsewhere: { main: [[toNode('Wait')]] } }),
				Wait: { main: [[toNode('After')]] },
			};
			const execution = await bench.wait({ pollAfter: 1 }, { next, connections });
			bench.simulator.control.payInvoice('INV-1');

			const response = await bench.deliver(execution, { payload: eventAbout('INV-1') });

			expect(response.status).toBe(status);
		},
	);

	test.each([
		['long before', { pollAfter: 5 }, [WAIT_ELSEWHERE]],
		['without such a node', { pollAfter: 1 }, [{ name: 'After', type: 'test.pass' }]],
	])('a callback resumes the execution at once: %s', async (_why, parameters, next) => {
		const execution = await bench.wait(parameters, { next });
		bench.simulator.control.payInvoice('INV-1');

		await bench.deliver(execution, { payload: eventAbout('INV-1') });

		expect((await execution.ended()).status).toBe('success');
	});
});
