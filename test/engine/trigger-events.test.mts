import { exampleEvent, phpJson } from '../../simulator/index.mts';
import { logged } from './harness/logs.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const statusChangedTo = (status: 'paid' | 'failed' | 'canceled') => {
	const event = exampleEvent({ event: 'invoice.status_changed', previous_status: 'issued' });
	return { ...event, invoice: { ...event.invoice, status } };
};

const startedEvents = (workflow: Awaited<ReturnType<typeof bench.publish>>) =>
	workflow.executions.flatMap(({ items }) => items.map(({ json }) => json.event));

describe('a selected event', () => {
	test('starts the workflow once, with the event as its only item', async () => {
		const workflow = await bench.publish({ next: [{ name: 'Next', type: 'test.pass' }] });
		const payload = exampleEvent();

		const { status, body } = await bench.deliver(workflow, { payload });

		expect(status).toBe(200);
		expect(body).toBe('');
		expect(workflow.executions.map(({ items }) => items.map(({ json }) => json))).toStrictEqual([
			[payload],
		]);
		const run = await workflow.executions[0]?.finished;
		expect(run?.status).toBe('success');
		expect(run?.items('Next')).toMatchObject([{ json: payload }]);
	});

	test('is output with unknown fields', async () => {
		const workflow = await bench.publish();
		const payload = { ...exampleEvent(), refund: { amount: 1 }, invoice: { new_field: [1] } };

		await bench.deliver(workflow, { payload });

		expect(workflow.executions[0]?.items[0]?.json).toStrictEqual(payload);
	});

	test('may have any other fields in any shape', async () => {
		const workflow = await bench.publish();
		// PHP writes an empty object as an empty list.
		const payload = {
			event: 'payment.completed',
			event_id: 'e-1',
			customer: [],
			occurred_at: null,
		};

		const { status } = await bench.deliver(workflow, { payload });

		expect(status).toBe(200);
		expect(workflow.executions[0]?.items.map(({ json }) => ({ json }))).toStrictEqual([
			{ json: payload },
		]);
	});

	test.each([
		['payment.completed', true],
		['payment.failed', true],
		['invoice.status_changed', false],
		['payment.refunded', false],
	])('is one of several: %s starts the workflow: %j', async (event, runs) => {
		const workflow = await bench.publish({
			parameters: { events: ['payment.completed', 'payment.failed'] },
		});

		const { status } = await bench.deliver(workflow, { payload: { ...exampleEvent(), event } });

		expect(status).toBe(200);
		expect(workflow.executions).toHaveLength(runs ? 1 : 0);
		expect(workflow.failures).toStrictEqual([]);
		expect(logged('warn')).toStrictEqual([]);
	});

	test('is any event, known or not, with Any Event', async () => {
		const workflow = await bench.publish({ parameters: { events: ['*'] } });

		for (const event of ['payment.completed', 'invoice.status_changed', 'payment.refunded']) {
			await bench.deliver(workflow, { payload: { ...exampleEvent(), event } });
		}

		expect(startedEvents(workflow)).toStrictEqual([
			'payment.completed',
			'invoice.status_changed',
			'payment.refunded',
		]);
	});

	test('is Payment Completed by default', async () => {
		const workflow = await bench.publish({ parameters: { events: undefined } });

		await bench.deliver(workflow, { payload: exampleEvent() });
		await bench.deliver(workflow, { payload: statusChangedTo('paid') });

		expect(startedEvents(workflow)).toStrictEqual(['payment.completed']);
	});
});

describe('New Status', () => {
	test('starts the workflow only for changes to these statuses', async () => {
		const workflow = await bench.publish({
			parameters: { options: { newStatuses: ['paid', 'failed'] } },
		});

		for (const status of ['paid', 'canceled', 'failed'] as const) {
			const response = await bench.deliver(workflow, { payload: statusChangedTo(status) });
			expect(response.status).toBe(200);
		}

		expect(
			workflow.executions.flatMap(({ items }) => items.map(({ json }) => json.invoice)),
		).toMatchObject([{ status: 'paid' }, { status: 'failed' }]);
	});

	test('does not filter other events', async () => {
		const workflow = await bench.publish({
			parameters: { options: { newStatuses: ['canceled'] } },
		});

		await bench.deliver(workflow, { payload: exampleEvent() });

		expect(startedEvents(workflow)).toStrictEqual(['payment.completed']);
	});
});

describe('Include Headers', () => {
	test('adds the headers of the request without those that contain secrets', async () => {
		const workflow = await bench.publish({ parameters: { options: { includeHeaders: true } } });

		await bench.deliver(workflow, {
			headers: {
				'X-Request-Id': 'r-1',
				Authorization: 'Basic c2VjcmV0',
				'Proxy-Authorization': 'Basic c2VjcmV0',
				Cookie: 'session=secret',
			},
		});

		const headers = workflow.executions[0]?.items[0]?.json.headers;
		expect(headers).toMatchObject({ 'x-request-id': 'r-1', 'content-type': 'application/json' });
		expect(Object.keys(headers ?? {})).not.toEqual(
			expect.arrayContaining([expect.stringMatching(/authorization|cookie/i)]),
		);
	});

	test('is off by default', async () => {
		const workflow = await bench.publish();

		await bench.deliver(workflow);

		expect(workflow.executions[0]?.items[0]?.json).not.toHaveProperty('headers');
	});
});

describe('a verified body that is not an event', () => {
	const text = { 'content-type': 'text/plain' };

	test.each<[string, string, Record<string, string>]>([
		['null', 'null', {}],
		['a list', '[{"event":"payment.completed","event_id":"e-1"}]', {}],
		['a number', '5', {}],
		['text', '"payment.completed"', {}],
		['not JSON', 'event=payment.completed', text],
		['nothing', '', text],
		['not UTF-8', '\xff\xfe{}', text],
		['without an event', '{"event_id":"e-1"}', {}],
		['without an event ID', '{"event":"payment.completed"}', {}],
		['with an event ID that is not text', '{"event":"payment.completed","event_id":5}', {}],
		['with an empty event ID', '{"event":"payment.completed","event_id":""}', {}],
	])('(%s) gets a 400 and a warning and starts nothing', async (_what, body, headers) => {
		const workflow = await bench.publish();

		const response = await bench.deliver(workflow, {
			rawBody: Buffer.from(body, 'latin1'),
			headers,
		});

		expect(response.status).toBe(400);
		expect(JSON.parse(response.body)).toStrictEqual({
			message: 'The body is not an event of RsomPay',
		});
		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toStrictEqual([]);
		expect(logged('warn')).toHaveLength(1);
		expect(logged('warn')[0]?.message).toContain('400');
	});

	test('gets a 401 when the signature is wrong', async () => {
		const workflow = await bench.publish();

		const { status } = await bench.deliver(workflow, { rawBody: 'null', secret: 'another' });

		expect(status).toBe(401);
	});
});

test.each(['PUT', 'DELETE', 'HEAD', 'PATCH'])(
	'responds with 404 to %s: only POST and the GET of a customer are registered',
	async (method) => {
		const workflow = await bench.publish();

		const { status } = await fetch(workflow.url, { method });

		expect(status).toBe(404);
		expect(workflow.executions).toStrictEqual([]);
	},
);

test('starts for the webhooks that the simulator sends after a payment', async () => {
	const workflow = await bench.publish();
	bench.simulator.control.configure({ webhookDelayMs: 0 });
	await fetch(`${bench.simulator.apiBaseUrl}/invoices`, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			authorization: `Bearer ${bench.simulator.apiToken}`,
		},
		body: phpJson({
			external_id: 'INV-1',
			notification_url: workflow.url,
			return_url: workflow.url,
			customer: { id: 'CUST-9', fullname: 'محمد' },
			items: [{ description: 'Service fee', unit_price: 100.1 }],
		}),
	});

	bench.simulator.control.payInvoice('INV-1');
	await bench.simulator.control.settleDeliveries();

	expect(startedEvents(workflow).sort()).toStrictEqual([
		'invoice.status_changed',
		'payment.completed',
	]);
	expect(bench.simulator.control.deliveries().map(({ status }) => status)).toStrictEqual([
		200, 200,
	]);
});
