import type { INodeParameters } from 'n8n-workflow';

import type { Transaction } from '../../simulator/index.mts';
import type { FinishedRun } from './harness/run-workflow.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const LIST = { resource: 'transaction', operation: 'getAll', customerId: 'CUST-9' };
const ALL = { ...LIST, returnAll: true };

const seed = (count: number, newestAt?: Date): Transaction[] =>
	bench.simulator.control.seedTransactions({ customerId: 'CUST-9', count, newestAt });

const outputOf = (run: FinishedRun) => run.items('RsomPay').map(({ json }) => json);

const references = (run: FinishedRun) => outputOf(run).map(({ reference }) => reference);

const pagesRead = () => bench.simulator.control.requests().map(({ query }) => Number(query.page));

/** The largest number of requests in flight at once. */
const maxInFlight = () => {
	const requests = bench.simulator.control.requests();
	return Math.max(
		...requests.map(
			({ receivedAt }) =>
				requests.filter(
					(other) => other.receivedAt <= receivedAt && receivedAt < (other.answeredAt ?? Infinity),
				).length,
		),
	);
};

describe('Return All', () => {
	test('reads every page of 100 and outputs every transaction, newest first', async () => {
		const transactions = seed(450);

		const run = await bench.run(ALL);

		expect(outputOf(run)).toStrictEqual(transactions);
		expect(run.items('RsomPay').every(({ pairedItem }) => pairedItem !== undefined)).toBe(true);
		expect(pagesRead().sort()).toStrictEqual([1, 2, 3, 4, 5]);
		expect(
			bench.simulator.control.requests().map(({ query }) => [query.customer_id, query.per_page]),
		).toStrictEqual(Array.from({ length: 5 }, () => ['CUST-9', '100']));
	});

	test('reads the pages after the first concurrently', async () => {
		seed(1000);
		bench.simulator.control.configure({ latencyMs: 150 });

		await bench.run(ALL);

		expect(pagesRead()).toHaveLength(10);
		expect(maxInFlight()).toBe(9);
	});

	test('reads at most as many pages at once as Concurrency', async () => {
		seed(1000);
		bench.simulator.control.configure({ latencyMs: 60 });

		await bench.run({ ...ALL, options: { concurrency: 3 } });

		expect(pagesRead()).toHaveLength(10);
		expect(maxInFlight()).toBe(3);
	});

	test('outputs no items for a customer without transactions', async () => {
		const run = await bench.run(ALL);

		expect(run.status).toBe('success');
		expect(run.items('RsomPay')).toStrictEqual([]);
	});

	test('links each transaction to its input item', async () => {
		seed(3);
		bench.simulator.control.seedTransactions({ customerId: 'CUST-10', count: 2 });

		const run = await bench.run(
			{ ...ALL, customerId: '={{ $json.customer }}' },
			{ items: [{ customer: 'CUST-10' }, { customer: 'CUST-11' }, { customer: 'CUST-9' }] },
		);

		expect(run.items('RsomPay').map(({ pairedItem }) => pairedItem)).toStrictEqual(
			[0, 0, 2, 2, 2].map((item) => ({ item })),
		);
	});
});

describe('Limit', () => {
	test.each([
		{ limit: 1, pages: [1], perPage: '1' },
		{ limit: 50, pages: [1], perPage: '50' },
		{ limit: 100, pages: [1], perPage: '100' },
		{ limit: 101, pages: [1, 2], perPage: '100' },
		{ limit: 250, pages: [1, 2, 3], perPage: '100' },
	])(
		'of $limit outputs that many and reads only the pages it needs',
		async ({ limit, pages, perPage }) => {
			const transactions = seed(450);

			const run = await bench.run({ ...LIST, returnAll: false, limit });

			expect(outputOf(run)).toStrictEqual(transactions.slice(0, limit));
			expect(pagesRead().sort()).toStrictEqual(pages);
			expect(bench.simulator.control.requests()[0]?.query.per_page).toBe(perPage);
		},
	);

	test('above the size of the list outputs the whole list', async () => {
		const transactions = seed(7);

		const run = await bench.run({ ...LIST, returnAll: false, limit: 500 });

		expect(outputOf(run)).toStrictEqual(transactions);
	});
});

test('Return All is complete with at most twice the requests while payments are made', async () => {
	const before = seed(4_950);
	bench.simulator.control.configure({ latencyMs: 50 });
	const timer = setInterval(() => bench.simulator.control.addTransaction('CUST-9'), 100);
	const run = await bench.run({ ...ALL, options: { concurrency: 2 } });
	clearInterval(timer);

	expect(run.status).toBe('success');
	expect(outputOf(run).slice(-before.length)).toStrictEqual(before);
	expect(new Set(references(run)).size).toBe(outputOf(run).length);
	expect(pagesRead().length).toBeLessThanOrEqual(100);
});

describe('filters that the API does not have', () => {
	const NEWEST_AT = new Date('2026-05-18T12:00:00Z');

	const filtered = async (filters: INodeParameters, extra: INodeParameters = {}) =>
		outputOf(await bench.run({ ...ALL, filters, ...extra }));

	test('by status', async () => {
		const transactions = seed(250);

		expect(await filtered({ status: 'failed' })).toStrictEqual(
			transactions.filter(({ status }) => status === 'failed'),
		);
	});

	test('by payment method, not case-sensitive', async () => {
		const transactions = seed(250);

		expect(await filtered({ paymentMethod: 'Tamara' })).toStrictEqual(
			transactions.filter(({ payment_method }) => payment_method === 'tamara'),
		);
	});

	test('by the time of creation, both ends included', async () => {
		const transactions = seed(10, NEWEST_AT);

		const found = await filtered({
			createdFrom: '2026-05-18T11:32:00Z',
			createdTo: '2026-05-18T14:46:00+03:00',
		});

		expect(found).toStrictEqual(transactions.slice(2, 5));
		expect(found.map(({ created_at }) => created_at)).toStrictEqual([
			'2026-05-18 11:46:00',
			'2026-05-18 11:39:00',
			'2026-05-18 11:32:00',
		]);
	});

	test('all at once', async () => {
		const transactions = seed(250);

		expect(await filtered({ paymentMethod: 'visa', status: 'completed' })).toStrictEqual(
			transactions.filter(
				({ payment_method, status }) => payment_method === 'visa' && status === 'completed',
			),
		);
	});

	test('are applied before the limit', async () => {
		const transactions = seed(450);

		const found = await filtered({ status: 'pending' }, { returnAll: false, limit: 30 });

		expect(found).toStrictEqual(
			transactions.filter(({ status }) => status === 'pending').slice(0, 30),
		);
	});
});

/** Responds to the requests, in order, with these pages. */
const respondWithPages = (...pages: Array<Array<Record<string, unknown>>>) => {
	pages.forEach((data, index) => {
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 200,
			body: { data, meta: { total: pages.flat().length, last_page: pages.length } },
			match: { nth: index + 1 },
		});
	});
};

test('outputs all transactions with the same reference', async () => {
	const attempts = ['12:00:00', '12:01:00', '12:02:00'].map((time) => ({
		reference: 'TX-REF-1',
		created_at: `2026-05-18 ${time}`,
	}));
	respondWithPages(attempts.slice(0, 2), attempts.slice(2));

	expect(outputOf(await bench.run(ALL))).toStrictEqual(attempts);
});

test('outputs transactions without a reference', async () => {
	const transactions = [1, 2, 3].map((amount) => ({ reference: null, amount }));
	respondWithPages(transactions.slice(0, 2), transactions.slice(2));

	expect(outputOf(await bench.run(ALL))).toStrictEqual(transactions);
});

test.each([
	['Created From', { createdFrom: '2026-05-18' }],
	['Created To', { createdTo: '2026-05-18' }],
])('fails with %s when a transaction has no time', async (_, filters) => {
	respondWithPages([{ reference: 'TX-REF-1', created_at: null }]);

	const run = await bench.run({ ...ALL, filters });

	expect(run.error?.message).toContain('RsomPay returned a transaction without a time');
	expect(run.items('RsomPay')).toStrictEqual([]);
});

describe('a list that changes while it is read', () => {
	/** Adds a transaction before the first response with a page. */
	const addBeforePage = (page: number) => {
		let isAdded = false;
		bench.simulator.control.onRequest(({ query }) => {
			if (isAdded || query.page !== String(page)) return;
			isAdded = true;
			bench.simulator.control.addTransaction('CUST-9', { reference: 'TX-NEW' });
		});
	};

	test('outputs a transaction once when it shifts to the next page', async () => {
		const old = seed(250).map(({ reference }) => reference);
		addBeforePage(2);

		const found = references(await bench.run({ ...ALL, options: { concurrency: 1 } }));

		expect(found.filter((reference) => reference !== 'TX-NEW')).toStrictEqual(old);
	});

	test('is read up to a page that is added meanwhile', async () => {
		const old = seed(300).map(({ reference }) => reference);
		addBeforePage(3);

		const found = references(await bench.run({ ...ALL, options: { concurrency: 1 } }));

		expect(pagesRead()).toContain(4);
		expect(found.filter((reference) => reference !== 'TX-NEW')).toStrictEqual(old);
	});

	test('is read again when a transaction is replaced and the total stays the same', async () => {
		const pages = [
			[
				['A', 'B'],
				['B', 'C'],
			],
			[
				['N', 'A'],
				['B', 'C'],
			],
		].flatMap(([first = [], second = []]) => [
			{ page: 1, references: first },
			{ page: 2, references: second },
		]);
		pages.forEach(({ page, references }, index) => {
			bench.simulator.control.injectFault({
				kind: 'status',
				status: 200,
				body: {
					data: references.map((reference) => ({ reference })),
					meta: { total: 4, per_page: 2, current_page: page, last_page: 2 },
				},
				match: { nth: index + 1 },
			});
		});

		expect(references(await bench.run(ALL))).toStrictEqual(['N', 'A', 'B', 'C']);
	});

	test('is output without duplicates when it grows with every page', async () => {
		const old = seed(500).map(({ reference }) => reference);
		let count = 0;
		bench.simulator.control.onRequest(() => {
			count += 1;
			if (count <= 8) bench.simulator.control.addTransaction('CUST-9');
		});

		const found = references(await bench.run({ ...ALL, options: { concurrency: 2 } }));

		expect(new Set(found).size).toBe(found.length);
		expect(found).toEqual(expect.arrayContaining(old));
	});

	test('fails when it never stops changing', async () => {
		seed(300);
		// The total is higher than the number of transactions.
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 200,
			body: {
				data: [{ reference: 'TX-REF-1' }],
				meta: { total: 300, per_page: 100, current_page: 1, last_page: 3 },
			},
		});

		const run = await bench.run(ALL);

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('kept changing');
		expect(run.items('RsomPay')).toStrictEqual([]);
	});
});

describe('a page that cannot be read', () => {
	test.each([
		[500, 'HTTP 500'],
		[403, 'does not allow'],
	])('(%d) fails the node', async (status, message) => {
		seed(450);
		bench.simulator.control.injectFault({ kind: 'status', status, match: { skip: 2 } });

		const run = await bench.run({ ...ALL, options: { maxRetries: 0 } });

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain(message);
		expect(run.items('RsomPay')).toStrictEqual([]);
	});

	test('is retried after a transient error', async () => {
		const transactions = seed(450);
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 503,
			match: { skip: 2, times: 1 },
		});

		const run = await bench.run(ALL);

		expect(outputOf(run)).toStrictEqual(transactions);
	});

	test.each([
		['a total is missing', { data: [], meta: { last_page: 1 } }],
		['it is not a list', { data: { reference: 'TX-REF-1' }, meta: { total: 1, last_page: 1 } }],
		['it is empty', {}],
	])('because %s fails the node', async (_reason, body) => {
		bench.simulator.control.injectFault({ kind: 'status', status: 200, body });

		const run = await bench.run(ALL);

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('could not be read');
	});
});
