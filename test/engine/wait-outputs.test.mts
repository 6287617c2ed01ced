import type { IConnections, INodeParameters } from 'n8n-workflow';

import { eventAbout } from './harness/events.mts';
import type { Execution } from './harness/execution.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { runWorkflow, startWorkflow } from './harness/run-workflow.mts';
import { speedUp } from './harness/time.mts';
import { type WaitSettings, waitWorkflow } from './harness/wait.mts';

const bench = useRsomPay();

const DAY_MS = 86_400_000;

const NEXT = ['Paid', 'Not Paid', 'Error'];

const toNode = (node: string) => [{ node, type: 'main' as const, index: 0 }];

const connections = (creates: boolean): IConnections => ({
	Start: { main: [toNode(creates ? 'Create' : 'Wait')] },
	...(creates ? { Create: { main: [toNode('Wait')] } } : {}),
	Wait: { main: NEXT.map(toNode) },
});

/** The node as the editor adds it today. */
const INVOICE = {
	invoice: { __rl: true, mode: 'externalId', value: '={{ $json.id ?? $json.external_id }}' },
};

const settingsOf = ({ node, ...settings }: WaitSettings = {}): WaitSettings => ({
	node: { typeVersion: 2, ...node },
	next: NEXT.map((name) => ({ name, type: 'test.pass' })),
	connections: connections(settings.creates ?? true),
	...settings,
});

/** Suspends an execution whose Wait for Payment is of version 2. */
const wait = async (parameters: INodeParameters = {}, settings?: WaitSettings) =>
	await bench.wait({ ...INVOICE, ...parameters }, settingsOf(settings));

/** The items that reached the node behind each output. */
const reached = (execution: Pick<Execution, 'soFar'>) => {
	const run = execution.soFar();
	return NEXT.map((name) => run.items(name).map(({ json }) => json));
};

const pay = async (execution: Execution, id: string) => {
	bench.simulator.control.payInvoice(id);
	await bench.deliver(execution, { payload: eventAbout(id) });
};

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

test('a paid invoice comes out of Paid', async () => {
	const execution = await wait();
	expect(execution.status).toBe('waiting');

	await pay(execution, 'INV-1');
	await execution.ended();

	expect(reached(execution)).toMatchObject([
		[{ external_id: 'INV-1', status: 'paid', settled: true, payment: { status: 'completed' } }],
		[],
		[],
	]);
});

test('an invoice that is not paid in time comes out of Not Paid', async () => {
	const execution = await wait();

	await bench.passTime(DAY_MS);

	expect(reached(execution)).toMatchObject([
		[],
		[{ external_id: 'INV-1', status: 'issued', settled: false }],
		[],
	]);
});

test.each([
	['canceled', {}, () => bench.simulator.control.cancelInvoice('INV-1')],
	['failed', { failedCounts: true }, () => bench.simulator.control.failInvoice('INV-1')],
])('a %s invoice comes out of Not Paid', async (status, parameters, settle) => {
	await bench.create('INV-1');
	settle();

	const execution = await wait(parameters, { creates: false });

	expect(execution.status).toBe('success');
	expect(reached(execution)).toMatchObject([[], [{ status, settled: true }], []]);
});

test('each of several invoices comes out of its output, linked to its item', async () => {
	await bench.create('INV-1', 'INV-2', 'INV-3');
	bench.simulator.control.payInvoice('INV-1');
	bench.simulator.control.cancelInvoice('INV-2');
	bench.simulator.control.payInvoice('INV-3');

	const execution = await wait({}, { creates: false, ids: ['INV-1', 'INV-2', 'INV-3'] });

	expect(reached(execution)).toMatchObject([
		[{ external_id: 'INV-1' }, { external_id: 'INV-3' }],
		[{ external_id: 'INV-2' }],
		[],
	]);
	expect(
		execution
			.soFar()
			.items('Wait')
			.map(({ pairedItem }) => pairedItem),
	).toStrictEqual([{ item: 0 }, { item: 2 }, { item: 1 }]);
});

test('nothing comes out of Paid with Always Output Data', async () => {
	await bench.create('INV-1');
	bench.simulator.control.cancelInvoice('INV-1');

	const execution = await wait({}, { creates: false, node: { alwaysOutputData: true } });

	expect(reached(execution)).toMatchObject([[], [{ status: 'canceled' }], []]);
});

describe('an error', () => {
	test('of an item comes out of Not Paid with On Error: Continue', async () => {
		await bench.create('INV-1');
		bench.simulator.control.payInvoice('INV-1');

		const execution = await wait(
			{},
			{ creates: false, ids: ['INV-1', 'INV-2'], onError: 'continueRegularOutput' },
		);

		expect(reached(execution)).toMatchObject([
			[{ external_id: 'INV-1' }],
			[{ error: 'RsomPay could not find the invoice "INV-2" [Item 1]' }],
			[],
		]);
	});

	test('of an item comes out of the error output', async () => {
		await bench.create('INV-1');

		const execution = await wait(
			{},
			{ creates: false, ids: ['INV-1', 'INV-2'], onError: 'continueErrorOutput' },
		);
		expect(execution.status).toBe('waiting');
		await pay(execution, 'INV-1');
		await execution.ended();

		expect(reached(execution)).toMatchObject([
			[{ external_id: 'INV-1' }],
			[],
			[{ error: 'RsomPay could not find the invoice "INV-2" [Item 1]' }],
		]);
	});

	test.each([
		['continueRegularOutput', 1],
		['continueErrorOutput', 2],
	] as const)('of the whole node does not come out of Paid with %s', async (onError, output) => {
		const credentials = bench.credentials({ signingSecret: '' }, 'no secret');

		const execution = await wait(
			{},
			{ creates: false, ids: ['INV-1', 'INV-2'], onError, credentials },
		);

		const error = expect.stringContaining("has no 'Signing Secret'") as unknown;
		const items = reached(execution);
		expect(items[output]).toMatchObject([{ error }, { error }]);
		expect(items.flat()).toHaveLength(2);
	});
});

test('polling has both outputs', async () => {
	speedUp(5);
	await bench.create('INV-1', 'INV-2');
	bench.simulator.control.payInvoice('INV-1');
	const parameters = { ...INVOICE, waitMode: 'asking', waitAmount: 2, waitUnit: 'seconds' };
	const spec = waitWorkflow(parameters, settingsOf({ creates: false, ids: ['INV-1', 'INV-2'] }));

	const run = await runWorkflow(bench.n8n, spec);

	expect(run.items('Paid')).toMatchObject([{ json: { external_id: 'INV-1' } }]);
	expect(run.items('Not Paid')).toMatchObject([{ json: { external_id: 'INV-2' } }]);
});

test('version 1 has one output', async () => {
	await bench.create('INV-1');
	bench.simulator.control.cancelInvoice('INV-1');
	const parameters = { reference: 'INV-1' };

	const execution = await bench.wait(
		parameters,
		settingsOf({ creates: false, node: { typeVersion: 1 } }),
	);

	expect(reached(execution)).toMatchObject([[{ status: 'canceled' }], [], []]);
});

test('a tool has one output, and polls whatever was chosen', async () => {
	await bench.create('INV-1');
	bench.simulator.control.cancelInvoice('INV-1');
	const spec = waitWorkflow(
		{ ...INVOICE, waitMode: 'callback', waitUnit: 'minutes' },
		settingsOf({
			creates: false,
			node: { type: 'n8n-nodes-rsompay.rsomPayTool' },
		}),
	);

	const { finished } = startWorkflow(bench.n8n, spec);

	expect((await finished).items('Wait', 0)).toMatchObject([{ json: { status: 'canceled' } }]);
});
