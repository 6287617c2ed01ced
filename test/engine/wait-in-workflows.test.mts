import type { IConnections, IWorkflowSettings } from 'n8n-workflow';

import type { Execution } from './harness/execution.mts';
import { eventAbout } from './harness/events.mts';
import { SIMULATOR_CREDENTIALS } from './harness/example.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { WAIT, type WaitSettings } from './harness/wait.mts';
import { logged } from './harness/logs.mts';
import { runWorkflow } from './harness/run-workflow.mts';
import { until } from './harness/time.mts';
import { visit } from './harness/visit.mts';
import type { NodeSpec } from './harness/workflows.mts';

const bench = useRsomPay();

const AFTER = { name: 'After', type: 'test.pass' };

const toNode = (node: string) => ({ node, type: 'main' as const, index: 0 });

const waitNode = (name: string, parameters = {}): NodeSpec => ({
	name,
	type: 'n8n-nodes-rsompay.rsomPay',
	parameters: { ...WAIT, ...parameters },
	credentials: SIMULATOR_CREDENTIALS,
});

const payAndDeliver = async (execution: Execution, id: string) => {
	bench.simulator.control.payInvoice(id);
	return await bench.deliver(execution, { payload: eventAbout(id) });
};

const outputs = (execution: Execution, node = 'After') =>
	execution
		.soFar()
		.items(node)
		.map(({ json }) => json);

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

test.each([
	`Wait "for" 'it'`,
	"={{ $json }} }}'{{",
	'Wait\\"]; }}',
	'انتظر الدفع',
	'Wait `${1}`',
	'__proto__ "x"',
])('resumes a node with the name %s', async (name) => {
	const execution = await bench.wait({}, { node: { name } });
	expect(execution.status).toBe('waiting');

	await payAndDeliver(execution, 'INV-1');
	await execution.ended();

	expect(outputs(execution)).toMatchObject([
		{ status: 'paid', settled: true, payment: { status: 'completed' } },
	]);
});

test.each(['webhook', 'timeout'])(
	'Always Output Data runs the next node once after the wait (%s)',
	async (how) => {
		const execution = await bench.wait({}, { node: { alwaysOutputData: true } });
		expect(execution.soFar().tasks('After')).toStrictEqual([]);

		if (how === 'webhook') await payAndDeliver(execution, 'INV-1');
		else await bench.passTime(86_400_000);
		const run = await execution.ended();

		expect(run.tasks('After')).toHaveLength(1);
		expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1' }]);
	},
);

test('Execute Once waits for the first item only', async () => {
	const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'], node: { executeOnce: true } });

	await payAndDeliver(execution, 'INV-1');
	await execution.ended();

	expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1', settled: true }]);
	expect(outputs(execution)).toHaveLength(1);
});

describe('in a loop', () => {
	const LOOP: WaitSettings = {
		ids: ['INV-1', 'INV-2', 'INV-3'],
		next: [
			{ name: 'Loop', type: 'test.loop' },
			{
				name: 'Result',
				type: 'test.evaluate',
				parameters: {
					value:
						"={{ $('Start').item.json.id + ' ' + $json.external_id + ' ' + ($json.payment?.uuid ?? $json.settled) }}",
				},
			},
			AFTER,
		],
		connections: {
			Start: { main: [[toNode('Create')]] },
			Create: { main: [[toNode('Loop')]] },
			Loop: { main: [[toNode('After')], [toNode('Wait')]] },
			Wait: { main: [[toNode('Result')]] },
			Result: { main: [[toNode('Loop')]] },
		},
	};

	/** How often n8n has run a node. A rewound execution does not contain the runs it lost. */
	const runCount = (node: string) =>
		logged('debug').filter(({ message }) => message === `Running node "${node}" started`).length;

	const results = (execution: Execution) =>
		execution
			.soFar()
			.tasks('Result')
			.map(({ data }) => data?.main?.[0]?.[0]?.json.value);

	test('waits for each item in turn in one execution', async () => {
		const execution = await bench.wait({}, LOOP);

		for (const [index, id] of ['INV-1', 'INV-2', 'INV-3'].entries()) {
			expect(execution.status).toBe('waiting');
			expect(execution.soFar().tasks('Result')).toHaveLength(index);
			await payAndDeliver(execution, id);
			await execution.paused();
		}

		expect(execution.status).toBe('success');
		const { payment } = eventAbout('');
		expect(results(execution)).toStrictEqual([
			`INV-1 INV-1 ${payment?.uuid}`,
			`INV-2 INV-2 ${payment?.uuid}`,
			`INV-3 INV-3 ${payment?.uuid}`,
		]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('has a new time limit in each iteration', async () => {
		const execution = await bench.wait({}, LOOP);

		for (let iteration = 1; iteration <= 3; iteration++) {
			expect(execution.status).toBe('waiting');
			await bench.passTime(86_400_000);
			expect(execution.soFar().tasks('Result')).toHaveLength(iteration);
		}

		expect(execution.status).toBe('success');
		expect(results(execution)).toStrictEqual([
			'INV-1 INV-1 false',
			'INV-2 INV-2 false',
			'INV-3 INV-3 false',
		]);
	});

	test('does not suspend in an iteration whose invoice is already paid', async () => {
		const execution = await bench.wait({}, LOOP);
		bench.simulator.control.payInvoice('INV-2');
		await payAndDeliver(execution, 'INV-1');
		await execution.paused();
		expect(execution.soFar().tasks('Result')).toHaveLength(2);

		await payAndDeliver(execution, 'INV-3');
		await execution.paused();

		expect(execution.status).toBe('success');
		expect(execution.soFar().tasks('Result')).toHaveLength(3);
	});

	test('does not resume for a webhook of an earlier iteration', async () => {
		const execution = await bench.wait({}, LOOP);
		await payAndDeliver(execution, 'INV-1');
		await execution.paused();

		const response = await bench.deliver(execution, { payload: eventAbout('INV-1') });

		expect(JSON.parse(response.body)).toStrictEqual({
			message: 'Event received, and not waited for',
		});
		expect(execution.status).toBe('waiting');
	});

	test('is not rewound to the previous iteration by a customer who waits for the page', async () => {
		const execution = await bench.wait({}, LOOP);
		const { control } = bench.simulator;
		const before = control.requests().length;
		const page = visit(execution.url, { status: 'pending', external_id: 'INV-1' });
		await until(() => control.requests().length === before + 1);
		control.injectFault({ kind: 'latency', ms: 1_000, match: { nth: 1 } });
		await until(() => control.requests().length === before + 2);

		// The webhook arrives before the page is sent. n8n then suspends the next iteration.
		await payAndDeliver(execution, 'INV-1');
		await until(() => execution.soFar().tasks('Result').length === 1);
		expect((await page).heading).toBe('Paid');
		await bench.n8n.server.idle();
		await execution.paused();

		expect(execution.status).toBe('waiting');
		expect(runCount('Result')).toBe(1);
	});

	test('is not rewound to the previous iteration by a slow webhook', async () => {
		const execution = await bench.wait({}, LOOP);
		bench.simulator.control.payInvoice('INV-1');
		// The lookup of the first webhook gets its response last.
		bench.simulator.control.injectFault({ kind: 'latency', ms: 1_000, match: { nth: 1 } });

		const deliver = async () => await bench.deliver(execution, { payload: eventAbout('INV-1') });
		const responses = await Promise.all([deliver(), deliver()]);
		await execution.paused();

		expect(responses.map(({ status }) => status).sort()).toStrictEqual([200, 503]);
		expect(execution.status).toBe('waiting');
		expect(runCount('Result')).toBe(1);
	});

	test('links items to the right iteration when some items skip the wait', async () => {
		const connections: IConnections = {
			...LOOP.connections,
			Loop: { main: [[toNode('After')], [toNode('Branch')]] },
			Branch: { main: [[toNode('Loop')], [toNode('Wait')]] },
		};
		const branch = {
			name: 'Branch',
			type: 'test.branch',
			parameters: { output: '={{ $json.external_id === "INV-1" ? 0 : 1 }}' },
		};
		const execution = await bench.wait(
			{},
			{ ...LOOP, next: [...(LOOP.next ?? []), branch], connections },
		);

		for (const id of ['INV-2', 'INV-3']) {
			await payAndDeliver(execution, id);
			await execution.paused();
		}

		expect(execution.status).toBe('success');
		const { payment } = eventAbout('');
		expect(results(execution)).toStrictEqual([
			`INV-2 INV-2 ${payment?.uuid}`,
			`INV-3 INV-3 ${payment?.uuid}`,
		]);
	});
});

test('two waits in sequence wait for one invoice each', async () => {
	const second = { name: 'Second', type: 'test.pass' };
	const execution = await bench.wait(
		{ reference: 'INV-1' },
		{
			ids: ['INV-1', 'INV-2'],
			node: { executeOnce: true },
			next: [waitNode('Wait 2', { reference: 'INV-2' }), second],
		},
	);

	expect(await payAndDeliver(execution, 'INV-2')).toMatchObject({
		status: 200,
		body: '{"message":"Event received, and not waited for"}',
	});
	await payAndDeliver(execution, 'INV-1');
	await execution.paused();

	// The invoice of the second wait has been paid meanwhile, so it does not suspend.
	expect(execution.status).toBe('success');
	expect(outputs(execution, 'Wait')).toMatchObject([{ external_id: 'INV-1', settled: true }]);
	expect(outputs(execution, 'Second')).toMatchObject([{ external_id: 'INV-2', settled: true }]);
});

test('two waits in sequence suspend the execution twice', async () => {
	const execution = await bench.wait(
		{ reference: 'INV-1' },
		{
			ids: ['INV-1', 'INV-2'],
			node: { executeOnce: true },
			next: [waitNode('Wait 2', { reference: 'INV-2', waitAmount: 2 }), AFTER],
		},
	);
	await payAndDeliver(execution, 'INV-1');
	await execution.paused();
	expect(execution.status).toBe('waiting');
	expect(outputs(execution, 'Wait')).toMatchObject([{ external_id: 'INV-1', settled: true }]);
	expect(execution.soFar().tasks('After')).toStrictEqual([]);

	await bench.n8n.restart();
	await payAndDeliver(execution, 'INV-2');
	await execution.paused();

	expect(outputs(execution)).toMatchObject([
		{ external_id: 'INV-2', settled: true, payment: { status: 'completed' } },
	]);
	expect(execution.soFar().tasks('After')).toHaveLength(1);
});

test('another branch of the workflow runs after the resume', async () => {
	const execution = await bench.wait(
		{},
		{
			next: [AFTER, { name: 'Other', type: 'test.pass', position: [0, 500] }],
			connections: {
				Start: { main: [[toNode('Create')]] },
				Create: { main: [[toNode('Wait'), toNode('Other')]] },
				Wait: { main: [[toNode('After')]] },
			},
		},
	);
	await payAndDeliver(execution, 'INV-1');
	const run = await execution.ended();

	expect(run.tasks('After')).toHaveLength(1);
	expect(run.tasks('Other')).toHaveLength(1);
	expect(outputs(execution, 'Other')).toMatchObject([{ external_id: 'INV-1', status: 'issued' }]);
});

test('a trigger with acknowledge lastNode responds when the execution is suspended', async () => {
	await bench.create('INV-1');
	const workflow = await bench.publish({
		parameters: { options: { acknowledge: 'lastNode' } },
		next: [waitNode('Wait', { reference: '={{ $json.invoice.external_id }}' }), AFTER],
	});

	const { status } = await bench.deliver(workflow, { payload: eventAbout('INV-1', 'issued') });

	expect(status).toBe(200);
	expect(workflow.executions).toHaveLength(1);
	expect((await workflow.executions[0]?.finished)?.status).toBe('waiting');
});

describe('the hint that no Create notifies this execution', () => {
	const hints = (execution: Execution) =>
		execution
			.soFar()
			.task('Wait')
			?.hints?.map(({ message }) => message);

	test.each([
		[true, []],
		[
			false,
			[
				"No 'Create' that continues this workflow after the payment comes before this node, so RsomPay may have no reason to call this execution back. It polls RsomPay, and ends when the time is up.",
			],
		],
	])(
		'is shown during the wait and after the time limit, unless the execution created the invoice (%j)',
		async (creates, expected) => {
			await bench.create('INV-1');
			const execution = await bench.wait({}, { creates });
			expect(execution.status).toBe('waiting');
			expect(hints(execution)).toStrictEqual(expected);

			await bench.passTime(86_400_000);

			expect(hints(execution)).toStrictEqual(expected);
		},
	);

	test('is not shown after a webhook has resumed the execution', async () => {
		await bench.create('INV-1');
		const execution = await bench.wait({}, { creates: false });
		await payAndDeliver(execution, 'INV-1');
		await execution.ended();

		expect(hints(execution)).toStrictEqual([]);
	});
});

describe('fails before it sends a request', () => {
	const errorFor = async (
		nodes: NodeSpec[],
		settings: IWorkflowSettings = {},
	): Promise<string | undefined> => {
		const run = await runWorkflow(bench.n8n, { nodes, settings, items: [{ id: 'INV-1' }] });
		expect(run.status).toBe('error');
		expect(bench.simulator.control.requests()).toStrictEqual([]);
		expect(run.error?.description).toContain('Nothing was sent');
		return run.error?.message;
	};
	const START = { name: 'Start', type: 'test.start' };

	test.each([
		[
			'in a workflow with the execution order v0',
			"'Resume' must be 'By Polling' in a workflow whose setting 'Execution Order' is not v1",
			[START, waitNode('Wait')],
			{ executionOrder: 'v0' as const },
		],
		[
			'with nothing before it',
			"'Resume' must be 'By Polling' in a node that nothing leads to",
			[waitNode('Wait')],
			{},
		],
	])('%s', async (_what, message, nodes, settings) => {
		expect(await errorFor(nodes, settings)).toBe(message);
	});

	test('without a signing secret', async () => {
		const credentials = bench.credentials({ signingSecret: ' ' }, 'no secret');

		expect(await errorFor([START, { ...waitNode('Wait'), credentials }])).toContain(
			"The RsomPay credential has no 'Signing Secret'",
		);
	});

	test.each<[string, number | string, string, string]>([
		['callback', 0, 'minutes', 'must be from 1 minute to 365 days'],
		['callback', 0.5, 'minutes', 'must be from 1 minute to 365 days'],
		['callback', 366, 'days', 'must be from 1 minute to 365 days'],
		['callback', 1e9, 'hours', 'must be from 1 minute to 365 days'],
		['callback', -1, 'days', 'must be from 1 minute to 365 days'],
		['callback', '', 'days', 'is empty'],
		['callback', 'a day', 'days', 'must be a number'],
		['asking', 0, 'seconds', 'must be from 1 second to 10 minutes'],
		['asking', 601, 'seconds', 'must be from 1 second to 10 minutes'],
		['asking', 11, 'minutes', 'must be from 1 second to 10 minutes'],
	])('%s for %j %s', async (waitMode, waitAmount, waitUnit, message) => {
		expect(await errorFor([START, waitNode('Wait', { waitMode, waitAmount, waitUnit })])).toContain(
			`'Limit Wait Time' ${message}`,
		);
	});

	test('for longer than the timeout of the workflow', async () => {
		expect(await errorFor([START, waitNode('Wait')], { executionTimeout: 3_600 })).toBe(
			"'Limit Wait Time' is longer than the workflow's setting 'Timeout Workflow', after which n8n would cancel it",
		);
	});

	test('with an invalid Button Link', async () => {
		expect(await errorFor([START, waitNode('Wait', { backUrl: 'javascript:alert(1)' })])).toBe(
			"'Button Link' must be a whole address that begins with https://",
		);
	});
});

test.each([
	[1, 'minutes'],
	[365, 'days'],
	['1.5', 'hours'],
])('accepts the limits of the range: %j %s', async (waitAmount, waitUnit) => {
	const execution = await bench.wait({ waitAmount, waitUnit });

	expect(execution.status).toBe('waiting');
});
