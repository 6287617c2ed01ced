import type { IDataObject } from 'n8n-workflow';

import type { DeliveryRequest, DeliveryResponse } from '../../simulator/index.mts';
import type { Execution } from './harness/execution.mts';
import { logged } from './harness/logs.mts';
import { eventAbout, failedPaymentEvent } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { until } from './harness/time.mts';

const bench = useRsomPay();

/** Invoices change, and RsomPay tells nobody: callbacks are delivered one by one. */
const silently = () => bench.simulator.control.configure({ events: [] });

const lookups = () => bench.simulator.control.requests().filter(({ method }) => method === 'GET');

const outputs = (execution: Execution): IDataObject[] =>
	execution
		.soFar()
		.items('After')
		.map(({ json }) => json);

const answers = (response: DeliveryResponse): unknown[] => [
	response.status,
	JSON.parse(response.body),
];

const WAITING = 'waiting';

beforeEach(() => {
	bench.simulator.control.configure({ webhookDelayMs: 0, retryDelaysMs: [100, 200, 400, 800] });
});

describe('what has settled already goes straight on', () => {
	const SETTLE = {
		paid: () => bench.simulator.control.payInvoice('INV-1'),
		canceled: () => bench.simulator.control.cancelInvoice('INV-1'),
		failed: () => bench.simulator.control.failInvoice('INV-1'),
	};

	/** Creates the invoice and settles it before another workflow waits for it. */
	const settleBefore = async (status: keyof typeof SETTLE) => {
		silently();
		await bench.create('INV-1');
		SETTLE[status]();
	};

	test.each(['paid', 'canceled'] as const)('%s', async (status) => {
		await settleBefore(status);
		const before = lookups().length;

		const execution = await bench.wait({}, { creates: false });

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toStrictEqual([
			{ ...bench.simulator.control.invoices()[0], settled: true, payment: null },
		]);
		expect(outputs(execution)).toMatchObject([{ status }]);
		expect(lookups().slice(before)).toMatchObject([{ query: { external_id: 'INV-1' } }]);
	});

	test('failed, if that counts', async () => {
		await settleBefore('failed');

		const open = await bench.wait({}, { creates: false });
		const settled = await bench.wait({ failedCounts: true }, { creates: false });

		expect([open.status, settled.status]).toStrictEqual([WAITING, 'success']);
		expect(outputs(settled)).toMatchObject([{ status: 'failed', settled: true, payment: null }]);
	});

	test('looked up by reference number', async () => {
		await settleBefore('paid');

		const execution = await bench.wait(
			{ lookupBy: 'referenceNumber', reference: 'INV-42-001' },
			{ creates: false },
		);

		expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1', settled: true }]);
		expect(lookups().at(-1)).toMatchObject({ query: { reference_number: 'INV-42-001' } });
	});
});

describe('until RsomPay calls back', () => {
	test('the execution is suspended, and what comes after has not run', async () => {
		const before = Date.now();
		const execution = await bench.wait({ waitAmount: 2, waitUnit: 'hours' });

		expect(execution.status).toBe(WAITING);
		expect(execution.soFar().tasks('After')).toStrictEqual([]);
		const limit = Number(execution.waitTill) - 2 * 60 * 60 * 1000;
		expect(limit).toBeGreaterThanOrEqual(before);
		expect(limit).toBeLessThanOrEqual(Date.now());
	});

	test('waits a day where nothing else is said', async () => {
		const execution = await bench.wait();

		const waits = Number(execution.waitTill) - Date.now();
		expect(waits).toBeGreaterThan(86_300_000);
		expect(waits).toBeLessThanOrEqual(86_400_000);
	});

	test.each(['card', 'tamara'] as const)(
		'a payment (by %s) lets it go on with the invoice and the payment',
		async (method) => {
			const execution = await bench.wait();

			bench.simulator.control.payInvoice('INV-1', { method });
			const run = await execution.ended();

			const [invoice] = bench.simulator.control.invoices();
			expect(run.status).toBe('success');
			expect(run.items('After')).toStrictEqual([
				{
					json: {
						...invoice,
						settled: true,
						payment: expect.objectContaining({
							payment_method: method,
							status: 'completed',
							amount: 103.5,
						}) as unknown,
					},
					pairedItem: { item: 0 },
				},
			]);
			expect(invoice?.status).toBe('paid');
			expect(run.tasks('After')).toHaveLength(1);
		},
	);

	test('a cancellation lets it go on, without a payment', async () => {
		const execution = await bench.wait();

		bench.simulator.control.cancelInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'canceled', settled: true, payment: null },
		]);
	});

	test('a payment that failed does not, since the customer may try again', async () => {
		const execution = await bench.wait();

		bench.simulator.control.failInvoice('INV-1');
		await bench.simulator.control.settleDeliveries();
		expect(execution.status).toBe(WAITING);

		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: { status: 'completed' } },
		]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('a payment that failed lets it go on if that counts', async () => {
		const execution = await bench.wait({ failedCounts: true });

		bench.simulator.control.failInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'failed', settled: true, payment: { status: 'failed' } },
		]);
	});

	test('a callback that comes before the wait is repeated by RsomPay, and not needed', async () => {
		bench.simulator.control.configure({ retryDelaysMs: [] });
		const toNode = (node: string) => ({ node, type: 'main' as const, index: 0 });
		const waiting = bench.wait(
			{},
			{
				next: [
					{ name: 'Slow', type: 'test.pass', parameters: { delayMs: 700 } },
					{ name: 'After', type: 'test.pass' },
				],
				connections: {
					Start: { main: [[toNode('Create')]] },
					Create: { main: [[toNode('Slow')]] },
					Slow: { main: [[toNode('Wait')]] },
					Wait: { main: [[toNode('After')]] },
				},
			},
		);
		await until(() => bench.simulator.control.invoices().length === 1);
		bench.simulator.control.payInvoice('INV-1');
		await bench.simulator.control.settleDeliveries();
		const execution = await waiting;

		expect(bench.simulator.control.deliveries().map(({ status }) => status)).toStrictEqual([
			409, 409,
		]);
		expect(execution.status).toBe('success');
		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true, payment: null }]);
	});

	test('by default it is the invoice of the incoming item', async () => {
		const execution = await bench.wait({ reference: undefined });

		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1', settled: true }]);
	});

	test('survives a restart of n8n', async () => {
		const execution = await bench.wait();

		await bench.n8n.restart();
		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', payment: { status: 'completed' } },
		]);
	});

	test('the same callback twice at once lets it go on once', async () => {
		silently();
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const payload = eventAbout('INV-1');

		const responses = await Promise.all([
			bench.deliver(execution, { payload }),
			bench.deliver(execution, { payload }),
		]);
		const run = await execution.ended();

		expect(responses.map(({ status }) => status)).toContain(200);
		expect(run.status).toBe('success');
		expect(run.tasks('After')).toHaveLength(1);
		expect(run.items('After')).toHaveLength(1);
	});
});

describe('a callback that cannot be verified', () => {
	beforeEach(silently);

	test.each<[string, Partial<DeliveryRequest>, string]>([
		['forged', { secret: 'another secret' }, 'wrong signature'],
		['without a signature', { signature: null }, 'missing signature'],
		['with a malformed one', { signature: 'sha256=zz' }, 'malformed signature'],
	])('(%s) gets a 401, and the execution stays waiting', async (_what, request, reason) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const before = lookups().length;

		const response = await bench.deliver(execution, { payload: eventAbout('INV-1'), ...request });

		const message = `The webhook could not be verified: ${reason}`;
		expect(answers(response)).toStrictEqual([401, { message }]);
		expect(logged('warn').map((line) => line.message)).toStrictEqual([
			`RsomPay answered a webhook with 401. ${message}`,
		]);
		expect(lookups()).toHaveLength(before);
		expect(execution.status).toBe(WAITING);

		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		expect((await execution.ended()).status).toBe('success');
	});

	test('because the secret was removed meanwhile gets a 503, and one warning', async () => {
		const credentials = bench.credentials({}, 'soon without a secret');
		const execution = await bench.wait({}, { credentials });
		bench.simulator.control.payInvoice('INV-1');
		bench.credentials({ signingSecret: '' }, 'soon without a secret');

		const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });

		expect(status).toBe(503);
		expect(logged('warn').map(({ message }) => message)).toStrictEqual([
			'RsomPay answered a webhook with 503. The RsomPay credential has no signing secret',
		]);
		expect(execution.status).toBe(WAITING);
	});

	test('but is no event gets a 400 when it is signed', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const response = await bench.deliver(execution, { rawBody: '{"invoice":"INV-1"}' });

		expect(answers(response)).toStrictEqual([
			400,
			{ message: 'The body is not an event of RsomPay' },
		]);
		expect(execution.status).toBe(WAITING);
	});
});

describe("n8n's own part", () => {
	beforeEach(silently);

	test.each([
		['without the token', (url: string) => url.replace(/\?.*/, '')],
		[
			'with another token',
			(url: string) => url.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
		],
	])('%s nobody gets at the execution', async (_what, change) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const url = change(execution.url);

		const posted = await bench.deliver({ url }, { payload: eventAbout('INV-1') });
		const got = await fetch(`${url}${url.includes('?') ? '&' : '?'}external_id=INV-1`);

		expect(answers(posted)).toStrictEqual([401, { error: 'Invalid token' }]);
		expect(got.status).toBe(401);
		expect(execution.status).toBe(WAITING);
	});

	test('once the execution has gone on, RsomPay is told so', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		await execution.ended();

		const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });

		expect(status).toBe(409);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('only POST and GET are taken', async () => {
		const execution = await bench.wait();

		expect((await fetch(execution.url, { method: 'PUT' })).status).toBe(404);
	});
});

describe('how the invoice stands is read from Get by Reference, never from the callback', () => {
	beforeEach(silently);

	test('one that says paid while it is not gets a 503, and its retry lets the execution go on', async () => {
		const execution = await bench.wait();
		const payload = eventAbout('INV-1');

		const early = await bench.deliver(execution, { payload });
		expect(answers(early)).toStrictEqual([503, { message: 'The invoice has not settled yet' }]);
		expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
		expect(execution.status).toBe(WAITING);

		bench.simulator.control.payInvoice('INV-1');
		expect((await bench.deliver(execution, { payload })).status).toBe(200);
		await execution.ended();
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', payment: { status: 'completed' } },
		]);
	});

	test.each([
		['paid', 'invoice.status_changed', 503],
		['canceled', 'invoice.status_changed', 503],
		['failed', 'invoice.status_changed', 200],
		['issued', 'payment.completed', 503],
		['failed', 'payment.failed', 200],
		['issued', 'invoice.status_changed', 200],
	] as const)('one that says %s (%s) while it is issued gets a %i', async (says, event, status) => {
		const execution = await bench.wait();

		const response = await bench.deliver(execution, {
			payload: eventAbout('INV-1', says, { event }),
		});

		expect(response.status).toBe(status);
		expect(execution.status).toBe(WAITING);
	});

	test('one that says failed while it is paid lets it go on as paid, without that payment', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const response = await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
		await execution.ended();

		expect(answers(response)).toStrictEqual([200, { message: 'Event received' }]);
		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true, payment: null }]);
	});

	test('one that says failed counts only if it has', async () => {
		const execution = await bench.wait({ failedCounts: true });

		const { status } = await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });

		expect(status).toBe(503);
		expect(execution.status).toBe(WAITING);
	});

	test('amounts and names come from there, too', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const payload = eventAbout('INV-1');

		await bench.deliver(execution, {
			payload: { ...payload, invoice: { ...payload.invoice, amount: 1, customer: { id: 'X' } } },
		});
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ amount: 103.5, customer: { id: 'CUST-9' } }]);
	});

	test('a callback may name it by its reference number alone', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		await bench.deliver(execution, {
			payload: { ...eventAbout(''), invoice: { reference_number: 'INV-42-001' } },
		});

		expect((await execution.ended()).status).toBe('success');
	});

	test.each([
		['another invoice', { external_id: 'INV-2' }],
		['an invoice that has the reference number as its ID', { external_id: 'INV-42-001' }],
		['no invoice', undefined],
		['something that is no invoice', 'INV-1'],
	])('one about %s is received, and RsomPay is not asked', async (_what, invoice) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const before = lookups().length;

		const response = await bench.deliver(execution, {
			payload: { ...eventAbout('INV-1'), invoice },
		});

		expect(answers(response)).toStrictEqual([
			200,
			{ message: 'Event received, and not waited for' },
		]);
		expect(lookups()).toHaveLength(before);
		expect(execution.status).toBe(WAITING);
	});
});

describe('while RsomPay cannot tell', () => {
	test.each<[string, () => void, string]>([
		[
			'is at fault',
			() => bench.simulator.control.injectFault({ kind: 'status', status: 500 }),
			'a fault on its side (HTTP 500)',
		],
		[
			'answers with a web page',
			() => bench.simulator.control.injectFault({ kind: 'status', status: 403, body: '<html>' }),
			'web page',
		],
		[
			'does not answer',
			() => bench.simulator.control.injectFault({ kind: 'drop' }),
			'RsomPay did not answer',
		],
		[
			'does not accept the token',
			() => bench.credentials({ apiToken: 'another' }),
			'RsomPay did not accept the API token',
		],
	])(
		'because it %s, a callback gets a 503 and the execution waits',
		async (_what, happens, reason) => {
			silently();
			const execution = await bench.wait();
			bench.simulator.control.payInvoice('INV-1');
			happens();
			const before = lookups().length;

			const response = await bench.deliver(execution, { payload: eventAbout('INV-1') });

			expect(response.status).toBe(503);
			expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
			expect(logged('warn')).toHaveLength(1);
			expect(logged('warn')[0]?.message).toContain(reason);
			// n8n itself asks a second time after a 401.
			expect(lookups().length - before).toBeLessThanOrEqual(2);
			expect(execution.status).toBe(WAITING);
		},
	);

	test("RsomPay's retry lets it go on", async () => {
		const execution = await bench.wait();
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 3 } });

		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: { status: 'completed' } },
		]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
		await bench.simulator.control.settleDeliveries();
		const [first, ...rest] = bench.simulator.control.deliveries();
		expect(first).toMatchObject({ attempt: 1, status: 503 });
		expect(rest.map(({ status }) => status)).toContain(200);
	});
});

test('no token and no secret is stored or logged', async () => {
	const { apiToken, signingSecret } = bench.simulator;
	silently();
	const execution = await bench.wait();
	bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });
	bench.simulator.control.payInvoice('INV-1');
	await bench.deliver(execution, { payload: eventAbout('INV-1'), secret: 'another' });
	await bench.deliver(execution, { payload: eventAbout('INV-1') });
	const suspended = execution.everything();
	await bench.deliver(execution, { payload: eventAbout('INV-1') });
	await until(() => execution.status === 'success');

	for (const text of [suspended, execution.everything()]) {
		expect(text).toContain('INV-1');
		expect(text).not.toContain(apiToken);
		expect(text).not.toContain(signingSecret);
	}
});
