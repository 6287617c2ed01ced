import { exampleEvent, exampleInvoiceRequest } from '../../simulator/index.mts';
import { logged } from './harness/logs.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const publishWithConfirm = async () =>
	await bench.publish({ parameters: { options: { confirm: true } } });

const requests = () => bench.simulator.control.requests();

/** Creates the invoice that the example event is about. */
const createInvoice = async (): Promise<void> => {
	const run = await bench.run(EXAMPLE_INVOICE);
	expect(run.status).toBe('success');
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
	const payload = exampleEvent();

	const { status } = await bench.deliver(workflow, { payload });

	expect(status).toBe(200);
	expect(payload.invoice.status).toBe('paid');
	expect(workflow.executions.map(({ items }) => items.map(({ json }) => json))).toStrictEqual([
		[{ ...payload, confirmed_invoice: bench.simulator.control.invoices()[0] }],
	]);
	expect(workflow.executions[0]?.items[0]?.json.confirmed_invoice).toMatchObject({
		external_id: exampleInvoiceRequest.external_id,
		status: 'issued',
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
