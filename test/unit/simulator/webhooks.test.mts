import { buildEvent, phpJson, signBody } from '../../../simulator/index.mts';
import type { RsomPayEvent } from '../../../simulator/index.mts';
import { DEFAULT_SETTINGS } from '../../../simulator/rsompay/settings.mts';
import { WebhookSender } from '../../../simulator/shared/webhook-sender.mts';
import { create, receiver, simulate } from './support.mts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const parse = (body: string) => JSON.parse(body) as RsomPayEvent;
const eventsOf = (received: { body: string }[]) => received.map(({ body }) => parse(body).event);
const invoicesOf = (received: { body: string }[]) =>
	received.map(({ body }) => parse(body).invoice.external_id);
const idsOf = (received: { body: string }[]) => received.map(({ body }) => parse(body).event_id);

describe('webhooks of a payment', () => {
	test("have the guide's bodies, signed over their bytes", async () => {
		const partner = await receiver();
		const simulator = await simulate({ clock: () => new Date('2026-05-18T12:00:00.123Z') });
		await create(simulator, { notification_url: `${partner.url}/webhooks/rsom?x=1` });
		const invoice = simulator.control.payInvoice('INV-PARTNER-001', { method: 'mada' });
		await simulator.control.settleDeliveries();

		const [first, second] = partner.received;
		expect(partner.received).toHaveLength(2);
		expect(first?.path).toBe('/webhooks/rsom?x=1');
		expect(first?.headers['content-type']).toBe('application/json');
		expect(first?.headers['x-rsom-signature']).toBe(
			signBody(first?.body ?? '', simulator.signingSecret),
		);
		const { customer, totals, external_id, reference_number, amount, payment_url } = invoice;
		const common = {
			event_id: expect.stringMatching(UUID) as unknown,
			occurred_at: '2026-05-18T12:00:00+00:00',
			customer,
			totals,
			invoice: { external_id, reference_number, status: 'paid', amount, payment_url },
			payment: {
				uuid: expect.stringMatching(UUID) as unknown,
				payment_method: 'mada',
				status: 'completed',
				amount: 103.5,
				paid_at: '2026-05-18 12:00:00',
			},
		};
		expect(parse(first?.body ?? '')).toEqual({ event: 'payment.completed', ...common });
		expect(parse(second?.body ?? '')).toEqual({
			event: 'invoice.status_changed',
			previous_status: 'issued',
			...common,
		});
		expect(new Set(idsOf(partner.received)).size).toBe(2);
	});

	test('have bytes that re-serialising changes', async () => {
		const partner = await receiver();
		const simulator = await simulate();
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		const body = partner.received[0]?.body ?? '';
		expect(body).toContain('"amount":103.50');
		expect(body).toContain('http:\\/\\/127.0.0.1');
		expect(JSON.stringify(JSON.parse(body))).not.toBe(body);
	});

	test('are sent for a failed payment, a second failed one, then a paid one', async () => {
		const partner = await receiver();
		const { control, ...simulator } = await simulate();
		await create({ ...simulator, control }, { notification_url: partner.url });
		expect(control.failInvoice('INV-PARTNER-001').status).toBe('failed');
		await control.settleDeliveries();
		expect(control.failInvoice('INV-PARTNER-001').status).toBe('failed');
		await control.settleDeliveries();
		expect(control.payInvoice('INV-PARTNER-001').status).toBe('paid');
		await control.settleDeliveries();
		expect(eventsOf(partner.received)).toEqual([
			'payment.failed',
			'invoice.status_changed',
			'payment.failed',
			'payment.completed',
			'invoice.status_changed',
		]);
		expect(parse(partner.received[0]?.body ?? '').payment).toMatchObject({
			status: 'failed',
			paid_at: null,
		});
		expect(parse(partner.received[4]?.body ?? '').previous_status).toBe('failed');
	});

	test('have no payment for a cancellation', async () => {
		const partner = await receiver();
		const simulator = await simulate();
		await create(simulator, { notification_url: partner.url });
		expect(simulator.control.cancelInvoice('INV-PARTNER-001').status).toBe('canceled');
		await simulator.control.settleDeliveries();
		expect(eventsOf(partner.received)).toEqual(['invoice.status_changed']);
		const event = parse(partner.received[0]?.body ?? '');
		expect(event).toMatchObject({ previous_status: 'issued', invoice: { status: 'canceled' } });
		expect(event).not.toHaveProperty('payment');
	});

	test('are not sent for a new invoice', async () => {
		const partner = await receiver();
		const simulator = await simulate();
		await create(simulator, { notification_url: partner.url });
		await simulator.control.settleDeliveries();
		expect(simulator.control.deliveries()).toEqual([]);
		expect(partner.received).toEqual([]);
	});

	test('are sent for the enabled events only', async () => {
		const partner = await receiver();
		const simulator = await simulate({ events: ['payment.completed'] });
		await create(simulator, { notification_url: partner.url });
		simulator.control.failInvoice('INV-PARTNER-001');
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		expect(eventsOf(partner.received)).toEqual(['payment.completed']);
	});

	test('use a rotated secret and SHA-512 from the next payment', async () => {
		const partner = await receiver();
		const simulator = await simulate({ signingSecret: 'first', events: ['payment.completed'] });
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		simulator.control.configure({ signingSecret: 'second', signatureAlgorithm: 'sha512' });
		expect(simulator.signingSecret).toBe('second');
		await create(simulator, { external_id: 'B', notification_url: partner.url });
		simulator.control.payInvoice('B');
		await simulator.control.settleDeliveries();
		expect(partner.received.map(({ headers }) => headers['x-rsom-signature'])).toEqual([
			signBody(partner.received[0]?.body ?? '', 'first'),
			signBody(partner.received[1]?.body ?? '', 'second', { algorithm: 'sha512' }),
		]);
	});

	test('wait for webhookDelayMs and do not block the payment', async () => {
		const partner = await receiver();
		const simulator = await simulate({ webhookDelayMs: 150 });
		await create(simulator, { notification_url: partner.url });
		const paidAt = Date.now();
		simulator.control.payInvoice('INV-PARTNER-001');
		expect(Date.now() - paidAt).toBeLessThan(100);
		expect(simulator.control.deliveries()).toEqual([]);
		await simulator.control.settleDeliveries();
		expect((simulator.control.deliveries()[0]?.at ?? 0) - paidAt).toBeGreaterThanOrEqual(145);
	});
});

describe('retries', () => {
	test('continue until a 2xx, with identical bytes, signature and event_id', async () => {
		const partner = await receiver((_received, count) => [500, 302, 404, 204][count - 1] ?? 200);
		const simulator = await simulate({ events: ['payment.completed'] });
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		expect(partner.received).toHaveLength(4);
		expect(new Set(partner.received.map(({ body }) => body)).size).toBe(1);
		expect(new Set(partner.received.map(({ headers }) => headers['x-rsom-signature'])).size).toBe(
			1,
		);
		const deliveries = simulator.control.deliveries();
		expect(deliveries.map(({ attempt, status }) => [attempt, status])).toEqual([
			[1, 500],
			[2, 302],
			[3, 404],
			[4, 204],
		]);
		expect(deliveries[0]).toEqual({
			event: 'payment.completed',
			event_id: idsOf(partner.received)[0],
			attempt: 1,
			url: partner.url,
			status: 500,
			error: null,
			at: expect.any(Number) as unknown,
			signature: partner.received[0]?.headers['x-rsom-signature'],
			body: partner.received[0]?.body,
		});
	});

	test('follow retryDelaysMs, then stop', async () => {
		const partner = await receiver(() => 503);
		const simulator = await simulate({ events: ['payment.completed'], retryDelaysMs: [20, 60] });
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		const times = simulator.control.deliveries().map(({ at }) => at);
		expect(times).toHaveLength(3);
		expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(19);
		expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(59);
	});

	test('do not block the next event', async () => {
		const partner = await receiver(({ body }) =>
			parse(body).event === 'payment.completed' ? 500 : 200,
		);
		const simulator = await simulate({ retryDelaysMs: [60_000] });
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await expect(simulator.control.settleDeliveries({ timeoutMs: 200 })).rejects.toThrow(
			'1 deliveries still pending',
		);
		expect(eventsOf(partner.received)).toEqual(['payment.completed', 'invoice.status_changed']);
	});

	test('record an error and no status if there is no response', async () => {
		const silent = await receiver(() => new Promise<number>(() => undefined));
		const simulator = await simulate({
			events: ['payment.completed'],
			retryDelaysMs: [],
			deliveryTimeoutMs: 50,
		});
		await create(simulator, { external_id: 'A', notification_url: silent.url });
		await create(simulator, { external_id: 'B', notification_url: 'http://127.0.0.1:9' });
		simulator.control.payInvoice('A');
		simulator.control.payInvoice('B');
		await simulator.control.settleDeliveries();
		const errors = Object.fromEntries(
			simulator.control.deliveries().map(({ url, status, error }) => [url, { status, error }]),
		);
		expect(errors).toEqual({
			[silent.url]: { status: null, error: expect.stringContaining('timeout') as unknown },
			'http://127.0.0.1:9': {
				status: null,
				error: expect.stringContaining('ECONNREFUSED') as unknown,
			},
		});
	});
});

test('a delivery waits until `after` has settled', async () => {
	const partner = await receiver();
	const webhooks = new WebhookSender(
		() => ({ ...DEFAULT_SETTINGS, webhookDelayMs: 0, signingSecret: 'secret' }),
		'X-Rsom-Signature',
	);
	let redirect: () => void = () => undefined;
	const redirected = new Promise<void>((resolve) => (redirect = resolve));
	webhooks.schedule(partner.url, [{ event: 'payment.completed' }], { after: redirected });
	await expect(webhooks.waitUntilIdle(50)).rejects.toThrow('1 deliveries still pending');
	expect(partner.received).toEqual([]);
	redirect();
	await webhooks.waitUntilIdle(1000);
	expect(partner.received).toHaveLength(1);
});

describe('webhook faults', () => {
	test('duplicate: sends each delivery twice', async () => {
		const partner = await receiver();
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'duplicate', match: { times: 1 } });
		await create(simulator, { notification_url: partner.url });
		simulator.control.failInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		expect(eventsOf(partner.received)).toEqual([
			'payment.failed',
			'payment.failed',
			'invoice.status_changed',
			'invoice.status_changed',
		]);
		expect(new Set(partner.received.map(({ body }) => body)).size).toBe(2);

		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		expect(partner.received).toHaveLength(6);
	});

	test('lost-webhook: sends none of the events of every n-th payment', async () => {
		const partner = await receiver();
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'lost-webhook', match: { skip: 1, every: 3 } });
		const ids = ['1', '2', '3', '4', '5', '6', '7'];
		for (const external_id of ids) {
			await create(simulator, { external_id, notification_url: partner.url });
			simulator.control.payInvoice(external_id);
		}
		await simulator.control.settleDeliveries();
		const arrived = ids.filter((id) => invoicesOf(partner.received).includes(id));
		expect(arrived).toEqual(['1', '2', '3', '5', '6']);
		expect(simulator.control.invoices().map(({ status }) => status)).toEqual(ids.map(() => 'paid'));
		expect(simulator.control.deliveries()).toHaveLength(2 * arrived.length);
	});

	test('shuffle: sends the last event first', async () => {
		const partner = await receiver();
		const simulator = await simulate();
		simulator.control.injectFault({ kind: 'shuffle' });
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		expect(eventsOf(partner.received)).toEqual(['invoice.status_changed', 'payment.completed']);
	});
});

describe('deliver', () => {
	const payload = { event: 'payment.completed', event_id: 'E', amount: 100 };

	test('signs a payload like a real delivery and returns the response', async () => {
		const partner = await receiver(() => 401);
		const { control, signingSecret } = await simulate();
		const response = await control.deliver({ url: partner.url, payload });
		expect(response).toMatchObject({
			status: 401,
			headers: { 'x-receiver': 'partner' },
			body: 'received',
		});
		expect(partner.received[0]?.body).toBe(phpJson(payload));
		expect(partner.received[0]?.headers['x-rsom-signature']).toBe(
			signBody(phpJson(payload), signingSecret),
		);
		expect(control.deliveries()).toMatchObject([{ event_id: 'E', attempt: 1, status: 401 }]);
	});

	test('sends arbitrary bodies, signatures and headers', async () => {
		const partner = await receiver();
		const { control } = await simulate();
		const { url } = partner;
		await control.deliver({ url, rawBody: 'no json', signature: 'forged' });
		await control.deliver({ url, payload, signature: null });
		await control.deliver({ url, payload, secret: 'other', encoding: 'HEX', prefix: 'sha256=' });
		await control.deliver({ url, rawBody: Buffer.from([1, 2]), algorithm: 'sha512', secret: 's' });
		await control.deliver({ url, payload, headers: { 'Content-Type': 'text/plain' } });
		expect(partner.received.map(({ headers }) => headers['x-rsom-signature']).slice(0, 4)).toEqual([
			'forged',
			undefined,
			signBody(phpJson(payload), 'other', { encoding: 'HEX', prefix: 'sha256=' }),
			signBody(Buffer.from([1, 2]), 's', { algorithm: 'sha512' }),
		]);
		expect(partner.received[0]?.body).toBe('no json');
		expect(partner.received[3]?.body).toBe('\u0001\u0002');
		expect(partner.received[4]?.headers['content-type']).toBe('text/plain');
		expect(control.deliveries()[0]).toMatchObject({ event: null, event_id: null });
	});

	test('rejects if there is no response, or neither payload nor rawBody', async () => {
		const { control } = await simulate();
		await expect(control.deliver({ url: 'http://127.0.0.1:9', payload })).rejects.toThrow(
			'ECONNREFUSED',
		);
		await expect(control.deliver({ url: 'http://127.0.0.1:9' })).rejects.toThrow('payload');
	});

	test('buildEvent has no payment without one', async () => {
		const simulator = await simulate();
		await create(simulator);
		const [invoice] = simulator.control.invoices();
		if (invoice === undefined) throw new Error('No invoice');
		const event = buildEvent({
			event: 'invoice.status_changed',
			eventId: 'E',
			occurredAt: new Date('2026-05-18T12:00:00Z'),
			invoice,
			previousStatus: 'failed',
		});
		expect(event).toMatchObject({ event_id: 'E', previous_status: 'failed' });
		expect(event).not.toHaveProperty('payment');
	});
});

describe('repeatDelivery', () => {
	test('resends the identical bytes', async () => {
		const partner = await receiver((_received, count) => (count === 1 ? 200 : 409));
		const simulator = await simulate({ events: ['payment.completed'] });
		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		simulator.control.configure({ signingSecret: 'rotated' });
		expect(await simulator.control.repeatDelivery(idsOf(partner.received)[0] ?? '')).toBe(409);
		const [first, second] = partner.received;
		expect(second?.body).toBe(first?.body);
		expect(second?.headers['x-rsom-signature']).toBe(first?.headers['x-rsom-signature']);
		expect(simulator.control.deliveries().map(({ attempt }) => attempt)).toEqual([1, 2]);
	});

	test('rejects an unknown event ID', async () => {
		const { control } = await simulate();
		await expect(control.repeatDelivery('nobody')).rejects.toThrow('nobody');
	});
});
