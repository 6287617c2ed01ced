import type { Execution } from './harness/execution.mts';
import { eventAbout } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const DAY_MS = 86_400_000;

const outputs = (execution: Execution) =>
	execution
		.soFar()
		.items('After')
		.map(({ json }) => json);

const callBack = async (execution: Execution, id: string) =>
	await bench.deliver(execution, { payload: eventAbout(id) });

beforeEach(() => {
	// Nobody calls back unless a test does.
	bench.simulator.control.configure({ events: [] });
});

describe('when the time is up', () => {
	test('and not before, n8n continues the execution', async () => {
		const execution = await bench.wait();

		expect(await bench.passTime(DAY_MS - 60_000)).toStrictEqual([]);
		expect(execution.status).toBe('waiting');
		expect(await bench.passTime(60_000)).toMatchObject([{ status: 'success' }]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('what is still open comes out as it stands, and is easy to tell apart', async () => {
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
	])(
		'what has become %s meanwhile comes out so, with settled %j',
		async (status, settled, become) => {
			const execution = await bench.wait();
			become();

			await bench.passTime(DAY_MS);

			expect(outputs(execution)).toMatchObject([{ status, settled, payment: null }]);
		},
	);

	test('failed is settled if that counts', async () => {
		const execution = await bench.wait({ failedCounts: true });
		bench.simulator.control.failInvoice('INV-1');

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([{ status: 'failed', settled: true }]);
	});

	test('what had failed before the wait, which counted, is asked for once more', async () => {
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

	test('of several, each comes out as it is then; only what was open is asked for', async () => {
		const ids = ['INV-0', 'INV-1', 'INV-2', 'INV-3'];
		await bench.create(...ids);
		bench.simulator.control.payInvoice('INV-0');
		const execution = await bench.wait({}, { ids });
		bench.simulator.control.payInvoice('INV-1');
		expect((await callBack(execution, 'INV-1')).status).toBe(200);
		bench.simulator.control.payInvoice('INV-2');
		const before = bench.simulator.control.requests().length;

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([
			{ external_id: 'INV-0', status: 'paid', settled: true },
			{ external_id: 'INV-1', status: 'paid', settled: true, payment: { status: 'completed' } },
			{ external_id: 'INV-2', status: 'paid', settled: true, payment: null },
			{ external_id: 'INV-3', status: 'issued', settled: false, payment: null },
		]);
		const asked = bench.simulator.control.requests().slice(before);
		expect(asked.map(({ query }) => query.external_id).sort()).toStrictEqual([
			'INV-1',
			'INV-2',
			'INV-3',
		]);
	});

	test('after a restart, too', async () => {
		const execution = await bench.wait();

		await bench.n8n.restart();
		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([{ status: 'issued', settled: false }]);
	});

	test('a callback that comes later is told that it is over', async () => {
		const execution = await bench.wait();
		await bench.passTime(DAY_MS);
		bench.simulator.control.payInvoice('INV-1');

		expect((await callBack(execution, 'INV-1')).status).toBe(409);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('the limit is the one that was set', async () => {
		const execution = await bench.wait({ waitAmount: 3, waitUnit: 'hours' });

		expect(await bench.passTime(3 * 3_600_000 - 60_000)).toStrictEqual([]);
		await bench.passTime(60_000);

		expect(outputs(execution)).toMatchObject([{ settled: false }]);
	});
});

describe('when RsomPay cannot tell at that moment', () => {
	const fail = () => bench.simulator.control.injectFault({ kind: 'status', status: 500 });
	const parameters = { options: { maxRetries: 0 } };

	test('the execution fails and says so: nothing is taken for unpaid', async () => {
		const execution = await bench.wait(parameters);
		fail();

		await bench.passTime(DAY_MS);

		const run = execution.soFar();
		expect([run.status, run.lastNode]).toStrictEqual(['error', 'Wait']);
		expect(run.error?.message).toBe(
			'RsomPay could not answer because of a fault on its side (HTTP 500) [Item 0]',
		);
		expect(run.tasks('After')).toStrictEqual([]);
	});

	test('it is asked again as often as the options say', async () => {
		const execution = await bench.wait({ options: { maxRetries: 2 } });
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 2 } });

		await bench.passTime(DAY_MS);

		expect(outputs(execution)).toMatchObject([{ settled: false }]);
	});

	test('with continue on fail it is an item', async () => {
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

	test("n8n's own Retry On Fail asks once more, and does not wait anew", async () => {
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
	const goOn = {
		callback: async (execution: Execution) => {
			bench.simulator.control.payInvoice('INV-1');
			await callBack(execution, 'INV-1');
			await execution.ended();
		},
		'time-out': async () => {
			bench.simulator.control.payInvoice('INV-1');
			await bench.passTime(DAY_MS);
		},
	};

	test.each(['callback', 'time-out'] as const)(
		'an unknown invoice is an error item, kept through the wait (%s)',
		async (how) => {
			const execution = await waitForBoth('continueRegularOutput');
			expect(execution.status).toBe('waiting');

			await goOn[how](execution);

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

	test.each(['callback', 'time-out'] as const)(
		'it leaves by the error output, if there is one (%s)',
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

			await goOn[how](execution);

			const run = execution.soFar();
			const payment = how === 'callback' ? { status: 'completed' } : null;
			expect(run.items('After').map(({ json }) => json)).toMatchObject([
				{ external_id: 'INV-1', status: 'paid', settled: true, payment },
			]);
			expect(run.items('Failed').map(({ json }) => json)).toMatchObject([
				{ id: 'INV-2', error: 'RsomPay could not find the invoice "INV-2" [Item 0]' },
			]);
			expect([run.tasks('After').length, run.tasks('Failed').length]).toStrictEqual([1, 1]);
		},
	);

	test('a wrong field is an error item, too', async () => {
		await bench.create('INV-1');
		const execution = await bench.wait(
			{},
			{ ids: ['', 'INV-1'], creates: false, onError: 'continueRegularOutput' },
		);

		await goOn.callback(execution);

		expect(outputs(execution)).toMatchObject([
			{ error: "'External ID' is empty [Item 0]" },
			{ external_id: 'INV-1', settled: true },
		]);
	});

	test('only errors are nothing to wait for', async () => {
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

	test("n8n's own Retry On Fail beside it does not begin another wait when the time is up", async () => {
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

	test("n8n's own Retry On Fail beside it does not end the wait", async () => {
		const execution = await waitForBoth('continueRegularOutput', {
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(execution.status).toBe('waiting');

		await goOn.callback(execution);

		expect(outputs(execution)).toMatchObject([
			{ error: expect.stringContaining('could not find') as unknown },
			{ external_id: 'INV-1', status: 'paid', settled: true },
		]);
	});
});

test('without it an unknown invoice fails before anything is waited for', async () => {
	await bench.create('INV-1');
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'], creates: false });

	expect(execution.status).toBe('error');
	expect(execution.soFar().error?.message).toBe(
		'RsomPay could not find the invoice "INV-2" [Item 1]',
	);
});
