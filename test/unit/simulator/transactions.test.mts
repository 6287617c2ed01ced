import type { Simulator, Transaction } from '../../../simulator/index.mts';
import { call, create, simulate } from './support.mts';

async function page(
	simulator: Simulator,
	query: string,
): Promise<{ data: Transaction[]; meta: Record<string, number> }> {
	const { status, body } = await call(simulator, 'GET', `/transactions?${query}`);
	expect(status).toBe(200);
	return body as { data: Transaction[]; meta: Record<string, number> };
}

describe('GET /transactions', () => {
	test.each([
		['', 'customer_id'],
		['customer_id=', 'customer_id'],
		[`customer_id=${'x'.repeat(256)}`, 'customer_id'],
		['customer_id=CUST-9&page=0', 'page'],
		['customer_id=CUST-9&page=-1', 'page'],
		['customer_id=CUST-9&page=two', 'page'],
		['customer_id=CUST-9&page=1.5', 'page'],
		['customer_id=CUST-9&per_page=0', 'per_page'],
		['customer_id=CUST-9&per_page=101', 'per_page'],
		['customer_id=CUST-9&per_page=', 'per_page'],
	])('returns 422 for %j', async (query, field) => {
		const simulator = await simulate();
		const { status, body } = await call(simulator, 'GET', `/transactions?${query}`);
		expect(status).toBe(422);
		expect(Object.keys(body.errors ?? {})).toEqual([field]);
	});

	test('returns one empty page for a customer without transactions', async () => {
		const simulator = await simulate();
		expect(await page(simulator, 'customer_id=CUST-9')).toMatchObject({
			data: [],
			meta: { total: 0, per_page: 20, current_page: 1, last_page: 1 },
		});
	});

	test('returns every transaction once, newest first', async () => {
		const simulator = await simulate();
		const seeded = simulator.control.seedTransactions({ customerId: 'CUST-9', count: 250 });
		simulator.control.seedTransactions({ customerId: 'CUST-10', count: 5 });
		const pages = await Promise.all(
			[1, 2, 3, 4].map((number) =>
				page(simulator, `customer_id=CUST-9&per_page=100&page=${number}`),
			),
		);
		expect(pages.map(({ data }) => data.length)).toEqual([100, 100, 50, 0]);
		expect(pages.flatMap(({ data }) => data)).toEqual(seeded);
		expect(pages[1]?.meta).toEqual({ total: 250, per_page: 100, current_page: 2, last_page: 3 });
		const times = seeded.map(({ created_at }) => created_at);
		expect(times).toEqual([...times].sort().reverse());
		expect(times[0]).toBe('2026-05-18 12:00:00');
	});

	test('returns 20 a page by default', async () => {
		const simulator = await simulate();
		simulator.control.seedTransactions({ customerId: 'CUST-9', count: 21 });
		const { data, meta } = await page(simulator, 'customer_id=CUST-9');
		expect(data).toHaveLength(20);
		expect(meta).toEqual({ total: 21, per_page: 20, current_page: 1, last_page: 2 });
	});

	test('seeds the same transactions for the same seed, of every kind', async () => {
		const [first, second, other] = await Promise.all(
			[1, 1, 2].map(async (seed) => {
				const { control } = await simulate({ seed });
				return control.seedTransactions({ customerId: 'CUST-9', count: 100 });
			}),
		);
		expect(first).toEqual(second);
		expect(first).not.toEqual(other);
		const kinds = (key: 'status' | 'payment_method') => new Set(first?.map((row) => row[key]));
		expect(kinds('status')).toEqual(new Set(['completed', 'pending', 'failed']));
		expect(kinds('payment_method')).toEqual(new Set(['card', 'mada', 'tamara', 'visa']));
		expect(
			first?.every(
				({ status, captured_at }) => (status === 'completed') === (captured_at !== null),
			),
		).toBe(true);
		expect(first?.every(({ amount }) => amount > 0)).toBe(true);
	});

	test('adds a transaction as the newest, which shifts the pages', async () => {
		const simulator = await simulate({ clock: () => new Date('2020-01-01T00:00:00Z') });
		const seeded = simulator.control.seedTransactions({ customerId: 'CUST-9', count: 3 });
		const added = simulator.control.addTransaction('CUST-9', { amount: 1 });
		expect(added.created_at > (seeded[0]?.created_at ?? '')).toBe(true);
		const { data } = await page(simulator, 'customer_id=CUST-9');
		expect(data).toEqual([added, ...seeded]);
	});

	test('adds a transaction in order of its created_at', async () => {
		const simulator = await simulate();
		const [newest, middle, oldest] = simulator.control.seedTransactions({
			customerId: 'CUST-9',
			count: 3,
		});
		const added = simulator.control.addTransaction('CUST-9', {
			created_at: middle?.created_at ?? '',
		});
		const { data } = await page(simulator, 'customer_id=CUST-9');
		expect(data).toEqual([newest, added, middle, oldest]);
	});

	test('runs a hook before the work, which can change the transactions', async () => {
		const simulator = await simulate();
		simulator.control.seedTransactions({ customerId: 'CUST-9', count: 3 });
		const seen: string[] = [];
		const remove = simulator.control.onRequest(async (request) => {
			await Promise.resolve();
			seen.push(`${request.method} ${request.path}`);
			simulator.control.addTransaction('CUST-9', { reference: 'SHIFTED' });
		});
		const { data } = await page(simulator, 'customer_id=CUST-9');
		expect(data[0]?.reference).toBe('SHIFTED');
		expect(seen).toEqual(['GET /api/external/v1/transactions']);

		remove();
		expect((await page(simulator, 'customer_id=CUST-9')).data).toHaveLength(4);
	});

	test('adds a transaction for each payment, also for a failed one', async () => {
		const simulator = await simulate({
			events: [],
			clock: () => new Date('2026-05-18T12:00:00Z'),
		});
		await create(simulator, { currency_code: 'USD' });
		simulator.control.failInvoice('INV-PARTNER-001');
		simulator.control.payInvoice('INV-PARTNER-001', { method: 'tamara' });
		expect((await page(simulator, 'customer_id=CUST-9')).data).toEqual([
			{
				reference: 'TX-REF-2',
				status: 'completed',
				amount: 103.5,
				currency_code: 'USD',
				payment_method: 'tamara',
				invoice_external_id: 'INV-PARTNER-001',
				captured_at: '2026-05-18 12:00:00',
				created_at: '2026-05-18 12:00:01',
			},
			expect.objectContaining({ reference: 'TX-REF-1', status: 'failed', captured_at: null }),
		]);
	});

	test('adds no transaction for a cancellation', async () => {
		const simulator = await simulate({ events: [] });
		await create(simulator);
		simulator.control.cancelInvoice('INV-PARTNER-001');
		expect((await page(simulator, 'customer_id=CUST-9')).data).toEqual([]);
	});
});
