import { exampleEvent, exampleInvoiceRequest } from '../../simulator/index.mts';
import { eventAbout, failedPaymentEvent } from './harness/events.mts';
import { logged } from './harness/logs.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const publishWithConfirm = async () =>
	await bench.publish({ parameters: { options: { confirm: true } } });

const requests = () => bench.simulator.control.requests();

const ID = exampleInvoiceRequest.external_id;

const lookups = () => requests().filter(({ method }) => method === 'GET');

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

/** Creates the invoice that the example event is about. */
const issueInvoice = async (): Promise<void> => {
	const run = await bench.run(EXAMPLE_INVOICE);
	expect(run.status).toBe('success');
};

/** Creates it, and pays it. */
const createInvoice = async (): Promise<void> => {
	await issueInvoice();
	bench.simulator.control.payInvoice(ID);
};

test('is off by default and then looks up no invoice', async () => {
	const workflow = await bench.publish();

	await bench.deliver(workflow);

	expect(workflow.executions[0]?.items[0]?.json).not.toHaveProperty('confirmed_invoice');
	expect(requests()).toStrictEqual([]);
});

test('adds the invoice of Get by Reference, whose status can differ from the webhook', async () => {
	await createInvoice();
	const workflow = await publishWithConfirm();
	const payload = failedPaymentEvent(ID);

	const { status } = await bench.deliver(workflow, { payload });

	expect(status).toBe(200);
	expect(payload.invoice.status).toBe('failed');
	expect(workflow.executions.map(({ items }) => items.map(({ json }) => json))).toStrictEqual([
		[{ ...payload, confirmed_invoice: bench.simulator.control.invoices()[0] }],
	]);
	expect(workflow.executions[0]?.items[0]?.json.confirmed_invoice).toMatchObject({
		external_id: ID,
		status: 'paid',
	});
	expect(requests().slice(1)).toMatchObject([
		{
			method: 'GET',
			path: '/api/external/v1/invoices/by-reference',
			query: { external_id: exampleInvoiceRequest.external_id },
		},
	]);
});

test('looks up by the reference number when the event has no external ID', async () => {
	await createInvoice();
	const [invoice] = bench.simulator.control.invoices();
	const workflow = await publishWithConfirm();

	await bench.deliver(workflow, {
		payload: { ...exampleEvent(), invoice: { reference_number: invoice?.reference_number } },
	});

	expect(workflow.executions[0]?.items[0]?.json.confirmed_invoice).toStrictEqual(invoice);
});

test('starts the workflow with confirmed_invoice null for an event without an invoice', async () => {
	const workflow = await publishWithConfirm();

	const { status } = await bench.deliver(workflow, {
		payload: { event: 'account.updated', event_id: 'e-1' },
	});

	expect(status).toBe(200);
	expect(workflow.executions[0]?.items[0]?.json).toStrictEqual({
		event: 'account.updated',
		event_id: 'e-1',
		confirmed_invoice: null,
	});
	expect(requests()).toStrictEqual([]);
});

test.each([
	['does not know the invoice', () => undefined, 'RsomPay could not find the invoice'],
	[
		'responds with an error',
		() => bench.simulator.control.injectFault({ kind: 'status', status: 500 }),
		'a fault on its side (HTTP 500)',
	],
	[
		'does not respond',
		() => bench.simulator.control.injectFault({ kind: 'drop' }),
		'RsomPay did not respond',
	],
	[
		'rejects the token',
		() => bench.credentials({ apiToken: 'another' }),
		'RsomPay did not accept the API token',
	],
])(
	'responds with 503 when RsomPay %s, and the retry starts the workflow once',
	async (_, breakRsomPay, reason) => {
		const workflow = await publishWithConfirm();
		const payload = exampleEvent();
		breakRsomPay();

		const { status, headers } = await bench.deliver(workflow, { payload });

		expect(status).toBe(503);
		expect(Number(headers['retry-after'])).toBeGreaterThan(0);
		expect(workflow.executions).toStrictEqual([]);
		expect(requests()).toHaveLength(1);
		expect(logged('warn')).toHaveLength(1);
		expect(logged('warn')[0]?.message).toContain(reason);

		bench.simulator.control.clearFaults();
		bench.credentials();
		await createInvoice();
		expect((await bench.deliver(workflow, { payload })).status).toBe(200);
		expect((await bench.deliver(workflow, { payload })).status).toBe(200);
		expect(workflow.executions).toHaveLength(1);
	},
);

test('responds with 503 to a duplicate during the lookup', async () => {
	await createInvoice();
	const workflow = await publishWithConfirm();
	const payload = exampleEvent();
	bench.simulator.control.injectFault({ kind: 'latency', ms: 300 });

	const responses = await Promise.all([
		bench.deliver(workflow, { payload }),
		bench.deliver(workflow, { payload }),
	]);

	expect(responses.map(({ status }) => status).sort()).toStrictEqual([200, 503]);
	expect(workflow.executions).toHaveLength(1);
	expect(requests()).toHaveLength(2);
});

test('looks up no invoice for a webhook that is forged, not selected or a duplicate', async () => {
	await createInvoice();
	const workflow = await bench.publish({
		parameters: { events: ['payment.completed'], options: { confirm: true } },
	});
	const payload = exampleEvent();
	await bench.deliver(workflow, { payload });
	const before = requests().length;

	await bench.deliver(workflow, { payload });
	await bench.deliver(workflow, { payload: exampleEvent({ event: 'payment.failed' }) });
	await bench.deliver(workflow, { secret: 'another secret' });

	expect(requests()).toHaveLength(before);
	expect(workflow.executions).toHaveLength(1);
});

describe('while RsomPay does not confirm the payment yet that an event announces', () => {
	const control = () => bench.simulator.control;

	const statusChanged = (status: 'paid' | 'canceled') =>
		eventAbout(ID, status, { event: 'invoice.status_changed', previous_status: 'issued' });

	const startedWith = (workflow: Awaited<ReturnType<typeof publishWithConfirm>>) =>
		workflow.executions.flatMap(({ items }) => items.map(({ json }) => json));

	/** Pays or cancels the invoice. The API says so later. */
	const settleWithLag = (lagMs: number, settle: 'payInvoice' | 'cancelInvoice' = 'payInvoice') => {
		control().configure({ lagMs });
		control()[settle](ID);
	};

	test.each([
		['payment.completed', exampleEvent(), 'payInvoice', 'paid'],
		['invoice.status_changed to paid', statusChanged('paid'), 'payInvoice', 'paid'],
		['invoice.status_changed to canceled', statusChanged('canceled'), 'cancelInvoice', 'canceled'],
	] as const)('%s is confirmed by polling', async (_what, payload, settle, status) => {
		await issueInvoice();
		const workflow = await publishWithConfirm();
		settleWithLag(2_000, settle);

		expect((await bench.deliver(workflow, { payload })).status).toBe(200);

		expect(startedWith(workflow)).toMatchObject([{ confirmed_invoice: { status } }]);
		expect(lookups().length).toBeGreaterThanOrEqual(2);
	});

	test('payment.completed after a failed attempt is confirmed by polling', async () => {
		await issueInvoice();
		control().failInvoice(ID);
		const workflow = await publishWithConfirm();
		settleWithLag(1_000);

		expect((await bench.deliver(workflow)).status).toBe(200);

		expect(startedWith(workflow)).toMatchObject([{ confirmed_invoice: { status: 'paid' } }]);
	});

	test.each(['issued', 'pending', 'failed'])(
		'gets 503 within a few seconds while the invoice is %s, is not remembered, and its repetition starts one run',
		async (status) => {
			await issueInvoice();
			if (status === 'failed') control().failInvoice(ID);
			if (status === 'pending') control().configure({ confirmDelayMs: 6_000 });
			else control().configure({ lagMs: 6_000 });
			control().payInvoice(ID);
			const workflow = await publishWithConfirm();
			const payload = exampleEvent();

			const before = Date.now();
			const { status: responded, headers } = await bench.deliver(workflow, { payload });

			expect(responded).toBe(503);
			expect(Number(headers['retry-after'])).toBeGreaterThan(0);
			expect(Date.now() - before).toBeLessThan(4_500);
			expect(lookups().length).toBeLessThanOrEqual(6);
			expect(workflow.executions).toStrictEqual([]);
			await bench.n8n.restart();
			expect((await bench.deliver(workflow, { payload })).status).toBe(200);
			expect((await bench.deliver(workflow, { payload })).status).toBe(200);
			expect(startedWith(workflow)).toMatchObject([
				{ event_id: payload.event_id, confirmed_invoice: { status: 'paid' } },
			]);
		},
	);

	test('gets 503 within a few seconds when RsomPay hangs', async () => {
		await createInvoice();
		const workflow = await publishWithConfirm();
		control().injectFault({ kind: 'hang', match: { method: 'GET' } });

		const before = Date.now();
		expect((await bench.deliver(workflow)).status).toBe(503);
		expect(Date.now() - before).toBeLessThan(5_500);
	});

	test('two events about one payment share the requests', async () => {
		await issueInvoice();
		const workflow = await publishWithConfirm();
		settleWithLag(1_000);

		const responses = await Promise.all(
			[exampleEvent(), { ...statusChanged('paid'), event_id: 'another' }].map(
				async (payload) => await bench.deliver(workflow, { payload }),
			),
		);

		expect(responses.map(({ status }) => status)).toStrictEqual([200, 200]);
		expect(workflow.executions).toHaveLength(2);
		expect(lookups().length).toBeLessThanOrEqual(4);
	});

	test('payment.failed is handed on at once, whatever the invoice is', async () => {
		await issueInvoice();
		const workflow = await publishWithConfirm();
		const deliver = async () =>
			await bench.deliver(workflow, {
				payload: { ...failedPaymentEvent(ID), event_id: `event ${lookups().length}` },
			});

		await deliver();
		control().failInvoice(ID);
		await deliver();
		control().payInvoice(ID);
		await deliver();

		expect(startedWith(workflow).map(({ confirmed_invoice: invoice }) => invoice)).toMatchObject([
			{ status: 'issued' },
			{ status: 'failed' },
			{ status: 'paid' },
		]);
		expect(lookups()).toHaveLength(3);
	});

	test('payment.completed of an invoice that is canceled since is handed on', async () => {
		await issueInvoice();
		control().cancelInvoice(ID);
		const workflow = await publishWithConfirm();

		expect((await bench.deliver(workflow)).status).toBe(200);
		expect(startedWith(workflow)).toMatchObject([{ confirmed_invoice: { status: 'canceled' } }]);
		expect(lookups()).toHaveLength(1);
	});
});
