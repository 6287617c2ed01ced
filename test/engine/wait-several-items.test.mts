import type { IDataObject } from 'n8n-workflow';

import type { Execution } from './harness/execution.mts';
import { eventAbout, failedPaymentEvent } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const IDS = ['INV-1', 'INV-2', 'INV-3'];

const EARLY = { message: 'Event received, and other invoices are still open' };

const toNode = (node: string) => ({ node, type: 'main' as const, index: 0 });

const lookups = () =>
	bench.simulator.control
		.requests()
		.filter(({ method }) => method === 'GET')
		.map(({ query }) => query.external_id);

/** Delivers the callback of a payment. */
const callBack = async (execution: Execution, id: string) =>
	await bench.deliver(execution, { payload: eventAbout(id) });

const pay = (...ids: string[]) => ids.map((id) => bench.simulator.control.payInvoice(id));

/** What came out in the end, in its order. */
const outcome = async (execution: Execution): Promise<IDataObject[]> => {
	const run = await execution.ended();
	expect(run.status).toBe('success');
	expect(run.tasks('After')).toHaveLength(1);
	return run.items('After').map(({ json }) => json);
};

const PAID = { status: 'paid', settled: true, payment: { status: 'completed' } };

beforeEach(() => {
	// Callbacks are delivered one by one.
	bench.simulator.control.configure({ events: [] });
});

test('an early callback gets its 200 and waits for the rest, whatever their order', async () => {
	const execution = await bench.wait({}, { ids: IDS });

	for (const id of ['INV-3', 'INV-1']) {
		pay(id);
		const early = await callBack(execution, id);
		expect([early.status, JSON.parse(early.body)]).toStrictEqual([200, EARLY]);
		expect(execution.status).toBe('waiting');
	}
	pay('INV-2');
	expect((await callBack(execution, 'INV-2')).status).toBe(200);

	expect(await outcome(execution)).toMatchObject(
		IDS.map((external_id) => ({ external_id, ...PAID })),
	);
	expect(
		execution
			.soFar()
			.items('Wait')
			.map(({ pairedItem }) => pairedItem),
	).toStrictEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
});

test('each comes out with its own payment', async () => {
	const execution = await bench.wait({}, { ids: IDS });
	pay(...IDS);

	for (const id of IDS) {
		const event = eventAbout(id);
		const payment = event.payment && { ...event.payment, uuid: `payment of ${id}` };
		await bench.deliver(execution, { payload: { ...event, payment } });
		// As soon as one tells, the others are found paid.
		if (execution.status !== 'waiting') break;
	}

	expect(await outcome(execution)).toMatchObject([
		{ external_id: 'INV-1', payment: { uuid: 'payment of INV-1' } },
		{ external_id: 'INV-2', payment: null },
		{ external_id: 'INV-3', payment: null },
	]);
});

test('a callback that was lost is not waited for: the others bring it along', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });

	pay('INV-1', 'INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true, payment: null },
		{ external_id: 'INV-2', ...PAID },
	]);
});

test('after a restart the early one is asked for again, and only its payment may be missing', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1');
	await callBack(execution, 'INV-1');

	await bench.n8n.restart();
	pay('INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true, payment: null },
		{ external_id: 'INV-2', ...PAID },
	]);
});

test('a callback that is repeated after a restart brings its payment back', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1');
	await callBack(execution, 'INV-1');

	await bench.n8n.restart();
	await callBack(execution, 'INV-1');
	pay('INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject([PAID, PAID]);
});

test('the same invoice twice among the items comes out twice', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2', 'INV-1'] });
	pay('INV-1');
	await callBack(execution, 'INV-1');
	expect(execution.status).toBe('waiting');
	pay('INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject(
		['INV-1', 'INV-2', 'INV-1'].map((external_id) => ({ external_id, ...PAID })),
	);
});

test('what had settled before is not asked for again, and keeps its place', async () => {
	await bench.create(...IDS);
	pay('INV-1');
	bench.simulator.control.cancelInvoice('INV-3');
	const execution = await bench.wait({}, { ids: IDS });
	const before = lookups().length;

	pay('INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true, payment: null },
		{ external_id: 'INV-2', ...PAID },
		{ external_id: 'INV-3', status: 'canceled', settled: true, payment: null },
	]);
	expect(lookups().slice(before)).toStrictEqual(['INV-2']);
});

test('each outcome comes out as it is', async () => {
	const execution = await bench.wait({ failedCounts: true }, { ids: IDS });
	bench.simulator.control.failInvoice('INV-1');
	await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
	bench.simulator.control.cancelInvoice('INV-2');
	pay('INV-3');
	await callBack(execution, 'INV-3');

	expect(await outcome(execution)).toMatchObject([
		{ status: 'failed', settled: true, payment: { status: 'failed' } },
		{ status: 'canceled', settled: true, payment: null },
		{ status: 'paid', settled: true, payment: { status: 'completed' } },
	]);
});

test('one that failed early and was paid after all comes out paid', async () => {
	const execution = await bench.wait({ failedCounts: true }, { ids: ['INV-1', 'INV-2'] });
	bench.simulator.control.failInvoice('INV-1');
	await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
	pay('INV-1');
	await callBack(execution, 'INV-1');
	pay('INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject([PAID, PAID]);
});

test('one that had failed before the wait and was paid in it comes out paid', async () => {
	await bench.create('INV-1', 'INV-2');
	bench.simulator.control.failInvoice('INV-1');
	const execution = await bench.wait({ failedCounts: true }, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1');
	expect(JSON.parse((await callBack(execution, 'INV-1')).body)).toStrictEqual(EARLY);
	pay('INV-2');
	await callBack(execution, 'INV-2');

	expect(await outcome(execution)).toMatchObject([PAID, PAID]);
});

test('RsomPay not telling about one of the others gets a 503, and its retry goes on', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1', 'INV-2');
	bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { nth: 2 } });

	expect((await callBack(execution, 'INV-1')).status).toBe(503);
	expect(execution.status).toBe('waiting');
	expect((await callBack(execution, 'INV-1')).status).toBe(200);

	expect(await outcome(execution)).toMatchObject([PAID, { status: 'paid', payment: null }]);
});

test('all callbacks at once let it go on once', async () => {
	const ids = Array.from({ length: 6 }, (_, index) => `INV-${index}`);
	const execution = await bench.wait({}, { ids });
	pay(...ids);

	await Promise.all(ids.map(async (id) => await callBack(execution, id)));

	expect(await outcome(execution)).toMatchObject(
		ids.map((external_id) => ({ external_id, status: 'paid', settled: true })),
	);
});

test('ten of them, told by RsomPay itself', async () => {
	const ids = Array.from({ length: 10 }, (_, index) => `INV-${index}`);
	const execution = await bench.wait({}, { ids });
	bench.simulator.control.configure({
		events: ['payment.completed'],
		webhookDelayMs: 0,
		retryDelaysMs: [200, 200, 400],
	});

	for (const id of ids) {
		pay(id);
		await bench.simulator.control.settleDeliveries();
	}

	expect(await outcome(execution)).toMatchObject(
		ids.map((external_id) => ({ external_id, ...PAID })),
	);
});

describe('item linking', () => {
	const AFTER = {
		name: 'After',
		type: 'test.evaluate',
		parameters: {
			value:
				"={{ [$('Start').item.json.id, $('Create').item.json.external_id, $('Wait').item.json.external_id, $json.external_id, $('Wait').first().json.external_id, $('Wait').all().length].join() }}",
		},
	};

	const values = async (execution: Execution) =>
		(await outcome(execution)).map(({ value }) => value);

	test('leads back to each item of every earlier node', async () => {
		const execution = await bench.wait({}, { ids: IDS, next: [AFTER] });
		pay(...IDS);
		await callBack(execution, 'INV-2');

		expect(await values(execution)).toStrictEqual(
			IDS.map((id) => `${id},${id},${id},${id},INV-1,3`),
		);
	});

	test('does so after the time was up, too', async () => {
		const execution = await bench.wait({}, { ids: IDS, next: [AFTER] });
		await bench.passTime(86_400_000);

		expect(await values(execution)).toStrictEqual(
			IDS.map((id) => `${id},${id},${id},${id},INV-1,3`),
		);
	});

	test('does so behind the second output of a node', async () => {
		const branch = {
			name: 'Branch',
			type: 'test.branch',
			parameters: { output: '={{ $json.external_id === "INV-1" ? 0 : 1 }}' },
		};
		const execution = await bench.wait(
			{},
			{
				ids: IDS,
				next: [branch, AFTER],
				connections: {
					Start: { main: [[toNode('Create')]] },
					Create: { main: [[toNode('Branch')]] },
					Branch: { main: [[], [toNode('Wait')]] },
					Wait: { main: [[toNode('After')]] },
				},
			},
		);
		pay('INV-2', 'INV-3');
		await callBack(execution, 'INV-3');

		expect(await values(execution)).toStrictEqual([
			'INV-2,INV-2,INV-2,INV-2,INV-2,2',
			'INV-3,INV-3,INV-3,INV-3,INV-2,2',
		]);
	});
});
