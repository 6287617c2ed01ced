import type { RsomPayEvent, Simulator } from '../../../simulator/index.mts';
import { call, click, create, paymentPage, receiver, simulate } from './support.mts';

const NEVER = Number.MAX_SAFE_INTEGER;

const transactions = async (simulator: Simulator) =>
	(await call(simulator, 'GET', '/transactions?customer_id=CUST-9')).body.data;

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('an unconfirmed payment', () => {
	test('leaves the invoice pending and sends no webhook', async () => {
		const partner = await receiver();
		const simulator = await simulate({ confirmDelayMs: NEVER });
		await create(simulator, { notification_url: partner.url });
		expect(simulator.control.payInvoice('INV-PARTNER-001').status).toBe('pending');

		await expect(simulator.control.settleDeliveries({ timeoutMs: 50 })).rejects.toThrow('pending');
		const fetched = await call(
			simulator,
			'GET',
			'/invoices/by-reference?external_id=INV-PARTNER-001',
		);
		expect(fetched.body.data).toMatchObject({ status: 'pending', amount: 103.5 });
		expect(await transactions(simulator)).toEqual([]);
		expect(partner.received).toEqual([]);
	});

	test('cannot be repeated or canceled', async () => {
		const simulator = await simulate({ confirmDelayMs: NEVER });
		const page = await paymentPage(simulator);
		await click(page, 'card');

		const shown = await fetch(page).then((response) => response.text());
		expect(shown).toContain('Your payment is being confirmed.');
		expect(shown).not.toContain('<button');
		for (const action of ['card', 'tamara', 'fail', 'cancel']) {
			expect((await click(page, action)).status).toBe(409);
		}
		const { control } = simulator;
		for (const act of ['payInvoice', 'failInvoice', 'cancelInvoice'] as const) {
			expect(() => control[act]('INV-PARTNER-001')).toThrow('Invoice INV-PARTNER-001 is pending');
		}
		expect(control.invoices()).toMatchObject([{ status: 'pending' }]);
	});

	test.each(['card', 'tamara', 'fail'])('redirects the customer at once: %s', async (action) => {
		const simulator = await simulate({ confirmDelayMs: NEVER });
		const response = await click(await paymentPage(simulator), action);
		expect(response.status).toBe(303);
		const { searchParams } = new URL(response.headers.get('location') ?? '');
		expect(Object.fromEntries(searchParams)).toEqual({
			status: 'pending',
			external_id: 'INV-PARTNER-001',
			reference_number: 'INV-42-001',
			amount_paid: '0',
			currency_code: 'SAR',
		});
		expect(simulator.control.invoices()).toMatchObject([{ status: 'pending' }]);
	});

	test('gets its outcome, transaction and webhooks after the delay', async () => {
		const statuses: unknown[] = [];
		const partner = await receiver(() => {
			statuses.push(simulator.control.invoices()[0]?.status);
			return 200;
		});
		const simulator = await simulate({ confirmDelayMs: 20 });
		const page = await paymentPage(simulator, { notification_url: partner.url });
		await click(page, 'fail');
		await simulator.control.settleDeliveries();
		expect(simulator.control.invoices()).toMatchObject([{ status: 'failed' }]);
		await click(page, 'tamara');
		await simulator.control.settleDeliveries();
		expect(simulator.control.invoices()).toMatchObject([{ status: 'paid' }]);

		expect(partner.received.map(({ body }) => JSON.parse(body) as RsomPayEvent)).toMatchObject([
			{ event: 'payment.failed', invoice: { status: 'failed' } },
			{ event: 'invoice.status_changed', previous_status: 'issued' },
			{ event: 'payment.completed', invoice: { status: 'paid' } },
			{ event: 'invoice.status_changed', previous_status: 'failed' },
		]);
		expect(statuses).toEqual(['failed', 'failed', 'paid', 'paid']);
		expect(await transactions(simulator)).toMatchObject([
			{ status: 'completed', payment_method: 'tamara' },
			{ status: 'failed', payment_method: 'card' },
		]);
	});

	test('waits for confirmDelayMs, then for webhookDelayMs', async () => {
		const partner = await receiver();
		const simulator = await simulate({
			confirmDelayMs: 100,
			webhookDelayMs: 100,
			events: ['payment.completed'],
		});
		await create(simulator, { notification_url: partner.url });
		const paidAt = Date.now();
		simulator.control.payInvoice('INV-PARTNER-001');
		simulator.control.configure({ confirmDelayMs: 0 });
		await simulator.control.settleDeliveries();
		// A timer may fire a millisecond early by the wall clock
		expect(simulator.control.deliveries()[0]?.at).toBeGreaterThanOrEqual(paidAt + 198);
	});

	test('does not delay a cancellation', async () => {
		const simulator = await simulate({ confirmDelayMs: NEVER, events: [] });
		const response = await click(await paymentPage(simulator), 'cancel');
		const { searchParams } = new URL(response.headers.get('location') ?? '');
		expect(searchParams.get('status')).toBe('failed');
		expect(simulator.control.invoices()).toMatchObject([{ status: 'canceled' }]);
		await simulator.control.settleDeliveries({ timeoutMs: 1000 });
	});

	test('can be driven over HTTP', async () => {
		const simulator = await simulate({ events: [] });
		await create(simulator);
		const post = (path: string, method = 'POST', body = {}) =>
			fetch(`${simulator.url}/control${path}`, {
				method,
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify(body),
			});
		expect((await post('/settings', 'PATCH', { confirmDelayMs: 50 })).status).toBe(204);
		const paid = await post('/invoices/INV-PARTNER-001/pay');
		expect(await paid.json()).toMatchObject({ status: 'pending' });
		expect((await post('/deliveries/settle')).status).toBe(204);
		expect(simulator.control.invoices()).toMatchObject([{ status: 'paid' }]);
	});

	test('is canceled by a reset, with its timer', async () => {
		const partner = await receiver();
		const simulator = await simulate({ confirmDelayMs: 100 });
		await create(simulator, { notification_url: partner.url });
		const before = timers();
		simulator.control.payInvoice('INV-PARTNER-001');
		expect(timers()).toBe(before + 1);

		simulator.control.reset();
		expect(timers()).toBe(before);
		await simulator.control.settleDeliveries({ timeoutMs: 50 });
		await new Promise((resolve) => setTimeout(resolve, 150));
		expect(await transactions(simulator)).toEqual([]);
		expect(partner.received).toEqual([]);

		await create(simulator, { notification_url: partner.url });
		simulator.control.payInvoice('INV-PARTNER-001');
		await simulator.control.settleDeliveries();
		expect(simulator.control.invoices()).toMatchObject([{ status: 'paid' }]);
		expect(partner.received).toHaveLength(2);
	});

	test('is canceled when the simulator closes, with its timer', async () => {
		const errors = jest.spyOn(console, 'error');
		const simulator = await simulate({ confirmDelayMs: 100 });
		await create(simulator);
		const before = timers();
		simulator.control.payInvoice('INV-PARTNER-001');
		expect(timers()).toBe(before + 1);

		const closed = simulator.close();
		expect(timers()).toBe(before);
		await closed;
		await simulator.control.settleDeliveries({ timeoutMs: 50 });
		await new Promise((resolve) => setTimeout(resolve, 150));
		expect(simulator.control.invoices()).toMatchObject([{ status: 'pending' }]);
		expect(simulator.control.deliveries()).toEqual([]);
		expect(errors).not.toHaveBeenCalled();
		errors.mockRestore();
	});
});

describe('an API that lags behind', () => {
	const read = async (simulator: Simulator) =>
		(await call(simulator, 'GET', '/invoices/by-reference?external_id=INV-PARTNER-001')).body.data;

	test('still returns the earlier status, while the customer and the webhooks have the outcome', async () => {
		const partner = await receiver();
		const simulator = await simulate({ events: ['payment.completed'] });
		const page = await paymentPage(simulator, { notification_url: partner.url });
		await click(page, 'fail');
		simulator.control.configure({ lagMs: 300 });

		const returned = await click(page, 'card');
		await simulator.control.settleDeliveries();

		expect(returned.headers.get('location')).toContain('status=success');
		expect(partner.received.map(({ body }) => JSON.parse(body) as RsomPayEvent)).toMatchObject([
			{ event: 'payment.completed', invoice: { status: 'paid' } },
		]);
		expect(simulator.control.invoices()).toMatchObject([{ status: 'paid' }]);
		expect(await read(simulator)).toMatchObject({ status: 'failed' });
		expect((await create(simulator)).body.data).toMatchObject({ status: 'failed' });

		await new Promise((resolve) => setTimeout(resolve, 400));
		expect(await read(simulator)).toMatchObject({ status: 'paid' });
	});

	test('leaves no timer behind after a reset', async () => {
		const simulator = await simulate({ lagMs: NEVER });
		await create(simulator);
		const before = timers();
		simulator.control.payInvoice('INV-PARTNER-001');
		expect(timers()).toBeGreaterThan(before);

		simulator.control.reset();
		expect(timers()).toBeLessThanOrEqual(before);
	});
});
