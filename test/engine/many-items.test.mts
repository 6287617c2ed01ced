import type { IDataObject } from 'n8n-workflow';

import type { ReceivedRequest } from '../../simulator/index.mts';
import { runWorkflow } from './harness/run-workflow.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const CREATE = { ...EXAMPLE_INVOICE, externalId: '={{ $json.id }}' };

const containing = (text: string): unknown => expect.stringContaining(text);

const ordersOf = (count: number): Array<{ id: string }> =>
	Array.from({ length: count }, (_, index) => ({ id: `ORDER-${index}` }));

const requests = (): ReceivedRequest[] => bench.simulator.control.requests();

const sentIds = () =>
	requests().map(({ body }) =>
		typeof body === 'object' && body !== null && 'external_id' in body ? body.external_id : '',
	);

/** The largest number of these requests in flight at once. */
const maxInFlight = (among: ReceivedRequest[]) =>
	Math.max(
		0,
		...among.map(
			({ receivedAt }) =>
				among.filter(
					(other) => other.receivedAt <= receivedAt && receivedAt < (other.answeredAt ?? Infinity),
				).length,
		),
	);

describe('an invalid item', () => {
	test.each([
		['among the first 20 prevents all requests', 19, 0],
		['after the first 20 stops the run 20 items before it', 40, 21],
	])('%s', async (_, invalid, sent) => {
		const orders = ordersOf(60).map((order, index) => (index === invalid ? { id: '' } : order));

		const run = await bench.run(CREATE, { items: orders });

		expect(run.error?.message).toBe(`'External ID' is empty [Item ${invalid}]`);
		expect(run.error?.description).toContain('Nothing of this item was sent');
		expect(sentIds()).toStrictEqual(orders.slice(0, sent).map(({ id }) => id));
	});
});

describe('continue on fail', () => {
	const INVALID = new Set([17, 101, 249]);
	/** 250 orders: one without an ID, one with an invalid e-mail address, one that RsomPay rejects. */
	const orders = ordersOf(250).map((order, index): IDataObject => ({
		id: index === 17 ? '' : order.id,
		email: index === 101 ? 'invalid' : 'customer@example.com',
		returnUrl: index === 249 ? 'https://localhost/return' : 'https://partner.example.com/return',
		place: index,
	}));
	const parameters = {
		...CREATE,
		returnUrl: '={{ $json.returnUrl }}',
		additionalFields: { customerEmail: '={{ $json.email }}' },
	};

	beforeEach(() => {
		bench.simulator.control.configure({ allowPrivateUrls: false });
	});

	test('outputs 247 invoices and three errors in the order of the items, each linked', async () => {
		const run = await bench.run(parameters, { items: orders, onError: 'continueRegularOutput' });

		const items = run.items('RsomPay');
		expect(run.status).toBe('success');
		expect(items.map(({ pairedItem }) => pairedItem)).toStrictEqual(
			orders.map((_, item) => ({ item })),
		);
		items.forEach(({ json }, index) => {
			if (INVALID.has(index)) expect(json.error).toContain(`[Item ${index}]`);
			else expect(json.external_id).toBe(`ORDER-${index}`);
		});
		expect(items[17]?.json.error).toContain("'External ID' is empty");
		expect(items[101]?.json.error).toContain("'Customer Email' must be an e-mail address");
		expect(items[249]?.json.error).toContain('return_url: ');
		expect(bench.simulator.control.invoices()).toHaveLength(247);
	});

	test('outputs the description, the status and the fields of an error', async () => {
		const run = await bench.run(parameters, {
			items: orders.slice(249),
			onError: 'continueRegularOutput',
		});

		expect(run.items('RsomPay')[0]?.json).toMatchObject({
			details: {
				description: containing('Correct the values'),
				http_code: 422,
				fields: { return_url: [containing('')] },
			},
		});
	});

	test('outputs errors at the error output with the data of their items', async () => {
		const run = await bench.run(parameters, { items: orders, onError: 'continueErrorOutput' });

		expect(run.items('RsomPay', 0)).toHaveLength(247);
		expect(run.items('RsomPay', 1).map(({ json }) => json)).toMatchObject(
			[...INVALID].map((place) => ({ place, error: containing(`[Item ${place}]`) })),
		);
		expect(run.items('RsomPay', 1).map(({ pairedItem }) => pairedItem)).toStrictEqual(
			[...INVALID].map((item) => ({ item })),
		);
	});

	test('without it the run fails with the first error in the order of the items', async () => {
		bench.simulator.control.injectFault({ kind: 'latency', ms: 200, match: { nth: 2 } });
		const [good, slow, quick] = [
			{ id: 'A', returnUrl: 'https://partner.example.com/return' },
			{ id: 'B', returnUrl: 'https://localhost/slow' },
			{ id: 'C', returnUrl: 'https://localhost/quick' },
		];

		const run = await bench.run(
			{ ...parameters, additionalFields: {} },
			{ items: [good, slow, quick] },
		);

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('"B"');
		expect(run.error?.message).toContain('[Item 1]');
		expect(run.items('RsomPay')).toStrictEqual([]);
	});
});

test('sends no more requests after an item has failed', async () => {
	bench.simulator.control.configure({ latencyMs: 20 });
	bench.simulator.control.injectFault({ kind: 'status', status: 403, match: { nth: 3 } });

	const run = await bench.run({ ...CREATE, options: { concurrency: 2 } }, { items: ordersOf(30) });

	expect(run.error?.message).toContain('[Item 2]');
	expect(requests().length).toBeLessThanOrEqual(4);
});

test('a later node finds the input item of each output item', async () => {
	const run = await runWorkflow(bench.n8n, {
		nodes: [
			{ name: 'Start', type: 'test.start' },
			{
				name: 'RsomPay',
				type: 'n8n-nodes-rsompay.rsomPay',
				parameters: CREATE,
				credentials: bench.credentials(),
				onError: 'continueRegularOutput',
			},
			{
				name: 'Look Back',
				type: 'test.evaluate',
				parameters: { value: '={{ $("Start").item.json.place }}' },
			},
		],
		items: [
			{ id: 'A', place: 'first' },
			{ id: '', place: 'second' },
			{ id: 'C', place: 'third' },
		],
	});

	expect(run.items('Look Back').map(({ json }) => json.value)).toStrictEqual([
		'first',
		'second',
		'third',
	]);
});

describe('concurrency', () => {
	test.each([
		{ concurrency: undefined, max: 20, latencyMs: 800 },
		{ concurrency: 1, max: 1, latencyMs: 5 },
		{ concurrency: 7, max: 7, latencyMs: 300 },
		{ concurrency: 100, max: 60, latencyMs: 2_000 },
	])(
		'of $concurrency sends at most $max requests at once',
		async ({ concurrency, max, latencyMs }) => {
			bench.simulator.control.configure({ latencyMs });

			await bench.run(
				{ ...CREATE, options: concurrency === undefined ? {} : { concurrency } },
				{ items: ordersOf(60) },
			);

			expect(requests()).toHaveLength(60);
			expect(maxInFlight(requests())).toBe(max);
		},
	);

	test.each([0, 101, 2.5])('of %d is rejected', async (concurrency) => {
		const run = await bench.run({ ...CREATE, options: { concurrency } }, { items: ordersOf(1) });

		expect(run.error?.message).toContain("'Concurrency' must be a whole number from 1 to 100");
		expect(requests()).toStrictEqual([]);
	});

	test('keeps the order of the items when responses arrive out of order', async () => {
		bench.simulator.control.injectFault({ kind: 'latency', ms: 150, match: { every: 3 } });

		const run = await bench.run(CREATE, { items: ordersOf(30) });

		expect(run.items('RsomPay').map(({ json }) => json.external_id)).toStrictEqual(
			ordersOf(30).map(({ id }) => id),
		);
		const responseTimes = requests().map(({ answeredAt }) => answeredAt ?? 0);
		expect(responseTimes).not.toStrictEqual([...responseTimes].sort((a, b) => a - b));
	});

	test('reads the credential once for all items', async () => {
		const credentials = bench.credentials({}, 'counted');

		await bench.run(CREATE, { items: ordersOf(30), credentials });

		expect(bench.n8n.credentials.readCount('counted')).toBe(1);
	});
});

describe('a 429 on some of 60 items', () => {
	const RETRY_AFTER_S = 2;
	const LATENCY_MS = 200;

	test('pauses all requests, halves the concurrency, and repeats no successful request', async () => {
		bench.simulator.control.configure({ latencyMs: LATENCY_MS });
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 429,
			retryAfter: RETRY_AFTER_S,
			match: { skip: 23, times: 5 },
		});

		const run = await bench.run(CREATE, { items: ordersOf(60) });

		expect(run.status).toBe('success');
		expect(run.items('RsomPay').map(({ json }) => json.external_id)).toStrictEqual(
			ordersOf(60).map(({ id }) => id),
		);

		const rejected = requests().filter(({ status }) => status === 429);
		expect(rejected).toHaveLength(5);
		const lastRejectionAt = Math.max(...rejected.map(({ answeredAt }) => answeredAt ?? 0));
		const pausedUntil = lastRejectionAt + RETRY_AFTER_S * 1000;
		// The node needs some time to receive a 429.
		const duringPause = requests().filter(
			({ receivedAt }) => receivedAt > lastRejectionAt + 200 && receivedAt < pausedUntil - 5,
		);
		expect(duringPause).toStrictEqual([]);

		const after = requests().filter(({ receivedAt }) => receivedAt >= pausedUntil - 5);
		expect(maxInFlight(after)).toBe(10);

		const succeeded = sentIds().filter((_, index) => requests()[index]?.status === 201);
		expect(succeeded).toHaveLength(60);
		expect(new Set(succeeded).size).toBe(60);
		expect(requests()).toHaveLength(65);
	});

	test('halves the concurrency again after the next 429, down to one', async () => {
		bench.simulator.control.configure({ latencyMs: 20 });
		for (const skip of [2, 8]) {
			bench.simulator.control.injectFault({
				kind: 'status',
				status: 429,
				retryAfter: 1,
				match: { skip, times: 1 },
			});
		}

		const run = await bench.run(
			{ ...CREATE, options: { concurrency: 4 } },
			{ items: ordersOf(20) },
		);

		expect(run.items('RsomPay')).toHaveLength(20);
		const lastRejectionAt = Math.max(
			...requests()
				.filter(({ status }) => status === 429)
				.map(({ answeredAt }) => answeredAt ?? 0),
		);
		const after = requests().filter(({ receivedAt }) => receivedAt > lastRejectionAt + 900);
		expect(after.length).toBeGreaterThan(5);
		expect(maxInFlight(after)).toBe(1);
	});

	test('pauses the requests for the other pages of a list', async () => {
		const transactions = bench.simulator.control.seedTransactions({
			customerId: 'CUST-9',
			count: 1000,
		});
		bench.simulator.control.configure({ latencyMs: 20 });
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 429,
			retryAfter: 1,
			match: { skip: 3, times: 1 },
		});

		const run = await bench.run({
			resource: 'transaction',
			operation: 'getAll',
			customerId: 'CUST-9',
			returnAll: true,
			options: { concurrency: 2 },
		});

		expect(run.items('RsomPay').map(({ json }) => json.reference)).toStrictEqual(
			transactions.map(({ reference }) => reference),
		);
		const [rejected] = requests().filter(({ status }) => status === 429);
		const rejectedAt = rejected?.answeredAt ?? NaN;
		expect(
			requests().filter(
				({ receivedAt }) => receivedAt > rejectedAt + 200 && receivedAt < rejectedAt + 995,
			),
		).toStrictEqual([]);
	});
});
