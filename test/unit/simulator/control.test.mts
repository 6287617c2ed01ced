import type { Simulator } from '../../../simulator/index.mts';
import { call, create, receiver, simulate } from './support.mts';

/** Sends a request to the control API; returns status and parsed body. */
async function control(
	simulator: Simulator,
	method: string,
	path: string,
	body?: unknown,
): Promise<{ status: number; body: unknown }> {
	const response = await fetch(`${simulator.url}/control${path}`, {
		method,
		...(body !== undefined && {
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		}),
	});
	const text = await response.text();
	return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

describe('the control over HTTP', () => {
	test('pays, fails and cancels an invoice', async () => {
		const simulator = await simulate({ events: [] });
		const long = `A/${'أ'.repeat(253)}`;
		for (const external_id of [long, 'B', 'C']) await create(simulator, { external_id });
		const responses = [
			await control(simulator, 'POST', `/invoices/${encodeURIComponent(long)}/pay`, {
				method: 'tamara',
			}),
			await control(simulator, 'POST', '/invoices/B/fail'),
			await control(simulator, 'POST', '/invoices/C/cancel'),
		];
		expect(responses).toMatchObject([
			{ status: 200, body: { external_id: long, status: 'paid' } },
			{ status: 200, body: { external_id: 'B', status: 'failed' } },
			{ status: 200, body: { external_id: 'C', status: 'canceled' } },
		]);
		expect((await control(simulator, 'GET', '/invoices')).body).toEqual(
			simulator.control.invoices(),
		);
		const { body } = await call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		expect(body.data).toMatchObject([{ status: 'failed' }, { payment_method: 'tamara' }]);
	});

	test.each([
		['POST', '/invoices/nobody/pay', undefined, 404],
		['POST', '/invoices/INV-PARTNER-001/pay', { method: 'cash' }, 422],
		['POST', '/invoices/INV-PARTNER-001/pay', { methd: 'card' }, 422],
		['POST', '/faults', { kind: 'earthquake' }, 422],
		['POST', '/deliveries/nobody/repeat', undefined, 404],
		['POST', '/deliveries', { url: 'http://127.0.0.1:9' }, 422],
		['POST', '/deliveries', { url: 'http://127.0.0.1:9', payload: {} }, 502],
		['POST', '/transactions/seed', { customerId: 'CUST-9', count: 0 }, 422],
		['PATCH', '/settings', { latencyMs: -1 }, 422],
		['PATCH', '/settings', { latency: 1 }, 422],
		['PATCH', '/settings', { confirmDelayMs: -1 }, 422],
		['PATCH', '/settings', { returnUrlJoin: 'semicolon' }, 422],
		['GET', '/nowhere', undefined, 404],
	])('%s %s with %j returns %d', async (method, path, body, expected) => {
		const simulator = await simulate();
		await create(simulator);
		const response = await control(simulator, method, path, body);
		expect(response.status).toBe(expected);
		expect(response.body).toMatchObject({ message: expect.stringMatching(/./) as unknown });
	});

	test('returns 409 for a paid invoice', async () => {
		const simulator = await simulate({ events: [] });
		await create(simulator);
		simulator.control.payInvoice('INV-PARTNER-001');
		for (const action of ['pay', 'fail', 'cancel']) {
			const response = await control(simulator, 'POST', `/invoices/INV-PARTNER-001/${action}`);
			expect(response).toEqual({
				status: 409,
				body: { message: 'Invoice INV-PARTNER-001 is paid' },
			});
		}
		expect(() => simulator.control.cancelInvoice('INV-PARTNER-001')).toThrow('is paid');
		expect(() => simulator.control.payInvoice('nobody')).toThrow('No invoice nobody');
	});

	test('rejects a body whose content type is not JSON', async () => {
		const simulator = await simulate({ events: [] });
		await create(simulator);
		const response = await fetch(`${simulator.url}/control/invoices/INV-PARTNER-001/pay`, {
			method: 'POST',
			headers: { 'Content-Type': 'text/plain' },
			body: '{}',
		});
		expect(response.status).toBe(400);
		expect(simulator.control.invoices()).toMatchObject([{ status: 'issued' }]);
	});

	test('injects and clears faults, and lists requests', async () => {
		const simulator = await simulate();
		const fault = { kind: 'status', status: 500, match: { path: '^/invoices$' } };
		expect((await control(simulator, 'POST', '/faults', fault)).status).toBe(204);
		expect((await create(simulator)).status).toBe(500);
		expect((await control(simulator, 'DELETE', '/faults')).status).toBe(204);
		expect((await create(simulator)).status).toBe(201);
		const { body } = await control(simulator, 'GET', '/requests');
		expect(body).toEqual(simulator.control.requests());
		expect(body).toMatchObject([{ status: 500 }, { status: 201 }]);
	});

	test('lists, awaits, sends and repeats deliveries', async () => {
		const partner = await receiver();
		const simulator = await simulate({ events: ['payment.completed'] });
		await create(simulator, { notification_url: partner.url });
		await control(simulator, 'POST', '/invoices/INV-PARTNER-001/pay');
		expect((await control(simulator, 'POST', '/deliveries/settle')).status).toBe(204);
		const { body } = await control(simulator, 'GET', '/deliveries');
		expect(body).toMatchObject([{ event: 'payment.completed', status: 200 }]);

		const [delivery] = simulator.control.deliveries();
		const path = `/deliveries/${delivery?.event_id ?? ''}/repeat`;
		expect((await control(simulator, 'POST', path)).body).toEqual({ status: 200 });
		const forged = { url: partner.url, rawBody: '{}', signature: null };
		expect((await control(simulator, 'POST', '/deliveries', forged)).body).toMatchObject({
			status: 200,
			body: 'received',
		});
		expect(partner.received.map(({ body: text }) => text)).toEqual([
			delivery?.body,
			delivery?.body,
			'{}',
		]);
	});

	test('seeds and adds transactions', async () => {
		const simulator = await simulate();
		const seeded = await control(simulator, 'POST', '/transactions/seed', {
			customerId: 'CUST-9',
			count: 2,
			newestAt: '2026-01-01T00:00:00Z',
		});
		const added = await control(simulator, 'POST', '/transactions', {
			customerId: 'CUST-9',
			amount: 5,
		});
		expect(seeded.body).toMatchObject([{ created_at: '2026-01-01 00:00:00' }, {}]);
		const { body } = await call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		expect(body.data).toEqual([added.body, ...(seeded.body as unknown[])]);
	});

	test('changes settings', async () => {
		const simulator = await simulate();
		await control(simulator, 'PATCH', '/settings', { language: 'ar', signingSecret: 'new' });
		expect((await call(simulator, 'GET', '/nowhere')).body.message).toBe('المسار غير موجود.');
		expect(simulator.signingSecret).toBe('new');
	});
});

describe('reset', () => {
	test('removes everything and restores the initial settings', async () => {
		const partner = await receiver(() => 500);
		const simulator = await simulate({ retryDelaysMs: [60_000], errorsUnder: 'data' });
		await create(simulator, { notification_url: partner.url });
		const first = simulator.control.payInvoice('INV-PARTNER-001');
		await expect(simulator.control.settleDeliveries({ timeoutMs: 100 })).rejects.toThrow();
		const firstIds = simulator.control.deliveries().map(({ event_id }) => event_id);
		simulator.control.injectFault({ kind: 'drop' });
		simulator.control.configure({ errorsUnder: 'errors', latencyMs: 60_000 });
		simulator.control.onRequest(() => {
			throw new Error('A hook that reset must remove');
		});

		expect((await control(simulator, 'POST', '/reset')).status).toBe(204);
		await simulator.control.settleDeliveries({ timeoutMs: 100 });
		expect(simulator.control.invoices()).toEqual([]);
		expect(simulator.control.requests()).toEqual([]);
		expect(simulator.control.deliveries()).toEqual([]);
		const { body } = await call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		expect(body.data).toEqual([]);
		expect((await call(simulator, 'GET', '/transactions')).body.data).toHaveProperty('customer_id');

		await create(simulator, { notification_url: partner.url });
		const second = simulator.control.payInvoice('INV-PARTNER-001');
		await expect(simulator.control.settleDeliveries({ timeoutMs: 100 })).rejects.toThrow();
		expect(second.reference_number).toBe(first.reference_number);
		expect(second.payment_url).not.toBe(first.payment_url);
		for (const { event_id } of simulator.control.deliveries()) {
			expect(firstIds).not.toContain(event_id);
		}
	});
});
