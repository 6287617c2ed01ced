import type { INodeParameters } from 'n8n-workflow';

import { afterPaymentFields } from '../../nodes/RsomPay/resources/invoice/afterPayment.ts';
import { EXAMPLE_INVOICE, SIMULATOR_CREDENTIALS } from './harness/example.mts';
import { Execution } from './harness/execution.mts';
import { eventAbout } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { execute, type FinishedRun, runWorkflow } from './harness/run-workflow.mts';
import { speedUp, until } from './harness/time.mts';
import { buildWorkflow, type NodeSpec, toItems } from './harness/workflows.mts';

const bench = useRsomPay();

const TRIGGER_URL = 'https://n8n.example.com/webhook/7f0c/webhook';

const INVOICE = { ...EXAMPLE_INVOICE, notificationUrl: '', returnUrl: '' };

const node = (name: string, parameters: INodeParameters): NodeSpec => ({
	name,
	type: 'n8n-nodes-rsompay.rsomPay',
	typeVersion: 2,
	parameters,
	credentials: SIMULATOR_CREDENTIALS,
});

const create = (parameters: INodeParameters = {}) => node('Create', { ...INVOICE, ...parameters });

const WAIT = node('Wait', { resource: 'invoice', operation: 'waitForPayment' });

// Not a trigger: in a test run n8n would wait for its event.
const START = { name: 'Start', type: 'test.pass' };

const AFTER = { name: 'After', type: 'test.pass' };

const workflow = (...nodes: NodeSpec[]) => ({ nodes: [START, ...nodes, AFTER] });

const sentUrls = () =>
	bench.simulator.control
		.requests()
		.filter(({ method }) => method === 'POST')
		.map(({ body }) => {
			const { notification_url, return_url } = body as Record<string, string>;
			return { notification_url, return_url };
		});

const hintsOf = (run: FinishedRun, name: string) =>
	(run.task(name)?.hints ?? []).map(({ message }) => message);

const waitingExecution = async (...nodes: NodeSpec[]) => {
	const { id, finished } = execute(
		bench.n8n,
		buildWorkflow(bench.n8n, workflow(...nodes)),
		'Start',
		[toItems([{}])],
	);
	await finished;
	return new Execution(bench.n8n, id);
};

const testRun = (startNode: string, items: Array<Record<string, string>>, ...nodes: NodeSpec[]) =>
	execute(
		bench.n8n,
		buildWorkflow(bench.n8n, workflow(...nodes)),
		startNode,
		[toItems(items)],
		'manual',
	);

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

describe('Continue This Workflow', () => {
	test('needs no URL: RsomPay and the customer come to this execution', async () => {
		const execution = await waitingExecution(create(), WAIT);

		expect(execution.status).toBe('waiting');
		expect(sentUrls()).toStrictEqual([
			{ notification_url: execution.url, return_url: execution.returnUrl('INV-PARTNER-001') },
		]);
	});

	test.each([TRIGGER_URL, ` ${TRIGGER_URL} `])(
		'takes another Return URL: %s',
		async (returnUrl) => {
			const execution = await waitingExecution(create({ returnUrl }), WAIT);

			expect(sentUrls()).toStrictEqual([
				{ notification_url: execution.url, return_url: TRIGGER_URL },
			]);
		},
	);

	test('continues when the invoice is paid', async () => {
		const execution = await waitingExecution(create(), WAIT);
		bench.simulator.control.payInvoice('INV-PARTNER-001');

		await bench.deliver(execution, { payload: eventAbout('INV-PARTNER-001') });
		await execution.ended();

		expect(execution.soFar().items('After')).toMatchObject([
			{ json: { external_id: 'INV-PARTNER-001', status: 'paid' } },
		]);
		expect(hintsOf(execution.soFar(), 'Wait')).toStrictEqual([]);
	});

	test('is refused when nothing waits, and only warned about in the editor', async () => {
		const spec = workflow(create());
		const run = await runWorkflow(bench.n8n, spec);

		expect(run.error?.message).toContain("No 'Wait for Payment' follows in this workflow");
		expect(bench.simulator.control.requests()).toHaveLength(0);

		const inEditor = await testRun('Start', [{}], create()).finished;
		expect(inEditor.status).toBe('success');
		expect(hintsOf(inEditor, 'Create')).toStrictEqual([
			expect.stringContaining("No 'Wait for Payment' follows in this workflow"),
		]);
	});

	test('needs a Return URL when the wait polls', async () => {
		const polling = node('Wait', {
			resource: 'invoice',
			operation: 'waitForPayment',
			waitMode: 'asking',
			waitAmount: 1,
			waitUnit: 'seconds',
		});

		const refused = await runWorkflow(bench.n8n, workflow(create(), polling));
		const run = await runWorkflow(bench.n8n, workflow(create({ returnUrl: TRIGGER_URL }), polling));

		expect(refused.error?.message).toContain("Fill in 'Return URL'");
		expect(run.status).toBe('success');
		expect(sentUrls()).toMatchObject([{ return_url: TRIGGER_URL }]);
	});

	test('is not offered to a tool', () => {
		const { options } = afterPaymentFields.find(({ displayOptions }) => {
			return displayOptions?.show?.['@tool'];
		}) ?? { options: [] };

		expect(options?.map((option) => 'value' in option && option.value)).toStrictEqual([
			'start',
			'custom',
		]);
	});

	test('is refused where RsomPay demands a public address and n8n has none', async () => {
		const credentials = bench.credentials({ environment: 'sandbox' }, 'sandbox');

		const run = await runWorkflow(bench.n8n, workflow({ ...create(), credentials }, WAIT));

		expect(run.error?.message).toContain("The address of 'This Execution'");
		expect(bench.simulator.control.requests()).toHaveLength(0);
	});
});

describe('Start Another Workflow', () => {
	const start = { afterPayment: 'start', notificationUrl: TRIGGER_URL };

	test('sends customers to the same trigger', async () => {
		await runWorkflow(bench.n8n, workflow(create(start)));

		expect(sentUrls()).toStrictEqual([{ notification_url: TRIGGER_URL, return_url: TRIGGER_URL }]);
	});

	test('takes another Return URL', async () => {
		const returnUrl = 'https://partner.example.com/payment/return';

		await runWorkflow(bench.n8n, workflow(create({ ...start, returnUrl })));

		expect(sentUrls()).toStrictEqual([{ notification_url: TRIGGER_URL, return_url: returnUrl }]);
	});

	test('needs the Notification URL', async () => {
		await expect(
			runWorkflow(bench.n8n, workflow(create({ afterPayment: 'start' }))),
		).rejects.toThrow('Parameter "Notification URL" is required');
	});
});

test('Custom takes each URL by itself', async () => {
	const parameters = {
		afterPayment: 'custom',
		notify: 'execution',
		returnTo: 'url',
		returnUrl: TRIGGER_URL,
	};

	const execution = await waitingExecution(create(parameters), WAIT);

	expect(sentUrls()).toStrictEqual([{ notification_url: execution.url, return_url: TRIGGER_URL }]);
});

describe('a test in the editor', () => {
	test('of the whole workflow suspends it, and polls within a minute', async () => {
		const { id, finished } = testRun('Start', [{}], create(), WAIT);
		await finished;
		const execution = new Execution(bench.n8n, id);

		expect(execution.status).toBe('waiting');
		expect((execution.waitTill?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);

		bench.simulator.control.payInvoice('INV-PARTNER-001');
		await bench.passTime(60_000);

		expect(execution.status).toBe('success');
		expect(hintsOf(execution.soFar(), 'Wait')).toStrictEqual([]);
	});

	test('that an older version suspended stays suspended', async () => {
		const { id, finished } = testRun('Start', [{}], create(), WAIT);
		await finished;
		const execution = new Execution(bench.n8n, id);
		delete bench.n8n.executions.find(id)?.data.executionData?.contextData.flow;

		await bench.passTime(60_000);

		expect(execution.status).toBe('waiting');
	});

	test('step by step polls, because the invoice reports to the execution of the step before', async () => {
		speedUp(5);
		const first = await testRun('Start', [{}], create()).finished;
		const { json } = first.items('Create')[0] ?? { json: {} };

		const { finished } = testRun('Wait', [json as Record<string, string>], create(), WAIT);
		await until(() => bench.simulator.control.requests().length > 3);
		bench.simulator.control.payInvoice('INV-PARTNER-001');
		const run = await finished;

		expect(run.status).toBe('success');
		expect(run.items('Wait')).toMatchObject([{ json: { status: 'paid', settled: true } }]);
		expect(hintsOf(run, 'Wait')).toStrictEqual([
			expect.stringContaining('This invoice reports to another execution'),
		]);
	});

	test('of an invoice from elsewhere polls', async () => {
		speedUp(5);
		await bench.create('INV-1');
		const { finished } = testRun('Start', [{ external_id: 'INV-1' }], WAIT);
		await until(() => bench.simulator.control.requests().length > 3);
		bench.simulator.control.payInvoice('INV-1');

		const run = await finished;

		expect(run.items('Wait')).toMatchObject([{ json: { status: 'paid' } }]);
		expect(hintsOf(run, 'Wait')).toStrictEqual([
			expect.stringContaining("No 'Create' that continues this workflow"),
		]);
	});
});

describe('the default of Invoice', () => {
	const GET = node('Get', { resource: 'invoice', operation: 'get' });

	test.each([
		['Create or Get', { external_id: 'INV-1' }],
		['the RsomPay Trigger', { event: 'payment.completed', invoice: { external_id: 'INV-1' } }],
		['the RsomPay Trigger with Confirm Invoice', { confirmed_invoice: { external_id: 'INV-1' } }],
	])('reads the output of %s', async (_what, item) => {
		await bench.create('INV-1');

		const run = await runWorkflow(bench.n8n, { ...workflow(GET), items: [item] });

		expect(run.items('Get')).toMatchObject([{ json: { external_id: 'INV-1' } }]);
	});

	test('is empty for other items, and says so', async () => {
		const run = await runWorkflow(bench.n8n, { ...workflow(GET), items: [{ id: 'INV-1' }] });

		expect(run.error?.message).toBe("'External ID' is empty [Item 0]");
	});

	test.each([
		[{ __rl: true, mode: 'referenceNumber', value: 'INV-42-001' }],
		['INV-1'],
		[{ __rl: true, mode: 'externalId', value: 'INV-1' }],
	])('can be replaced by %j', async (invoice) => {
		await bench.create('INV-1');
		const get = node('Get', { resource: 'invoice', operation: 'get', invoice });

		const run = await runWorkflow(bench.n8n, workflow(get));

		expect(run.items('Get')).toMatchObject([{ json: { external_id: 'INV-1' } }]);
	});
});
