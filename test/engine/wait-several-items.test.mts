import type { IDataObject } from 'n8n-workflow';

import type { Execution } from './harness/execution.mts';
import { eventAbout, failedPaymentEvent, transactionOf } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const IDS = ['INV-1', 'INV-2', 'INV-3'];

const OTHERS_OPEN = { message: 'Event received, and other invoices are still open' };

const toNode = (node: string) => ({ node, type: 'main' as const, index: 0 });

const lookups = () =>
	bench.simulator.control
		.requests()
		.filter(({ path }) => path.endsWith('/by-reference'))
		.map(({ query }) => query.external_id);

/** Delivers the webhook of a payment. */
const deliverPayment = async (execution: Execution, id: string) =>
	await bench.deliver(execution, { payload: eventAbout(id) });

const pay = (...ids: string[]) => ids.map((id) => bench.simulator.control.payInvoice(id));

/** The items after the wait, in order. */
const finalItems = async (execution: Execution): Promise<IDataObject[]> => {
	const run = await execution.ended();
	expect(run.status).toBe('success');
	expect(run.tasks('After')).toHaveLength(1);
	return run.items('After').map(({ json }) => json);
};

const PAID = { status: 'paid', settled: true, payment: { status: 'completed' } };

beforeEach(() => {
	// Each test delivers the webhooks itself.
	bench.simulator.control.configure({ events: [] });
});

test('a webhook of one invoice gets a 200 and does not resume until all have settled, in any order', async () => {
	const execution = await bench.wait({}, { ids: IDS });

	for (const id of ['INV-3', 'INV-1']) {
		pay(id);
		const response = await deliverPayment(execution, id);
		expect([response.status, JSON.parse(response.body)]).toStrictEqual([200, OTHERS_OPEN]);
		expect(execution.status).toBe('waiting');
	}
	pay('INV-2');
	expect((await deliverPayment(execution, 'INV-2')).status).toBe(200);

	expect(await finalItems(execution)).toMatchObject(
		IDS.map((external_id) => ({ external_id, ...PAID })),
	);
	expect(
		execution
			.soFar()
			.items('Wait')
			.map(({ pairedItem }) => pairedItem),
	).toStrictEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
});

test('outputs each invoice with its own payment', async () => {
	const execution = await bench.wait({}, { ids: IDS });
	pay(...IDS);

	for (const id of IDS) {
		const event = eventAbout(id);
		const payment = event.payment && { ...event.payment, uuid: `payment of ${id}` };
		await bench.deliver(execution, { payload: { ...event, payment } });
		// The first webhook also finds the other invoices paid.
		if (execution.status !== 'waiting') break;
	}

	expect(await finalItems(execution)).toMatchObject([
		{ external_id: 'INV-1', payment: { uuid: 'payment of INV-1' } },
		{ external_id: 'INV-2', payment: transactionOf('INV-2') },
		{ external_id: 'INV-3', payment: transactionOf('INV-3') },
	]);
});

test('resumes without a lost webhook when the other invoice settles', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });

	pay('INV-1', 'INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true, payment: transactionOf('INV-1') },
		{ external_id: 'INV-2', ...PAID },
	]);
});

test('resumes after a restart, and outputs the earlier payment as a transaction', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1');
	await deliverPayment(execution, 'INV-1');

	await bench.n8n.restart();
	pay('INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true, payment: transactionOf('INV-1') },
		{ external_id: 'INV-2', ...PAID },
	]);
});

test('restores the payment from a webhook repeated after a restart', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1');
	await deliverPayment(execution, 'INV-1');

	await bench.n8n.restart();
	await deliverPayment(execution, 'INV-1');
	pay('INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject([PAID, PAID]);
});

test('outputs an invoice twice that is in two items', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2', 'INV-1'] });
	pay('INV-1');
	await deliverPayment(execution, 'INV-1');
	expect(execution.status).toBe('waiting');
	pay('INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject(
		['INV-1', 'INV-2', 'INV-1'].map((external_id) => ({ external_id, ...PAID })),
	);
});

test('does not look up an invoice again that had settled before the wait', async () => {
	await bench.create(...IDS);
	pay('INV-1');
	bench.simulator.control.cancelInvoice('INV-3');
	const execution = await bench.wait({}, { ids: IDS });
	const before = lookups().length;

	pay('INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject([
		{ external_id: 'INV-1', status: 'paid', settled: true, payment: transactionOf('INV-1') },
		{ external_id: 'INV-2', ...PAID },
		{ external_id: 'INV-3', status: 'canceled', settled: true, payment: null },
	]);
	expect(lookups().slice(before)).toStrictEqual(['INV-2']);
});

test('outputs each invoice with its own status', async () => {
	const execution = await bench.wait({ failedCounts: true }, { ids: IDS });
	bench.simulator.control.failInvoice('INV-1');
	await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
	bench.simulator.control.cancelInvoice('INV-2');
	pay('INV-3');
	await deliverPayment(execution, 'INV-3');

	expect(await finalItems(execution)).toMatchObject([
		{ status: 'failed', settled: true, payment: { status: 'failed' } },
		{ status: 'canceled', settled: true, payment: null },
		{ status: 'paid', settled: true, payment: { status: 'completed' } },
	]);
});

test('outputs an invoice as paid that failed first and was paid later', async () => {
	const execution = await bench.wait({ failedCounts: true }, { ids: ['INV-1', 'INV-2'] });
	bench.simulator.control.failInvoice('INV-1');
	await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
	pay('INV-1');
	await deliverPayment(execution, 'INV-1');
	pay('INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject([PAID, PAID]);
});

test('outputs an invoice as paid that failed before the wait and was paid during it', async () => {
	await bench.create('INV-1', 'INV-2');
	bench.simulator.control.failInvoice('INV-1');
	const execution = await bench.wait({ failedCounts: true }, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1');
	expect(JSON.parse((await deliverPayment(execution, 'INV-1')).body)).toStrictEqual(OTHERS_OPEN);
	pay('INV-2');
	await deliverPayment(execution, 'INV-2');

	expect(await finalItems(execution)).toMatchObject([PAID, PAID]);
});

test('responds with 503 when the lookup of another invoice fails, and the retry resumes', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
	pay('INV-1', 'INV-2');
	bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { nth: 2 } });

	expect((await deliverPayment(execution, 'INV-1')).status).toBe(503);
	expect(execution.status).toBe('waiting');
	expect((await deliverPayment(execution, 'INV-1')).status).toBe(200);

	expect(await finalItems(execution)).toMatchObject([
		PAID,
		{ status: 'paid', payment: transactionOf('INV-2') },
	]);
});

test('resumes once when all webhooks arrive together', async () => {
	const ids = Array.from({ length: 6 }, (_, index) => `INV-${index}`);
	const execution = await bench.wait({}, { ids });
	pay(...ids);

	await Promise.all(ids.map(async (id) => await deliverPayment(execution, id)));

	expect(await finalItems(execution)).toMatchObject(
		ids.map((external_id) => ({ external_id, status: 'paid', settled: true })),
	);
});

test('resumes after the webhooks of ten invoices from the simulator', async () => {
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

	expect(await finalItems(execution)).toMatchObject(
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

	const linkedIds = async (execution: Execution) =>
		(await finalItems(execution)).map(({ value }) => value);

	test('finds the item in every earlier node', async () => {
		const execution = await bench.wait({}, { ids: IDS, next: [AFTER] });
		pay(...IDS);
		await deliverPayment(execution, 'INV-2');

		expect(await linkedIds(execution)).toStrictEqual(
			IDS.map((id) => `${id},${id},${id},${id},INV-1,3`),
		);
	});

	test('finds it after the time limit', async () => {
		const execution = await bench.wait({}, { ids: IDS, next: [AFTER] });
		await bench.passTime(86_400_000);

		expect(await linkedIds(execution)).toStrictEqual(
			IDS.map((id) => `${id},${id},${id},${id},INV-1,3`),
		);
	});

	test('finds it after the second output of a node', async () => {
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
		await deliverPayment(execution, 'INV-3');

		expect(await linkedIds(execution)).toStrictEqual([
			'INV-2,INV-2,INV-2,INV-2,INV-2,2',
			'INV-3,INV-3,INV-3,INV-3,INV-2,2',
		]);
	});
});
