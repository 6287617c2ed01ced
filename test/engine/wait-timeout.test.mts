import type { Execution } from './harness/execution.mts';
import { eventAbout, transactionOf } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const DAY_MS = 86_400_000;

const outputs = (execution: Execution) =>
	execution
		.soFar()
		.items('After')
		.map(({ json }) => json);

const deliverPayment = async (execution: Execution, id: string) =>
	await bench.deliver(execution, { payload: eventAbout(id) });

beforeEach(() => {
	// Each test delivers the webhooks itself.
	bench.simulator.control.configure({ events: [] });
});

describe('at the time limit', () => {
	test('n8n resumes the execution, and not earlier without polls', async () => {
		const execution = await bench.wait({ pollAfter: 0 });

		expect(await bench.passTime(DAY_MS - 60_000)).toStrictEqual([]);
		expect(execution.status).toBe('waiting');
		expect(await bench.passTime(60_000)).toMatchObject([{ status: 'success' }]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('outputs an open invoice as not settled', async () => {
		const execution = await bench.wait();

		await bench.passTime(DAY_MS);

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toStrictEqual([
			{ ...bench.simulator.control.invoices()[0], settled: false, payment: null },
		]);
		expect(outputs(execution)).toMatchObject([{ status: 'issued' }]);
	});

	test.each([
		['failed', false, () => bench.simulator.control.failInvoice('INV-1')],
		['paid', true, () => bench.simulator.control.payInvoice('INV-1')],
		['canceled', true, () => bench.simulator.control.cancelInvoice('INV-1')],
	])('outputs an invoice that is now %s with settled %j', async (status, settled, change) => {
		const execution = await bench.wait();
		change();

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([
			{ status, settled, payment: status === 'paid' ? transactionOf('INV-1') : null },
		]);
	});

	test('outputs failed as settled with failedCounts', async () => {
		const execution = await bench.wait({ failedCounts: true });
		bench.simulator.control.failInvoice('INV-1');

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([{ status: 'failed', settled: true }]);
	});

	test('looks up an invoice again that had failed before the wait, with failedCounts', async () => {
		await bench.create('INV-1', 'INV-2');
		bench.simulator.control.failInvoice('INV-1');
		const execution = await bench.wait({ failedCounts: true }, { ids: ['INV-1', 'INV-2'] });
		bench.simulator.control.payInvoice('INV-1');

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([
			{ external_id: 'INV-1', status: 'paid', settled: true },
			{ external_id: 'INV-2', status: 'issued', settled: false },
		]);
	});

	test('outputs each of several invoices, and looks up only those that were open', async () => {
		const ids = ['INV-0', 'INV-1', 'INV-2', 'INV-3'];
		await bench.create(...ids);
		bench.simulator.control.payInvoice('INV-0');
		const execution = await bench.wait({}, { ids });
		bench.simulator.control.payInvoice('INV-1');
		expect((await deliverPayment(execution, 'INV-1')).status).toBe(200);
		bench.simulator.control.payInvoice('INV-2');
		const before = bench.simulator.control.requests().length;

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([
			{ external_id: 'INV-0', status: 'paid', settled: true },
			{ external_id: 'INV-1', status: 'paid', settled: true, payment: { status: 'completed' } },
			{ external_id: 'INV-2', status: 'paid', settled: true, payment: transactionOf('INV-2') },
			{ external_id: 'INV-3', status: 'issued', settled: false, payment: null },
		]);
		const requests = bench.simulator.control
			.requests()
			.slice(before)
			.filter(({ path }) => path.endsWith('/by-reference'));
		expect(requests.map(({ query }) => query.external_id).sort()).toStrictEqual([
			'INV-1',
			'INV-2',
			'INV-3',
		]);
	});

	test('resumes after a restart', async () => {
		const execution = await bench.wait();

		await bench.n8n.restart();
		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([{ status: 'issued', settled: false }]);
	});

	test('responds with 409 to a later webhook', async () => {
		const execution = await bench.wait();
		await bench.passTime(DAY_MS);
		bench.simulator.control.payInvoice('INV-1');

		expect((await deliverPayment(execution, 'INV-1')).status).toBe(409);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('uses the configured limit', async () => {
		const execution = await bench.wait({ waitAmount: 3, waitUnit: 'hours', pollAfter: 0 });

		expect(await bench.passTime(3 * 3_600_000 - 60_000)).toStrictEqual([]);
		await bench.passTime(60_000);

		expect(outputs(execution)).toMatchObject([{ settled: false }]);
	});
});

describe('when the lookup at the time limit fails', () => {
	const fail = () => bench.simulator.control.injectFault({ kind: 'status', status: 500 });
	const parameters = { options: { maxRetries: 0 } };

	test('the execution fails instead of reporting the invoice as unpaid', async () => {
		const execution = await bench.wait(parameters);
		fail();

		await bench.passTime(DAY_MS);

		const run = execution.soFar();
		expect([run.status, run.lastNode]).toStrictEqual(['error', 'Wait']);
		expect(run.error?.message).toBe(
			'RsomPay could not respond because of a fault on its side (HTTP 500) [Item 0]',
		);
		expect(run.tasks('After')).toStrictEqual([]);
	});

	test('the lookup is retried as often as the option Retries', async () => {
		const execution = await bench.wait({ options: { maxRetries: 2 } });
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 2 } });

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([{ settled: false }]);
	});

	test('the error is an item with continue on fail', async () => {
		const execution = await bench.wait(parameters, {
			ids: ['INV-1', 'INV-2'],
			onError: 'continueRegularOutput',
		});
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { nth: 1 } });

		await bench.passTime(DAY_MS);

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toMatchObject([
			{ error: expect.stringContaining('HTTP 500') as unknown, details: { http_code: 500 } },
			{ external_id: 'INV-2', settled: false },
		]);
		expect(
			execution
				.soFar()
				.items('Wait')
				.map(({ pairedItem }) => pairedItem),
		).toStrictEqual([{ item: 0 }, { item: 1 }]);
	});

	test("n8n's Retry On Fail repeats the lookup and does not start another wait", async () => {
		const execution = await bench.wait(parameters, {
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });

		await bench.passTime(DAY_MS);

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1', settled: false }]);
	});
});

describe('with continue on fail', () => {
	const ids = ['INV-1', 'INV-2'];
	/** Only the first of them exists. */
	const waitForBoth = async (
		onError: 'continueRegularOutput' | 'continueErrorOutput',
		rest = {},
	) => {
		await bench.create('INV-1');
		return await bench.wait({}, { ids: ['INV-2', 'INV-1'], creates: false, onError, ...rest });
	};
	const resumeBy = {
		webhook: async (execution: Execution) => {
			bench.simulator.control.payInvoice('INV-1');
			await deliverPayment(execution, 'INV-1');
			await execution.ended();
		},
		timeout: async () => {
			bench.simulator.control.payInvoice('INV-1');
			await bench.passTime(DAY_MS);
		},
	};

	test.each(['webhook', 'timeout'] as const)(
		'outputs an unknown invoice as an error after the wait (%s)',
		async (how) => {
			const execution = await waitForBoth('continueRegularOutput');
			expect(execution.status).toBe('waiting');

			await resumeBy[how](execution);

			expect(outputs(execution)).toMatchObject([
				{
					error: 'RsomPay could not find the invoice "INV-2" [Item 0]',
					details: { http_code: 404 },
				},
				{ external_id: 'INV-1', status: 'paid', settled: true },
			]);
			expect(
				execution
					.soFar()
					.items('Wait')
					.map(({ pairedItem }) => pairedItem),
			).toStrictEqual([{ item: 0 }, { item: 1 }]);
		},
	);

	test.each(['webhook', 'timeout'] as const)(
		'outputs it at the error output, if there is one (%s)',
		async (how) => {
			const execution = await waitForBoth('continueErrorOutput', {
				next: [
					{ name: 'After', type: 'test.pass' },
					{ name: 'Failed', type: 'test.pass' },
				],
				connections: {
					Start: { main: [[{ node: 'Wait', type: 'main', index: 0 }]] },
					Wait: {
						main: [
							[{ node: 'After', type: 'main', index: 0 }],
							[{ node: 'Failed', type: 'main', index: 0 }],
						],
					},
				},
			});
			expect(execution.soFar().tasks('Failed')).toStrictEqual([]);

			await resumeBy[how](execution);

			const run = execution.soFar();
			const payment =
				how === 'webhook' ? { uuid: expect.any(String) as unknown } : transactionOf('INV-1');
			expect(run.items('After').map(({ json }) => json)).toMatchObject([
				{ external_id: 'INV-1', status: 'paid', settled: true, payment },
			]);
			expect(run.items('Failed').map(({ json }) => json)).toMatchObject([
				{ id: 'INV-2', error: 'RsomPay could not find the invoice "INV-2" [Item 0]' },
			]);
			expect([run.tasks('After').length, run.tasks('Failed').length]).toStrictEqual([1, 1]);
		},
	);

	test('outputs an invalid field as an error', async () => {
		await bench.create('INV-1');
		const execution = await bench.wait(
			{},
			{ ids: ['', 'INV-1'], creates: false, onError: 'continueRegularOutput' },
		);

		await resumeBy.webhook(execution);

		expect(outputs(execution)).toMatchObject([
			{ error: "'External ID' is empty [Item 0]" },
			{ external_id: 'INV-1', settled: true },
		]);
	});

	test('does not suspend when all items are errors', async () => {
		const execution = await bench.wait(
			{},
			{ ids, creates: false, onError: 'continueRegularOutput' },
		);

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toMatchObject([
			{ error: expect.anything() as unknown },
			{ error: expect.anything() as unknown },
		]);
	});

	test("n8n's Retry On Fail does not start another wait at the time limit", async () => {
		const execution = await waitForBoth('continueRegularOutput', {
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});

		await bench.passTime(DAY_MS);

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toMatchObject([
			{ error: expect.stringContaining('could not find') as unknown },
			{ external_id: 'INV-1', status: 'issued', settled: false },
		]);
	});

	test("n8n's Retry On Fail does not end the wait", async () => {
		const execution = await waitForBoth('continueRegularOutput', {
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(execution.status).toBe('waiting');

		await resumeBy.webhook(execution);

		expect(outputs(execution)).toMatchObject([
			{ error: expect.stringContaining('could not find') as unknown },
			{ external_id: 'INV-1', status: 'paid', settled: true },
		]);
	});
});

test('without continue on fail an unknown invoice fails the node before it suspends', async () => {
	await bench.create('INV-1');
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'], creates: false });

	expect(execution.status).toBe('error');
	expect(execution.soFar().error?.message).toBe(
		'RsomPay could not find the invoice "INV-2" [Item 1]',
	);
});
