import type { INodeParameters } from 'n8n-workflow';
import { z } from 'zod';

import type { MoyasarKind } from '../../simulator/index.mts';
import { useMoyasar } from './harness/moyasar.mts';
import type { FinishedRun } from './harness/run-workflow.mts';

const bench = useMoyasar();

const LIST = { resource: 'payment', operation: 'getAll', simplify: false };
const ALL = { ...LIST, returnAll: true };

const KINDS = ['creditcard', 'applepay', 'googlepay', 'samsungpay', 'stcpay'] as const;

const SIMPLE_FIELDS = [
	'id',
	'status',
	'amount',
	'amount_decimal',
	'currency',
	'source_type',
	'source_company',
	'source_number',
	'description',
	'created_at',
];

const outputOf = (run: FinishedRun) => run.items('Moyasar').map(({ json }) => json);

const idsOf = (run: FinishedRun) => outputOf(run).map(({ id }) => z.string().parse(id));

/** All payments, newest first. */
const payments = () => bench.control.payments();

const pagesRead = () => bench.control.requests().map(({ query }) => Number(query.page));

/** The largest number of requests in flight at once. */
const maxInFlight = () => {
	const requests = bench.control.requests();
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
	test('reads every page of 40 and outputs every payment, newest first', async () => {
		bench.control.seedPayments({ count: 170 });

		const run = await bench.run(ALL);

		expect(outputOf(run)).toStrictEqual(payments());
		expect(run.items('Moyasar').map(({ pairedItem }) => pairedItem)).toStrictEqual(
			Array.from({ length: 170 }, () => ({ item: 0 })),
		);
		expect(pagesRead().toSorted()).toStrictEqual([1, 2, 3, 4, 5]);
		expect(bench.control.requests().map(({ query }) => Object.keys(query))).toStrictEqual([
			['page'],
			...Array.from({ length: 4 }, () => ['created[lt]', 'page']),
		]);
	});

	test('reads the pages after the first concurrently', async () => {
		bench.control.seedPayments({ count: 400 });
		bench.control.configure({ latencyMs: 150 });

		await bench.run(ALL);

		expect(pagesRead()).toHaveLength(10);
		expect(maxInFlight()).toBe(9);
	});

	test('reads at most as many pages at once as Concurrency', async () => {
		bench.control.seedPayments({ count: 400 });
		bench.control.configure({ latencyMs: 60 });

		await bench.run({ ...ALL, options: { concurrency: 3 } });

		expect(pagesRead()).toHaveLength(10);
		expect(maxInFlight()).toBe(3);
	});

	test('outputs no items for an account without payments', async () => {
		const run = await bench.run(ALL);

		expect(run.status).toBe('success');
		expect(run.items('Moyasar')).toStrictEqual([]);
		expect(pagesRead()).toStrictEqual([1]);
	});

	test('links each payment to its input item', async () => {
		bench.pay('A', 0, { metadata: { cart_id: '1' } });
		bench.pay('B', 1000, { metadata: { cart_id: '3' } });
		bench.pay('C', 2000, { metadata: { cart_id: '1' } });

		const run = await bench.run(
			{ ...ALL, filters: { metadata: { pair: [{ key: 'cart_id', value: '={{ $json.cart }}' }] } } },
			{ items: [{ cart: '3' }, { cart: '2' }, { cart: '1' }] },
		);

		expect(run.items('Moyasar').map(({ json, pairedItem }) => [json.id, pairedItem])).toStrictEqual(
			[
				['B', { item: 0 }],
				['A', { item: 2 }],
				['C', { item: 2 }],
			],
		);
	});

	test('ignores Limit', async () => {
		bench.control.seedPayments({ count: 50 });

		expect(outputOf(await bench.run({ ...ALL, limit: 3 }))).toHaveLength(50);
	});
});

describe('Limit', () => {
	test.each([
		{ limit: 1, pages: [1] },
		{ limit: 40, pages: [1] },
		{ limit: 41, pages: [1, 2] },
		{ limit: 100, pages: [1, 2, 3] },
	])('of $limit outputs that many and reads only the pages it needs', async ({ limit, pages }) => {
		bench.control.seedPayments({ count: 170 });

		const run = await bench.run({ ...LIST, returnAll: false, limit });

		expect(outputOf(run)).toStrictEqual(payments().slice(0, limit));
		expect(pagesRead().toSorted()).toStrictEqual(pages);
	});

	test('is 50 by default', async () => {
		bench.control.seedPayments({ count: 60 });

		expect(outputOf(await bench.run(LIST))).toHaveLength(50);
	});

	test('above the size of the list outputs the whole list', async () => {
		bench.control.seedPayments({ count: 50 });

		expect(outputOf(await bench.run({ ...LIST, limit: 500 }))).toStrictEqual(payments());
	});
});

describe('Start Page', () => {
	const from = async (page: number | string, extra: INodeParameters = {}) =>
		outputOf(await bench.run({ ...ALL, filters: { page }, ...extra }));

	test.each([1, 2, 4, '3'])('%j skips the pages before it', async (page) => {
		bench.control.seedPayments({ count: 150 });

		expect(await from(page)).toStrictEqual(payments().slice((Number(page) - 1) * 40));
		expect(Math.min(...pagesRead())).toBe(Number(page));
		expect(pagesRead()).toHaveLength(5 - Number(page));
	});

	test('applies the limit from that page', async () => {
		bench.control.seedPayments({ count: 150 });

		expect(await from(2, { returnAll: false, limit: 50 })).toStrictEqual(payments().slice(40, 90));
		expect(pagesRead().toSorted()).toStrictEqual([2, 3]);
	});

	test('after the last page outputs no items', async () => {
		bench.control.seedPayments({ count: 50 });

		expect(await from(5)).toStrictEqual([]);
	});
});

describe('a list that changes while it is read', () => {
	test.each([2, 3])('before page %d is output without duplicates', async (page) => {
		bench.control.seedPayments({ count: 90 });
		const before = payments().map(({ id }) => id);
		bench.control.arriveBefore({ page });

		const found = idsOf(await bench.run({ ...ALL, options: { concurrency: 1 } }));

		expect(new Set(found).size).toBe(found.length);
		expect(found.filter((id) => before.includes(id))).toStrictEqual(before);
	});

	test('is read as it was at first: later pages are limited to its newest payment', async () => {
		bench.control.seedPayments({ count: 130, until: new Date('2026-05-18T12:00:00Z') });
		const before = payments().map(({ id }) => id);
		bench.control.arriveBefore({ page: 2, count: 50 });

		expect(idsOf(await bench.run(ALL))).toStrictEqual(before);
		const [first, ...later] = bench.control.requests();
		expect(first?.query).not.toHaveProperty('created[lt]');
		expect(later.map(({ query }) => query['created[lt]'])).toStrictEqual(
			// One millisecond more, in case that Moyasar's times are finer than it shows.
			Array.from({ length: 3 }, () => '2026-05-18T12:00:00.001Z'),
		);
	});

	test.each([
		['2026-05-18T11:00:00.000Z', '2026-05-18T11:00:00.000Z'],
		['2026-05-18T13:00:00.000Z', '2026-05-18T12:00:00.001Z'],
	])('is limited by Created To (%s) when that is earlier', async (createdTo, limit) => {
		bench.control.seedPayments({ count: 90, until: new Date('2026-05-18T11:00:00Z') });
		bench.pay('later', 0, { createdAt: new Date('2026-05-18T12:00:00Z') });

		const found = idsOf(await bench.run({ ...ALL, filters: { createdTo } }));

		expect(found).toHaveLength(createdTo < '2026-05-18T12' ? 90 : 91);
		expect(bench.control.requests().map(({ query }) => query['created[lt]'])).toStrictEqual([
			createdTo,
			limit,
			limit,
		]);
	});

	test.each([{}, { createdTo: '2099-01-01T00:00:00.000Z' }])(
		"from a Start Page is limited by Moyasar's time (%j)",
		async (filters) => {
			bench.control.seedPayments({ count: 130 });
			const before = payments().map(({ id }) => id);

			const found = idsOf(await bench.run({ ...ALL, filters: { page: 2, ...filters } }));

			expect(found).toStrictEqual(before.slice(40));
			const limits = bench.control
				.requests()
				.slice(1)
				.map(({ query }) => Date.parse(String(query['created[lt]'])) - Date.now());
			expect(limits).toHaveLength(2);
			for (const limit of limits) expect(Math.abs(limit)).toBeLessThan(5_000);
		},
	);

	test('is read up to a page that is added meanwhile', async () => {
		bench.control.seedPayments({ count: 80 });
		const before = payments().map(({ id }) => id);
		const createdAt = new Date(Date.now() - 60_000);
		bench.control.arriveBefore({ page: 2, count: 5, payment: { createdAt } });

		const found = idsOf(await bench.run(ALL));

		expect(pagesRead()).toContain(3);
		expect(found).toEqual(expect.arrayContaining(before));
		expect(new Set(found).size).toBe(found.length);
	});
});

describe('a busy account', () => {
	/** Reads 100 pages, two at once, while something changes every 100 ms. */
	const readWhile = async (change: (count: number) => void, filters: INodeParameters = {}) => {
		bench.control.configure({ latencyMs: 50 });
		let changes = 0;
		const timer = setInterval(() => change(changes++), 100);
		const run = await bench.run({ ...ALL, filters, options: { concurrency: 2 } });
		clearInterval(timer);
		expect(run.status).toBe('success');
		expect(changes).toBeGreaterThan(10);
		const found = idsOf(run);
		expect(new Set(found).size).toBe(found.length);
		return found;
	};

	const seed = (status?: string) => {
		// Its last page has room for those that are made before the first request.
		bench.control.seedPayments({ count: 3_980, status });
		return payments().map(({ id }) => id);
	};

	test('is read with as many requests as a quiet one while payments are made', async () => {
		const before = seed();

		const found = await readWhile(() => bench.control.addPayment());

		expect(found.slice(-before.length)).toStrictEqual(before);
		expect(pagesRead()).toHaveLength(100);
	});

	test('is read completely while payments enter and leave a status', async () => {
		const paid = seed('paid');
		const initiated = Array.from({ length: 60 }, () =>
			bench.control.addPayment({ status: 'initiated' }),
		);
		const refunded = new Set<string>();
		const change = (count: number) => {
			if (count % 3 === 0) {
				bench.control.updatePayment(initiated[count]?.id ?? '', { status: 'paid' });
			} else {
				const id = paid[(count * 997) % 3_980] ?? '';
				refunded.add(id);
				bench.control.updatePayment(id, { status: 'refunded' });
			}
		};

		const found = new Set(await readWhile(change, { status: 'paid' }));

		expect(paid.filter((id) => !found.has(id) && !refunded.has(id))).toStrictEqual([]);
		expect(refunded.size).toBeGreaterThan(5);
		expect(pagesRead().length).toBeLessThanOrEqual(200);
	});

	test('is read completely while payments disappear', async () => {
		const before = seed();
		const removed = new Set<string>();
		const found = new Set(
			await readWhile((count) => {
				const id = before[(count * 997) % 3_980] ?? '';
				removed.add(id);
				bench.control.removePayment(id);
			}),
		);

		expect(before.filter((id) => !found.has(id) && !removed.has(id))).toStrictEqual([]);
		expect(pagesRead().length).toBeGreaterThan(100);
		expect(pagesRead().length).toBeLessThanOrEqual(200);
	});
});

describe('a page that cannot be read', () => {
	test('fails the node', async () => {
		bench.control.seedPayments({ count: 170 });
		bench.control.injectFault({ kind: 'status', status: 500, match: { path: /page=3(&|$)/ } });

		const run = await bench.run({ ...ALL, options: { maxRetries: 0 } });

		expect(run.error?.message).toContain('HTTP 500');
		expect(run.items('Moyasar')).toStrictEqual([]);
	});

	test('is retried after a transient error', async () => {
		bench.control.seedPayments({ count: 170 });
		bench.control.injectFault({ kind: 'drop', match: { path: /page=3(&|$)/, times: 1 } });

		expect(outputOf(await bench.run(ALL))).toStrictEqual(payments());
	});
});

describe('filters', () => {
	const filtered = async (filters: INodeParameters, timezone?: string) =>
		idsOf(await bench.run({ ...ALL, filters }, { timezone }));

	const sent = () => {
		const { page, ...query } = bench.control.requests()[0]?.query ?? {};
		expect(page).toBe('1');
		return query;
	};

	test('by Payment ID', async () => {
		for (const id of ['A', 'B', 'AB']) bench.pay(id);

		expect(await filtered({ paymentId: ' A ' })).toStrictEqual(['A']);
		expect(sent()).toStrictEqual({ id: 'A' });
	});

	test.each([
		'initiated',
		'paid',
		'authorized',
		'failed',
		'refunded',
		'captured',
		'voided',
		'verified',
	])('by Status %s', async (status) => {
		bench.control.seedPayments({ count: 100 });

		const found = outputOf(await bench.run({ ...ALL, filters: { status } }));

		expect(found).toStrictEqual(payments().filter((payment) => payment.status === status));
		expect(found.length).toBeGreaterThan(5);
		expect(sent()).toStrictEqual({ status });
	});

	describe('by time', () => {
		/** Five payments a second apart, changed an hour later each. */
		const payFive = () => {
			for (let second = 0; second < 5; second++) {
				bench.control.addPayment({
					id: `P${second}`,
					createdAt: new Date(Date.UTC(2026, 4, 18, 12, 0, second)),
					updatedAt: new Date(Date.UTC(2026, 4, 18, 13, 0, second)),
				});
			}
		};

		test('of creation, both ends included', async () => {
			payFive();

			expect(
				await filtered({
					createdFrom: '2026-05-18T12:00:01.000Z',
					createdTo: '2026-05-18T15:00:03+03:00',
				}),
			).toStrictEqual(['P3', 'P2', 'P1']);
			expect(sent()).toStrictEqual({
				'created[gt]': '2026-05-18T12:00:01.000Z',
				'created[lt]': '2026-05-18T12:00:03.000Z',
			});
		});

		test('of the last update, both ends included', async () => {
			payFive();

			expect(
				await filtered({
					updatedFrom: '2026-05-18T13:00:01.000Z',
					updatedTo: '2026-05-18T16:00:03+03:00',
				}),
			).toStrictEqual(['P3', 'P2', 'P1']);
			expect(sent()).toStrictEqual({
				'updated[gt]': '2026-05-18T13:00:01.000Z',
				'updated[lt]': '2026-05-18T13:00:03.000Z',
			});
		});

		test.each([
			['createdFrom', 'created[gt]', ['P4', 'P3']],
			['createdTo', 'created[lt]', ['P3', 'P2', 'P1', 'P0']],
			['updatedFrom', 'updated[gt]', ['P4', 'P3']],
			['updatedTo', 'updated[lt]', ['P3', 'P2', 'P1', 'P0']],
		])('with %s alone', async (filter, name, expected) => {
			payFive();
			const hour = filter.startsWith('created') ? 12 : 13;

			expect(await filtered({ [filter]: `2026-05-18T${hour}:00:03Z` })).toStrictEqual(expected);
			expect(sent()).toStrictEqual({ [name]: `2026-05-18T${hour}:00:03.000Z` });
		});

		test("without a zone uses the workflow's time zone", async () => {
			payFive();

			expect(await filtered({ createdFrom: '2026-05-18T15:00:03' }, 'Asia/Riyadh')).toStrictEqual([
				'P4',
				'P3',
			]);
			expect(sent()).toStrictEqual({ 'created[gt]': '2026-05-18T12:00:03.000Z' });
		});

		test("as a date spans the whole day in the workflow's time zone", async () => {
			payFive();

			expect(
				await filtered(
					{
						createdFrom: '2026-05-18',
						createdTo: '2026-05-18',
						updatedFrom: '2026-05-18',
						updatedTo: '2026-05-18',
					},
					'Asia/Riyadh',
				),
			).toHaveLength(5);
			expect(sent()).toStrictEqual({
				'created[gt]': '2026-05-17T21:00:00.000Z',
				'created[lt]': '2026-05-18T20:59:59.999Z',
				'updated[gt]': '2026-05-17T21:00:00.000Z',
				'updated[lt]': '2026-05-18T20:59:59.999Z',
			});
		});

		test('can be an expression', async () => {
			payFive();

			expect(
				await filtered(
					{
						createdFrom: '={{ DateTime.fromISO("2026-05-18T15:00:03") }}',
						createdTo:
							'={{ DateTime.fromISO("2026-05-18T15:00:03").plus({ seconds: 1 }).toISO() }}',
					},
					'Asia/Riyadh',
				),
			).toStrictEqual(['P4', 'P3']);
			expect(sent()).toStrictEqual({
				'created[gt]': '2026-05-18T12:00:03.000Z',
				'created[lt]': '2026-05-18T12:00:04.000Z',
			});
		});
	});

	describe('by Metadata', () => {
		test('matches every pair', async () => {
			bench.pay('BOTH', 0, { metadata: { cart_id: '72e4', customer: 'CUST-9', other: 'x' } });
			bench.pay('ONE', 0, { metadata: { cart_id: '72e4' } });
			bench.pay('OTHER', 0, { metadata: { cart_id: '72e4', customer: 'CUST-10' } });
			bench.pay('NONE', 0, { metadata: null });

			const pair = [
				{ key: 'cart_id', value: '72e4' },
				{ key: 'customer', value: 'CUST-9' },
			];
			expect(await filtered({ metadata: { pair } })).toStrictEqual(['BOTH']);
			expect(sent()).toStrictEqual({ 'metadata[cart_id]': '72e4', 'metadata[customer]': 'CUST-9' });
		});

		test('encodes special characters', async () => {
			const metadata = { 'a b&c=d': 'x&y=z #1+2 ✓' };
			bench.pay('A', 0, { metadata });
			bench.pay('B');

			expect(
				await filtered({ metadata: { pair: [{ key: 'a b&c=d', value: 'x&y=z #1+2 ✓' }] } }),
			).toStrictEqual(['A']);
		});

		test('converts a number to text', async () => {
			bench.pay('A', 0, { metadata: { customer_id: '23432' } });
			bench.pay('B', 0, { metadata: {} });

			expect(
				await filtered({ metadata: { pair: [{ key: 'customer_id', value: '={{ 23432 }}' }] } }),
			).toStrictEqual(['A']);
		});

		test.each<INodeParameters>([{}, { pair: [] }])('does not filter with %j', async (metadata) => {
			bench.pay('A');

			expect(await filtered({ metadata })).toStrictEqual(['A']);
			expect(sent()).toStrictEqual({});
		});
	});

	describe.each([true, false])('of the card, with support by the API: %s', (knowsCardFilters) => {
		const pay = () => {
			bench.pay('A', 3000, {
				source: { number: '4111-11XX-XXXX-1111', reference_number: '123456789012' },
			});
			bench.pay('B', 2000, {
				kind: 'applepay',
				source: { number: 'XXXX-XXXX-XXXX-1111', reference_number: '123456789013' },
			});
			bench.pay('C', 1000, {
				source: { number: '1111-11XX-XXXX-2111', reference_number: '123456789012' },
			});
			bench.pay('D', 0, { kind: 'stcpay', source: { reference_number: '123456789013' } });
			bench.pay('E', 0, { kind: 'stcpay', source: { reference_number: null } });
			bench.control.configure({ knowsCardFilters });
		};

		test('by its last digits', async () => {
			pay();

			expect(await filtered({ cardLastDigits: '1111' })).toStrictEqual(['B', 'A']);
			expect(sent()).toStrictEqual({ card_last_digits: '1111' });
		});

		test('by RRN', async () => {
			pay();

			expect(await filtered({ rrn: '123456789013' })).toStrictEqual(['D', 'B']);
			expect(sent()).toStrictEqual({ receipt_no: '123456789013' });
		});

		test('by both', async () => {
			pay();

			expect(await filtered({ cardLastDigits: '1111', rrn: '123456789012' })).toStrictEqual(['A']);
		});

		test('before the limit, over all pages', async () => {
			pay();
			for (let count = 0; count < 190; count++) {
				bench.control.addPayment({ source: { number: '4111-11XX-XXXX-9999' } });
			}
			const source = { number: '4111-11XX-XXXX-0101' };
			bench.pay('OLDEST', 3_600_000, { source });
			bench.pay('OLD', 3_000_000, { source });

			const limited = async (limit: number) =>
				idsOf(await bench.run({ ...LIST, limit, filters: { cardLastDigits: '0101' } }));

			expect(await limited(1)).toStrictEqual(['OLD']);
			expect(await limited(2)).toStrictEqual(['OLD', 'OLDEST']);
			expect(await limited(3)).toStrictEqual(['OLD', 'OLDEST']);
		});
	});

	test('all at once', async () => {
		const match = {
			status: 'captured',
			metadata: { cart_id: '1' },
			createdAt: new Date('2026-05-18T12:00:00Z'),
			updatedAt: new Date('2026-05-19T12:00:00Z'),
			source: { number: '4111-11XX-XXXX-1111', reference_number: '123456789012' },
		};
		bench.control.addPayment({ ...match, id: 'A' });
		bench.control.addPayment({ ...match, id: 'B' });
		const filters = {
			paymentId: 'A',
			status: 'captured',
			createdFrom: '2026-05-18',
			createdTo: '2026-05-18',
			updatedFrom: '2026-05-19',
			updatedTo: '2026-05-19',
			metadata: { pair: [{ key: 'cart_id', value: '1' }] },
			cardLastDigits: '1111',
			rrn: '123456789012',
			page: 1,
		};

		expect(await filtered(filters)).toStrictEqual(['A']);
		expect(Object.keys(sent()).toSorted()).toStrictEqual([
			'card_last_digits',
			'created[gt]',
			'created[lt]',
			'id',
			'metadata[cart_id]',
			'receipt_no',
			'status',
			'updated[gt]',
			'updated[lt]',
		]);
	});

	test('that are empty are not sent', async () => {
		bench.pay('A');
		const filters = {
			paymentId: '',
			status: '',
			createdFrom: ' ',
			createdTo: '',
			updatedFrom: '',
			updatedTo: '',
			cardLastDigits: '',
			rrn: '',
			page: '',
		};

		expect(await filtered(filters)).toStrictEqual(['A']);
		expect(sent()).toStrictEqual({});
	});
});

describe('Simplify', () => {
	test.each(['get', 'getAll'])(
		'(%s) is on by default and outputs ten fields',
		async (operation) => {
			const payment = bench.pay('A', 0, { amount: 10350, currency: 'KWD', kind: 'applepay' });

			const run = await bench.run({ resource: 'payment', operation, paymentId: 'A' });

			expect(outputOf(run)).toStrictEqual([
				{
					id: 'A',
					status: 'paid',
					amount: 10350,
					amount_decimal: '10.350',
					currency: 'KWD',
					source_type: 'applepay',
					source_company: payment.source.company,
					source_number: payment.source.number,
					description: 'Kindle Whitepaper',
					created_at: payment.created_at,
				},
			]);
		},
	);

	test.each<MoyasarKind>([...KINDS])('outputs the same ten fields of %s', async (kind) => {
		bench.pay('A', 0, { kind });

		const [simple = {}] = outputOf(await bench.run({ ...ALL, simplify: true }));

		expect(Object.keys(simple)).toStrictEqual(SIMPLE_FIELDS);
		expect(simple.source_type).toBe(kind);
	});

	test.each(['get', 'getAll'])('(%s) off outputs all fields unchanged', async (operation) => {
		const created = KINDS.map((kind) =>
			bench.pay(kind, 0, {
				kind,
				source: { new_field: [1, { a: null }] },
				extra: { splits: [{ amount: 1 }], more: null },
			}),
		);

		const run = await bench.run(
			{
				resource: 'payment',
				operation,
				paymentId: '={{ $json.id }}',
				simplify: false,
				returnAll: true,
			},
			{ items: operation === 'get' ? KINDS.map((id) => ({ id })) : [{}] },
		);

		expect(outputOf(run)).toEqual(expect.arrayContaining(created));
		expect(outputOf(run)).toHaveLength(5);
	});
});

describe('Get', () => {
	const GET = { resource: 'payment', operation: 'get', simplify: false };

	test('outputs one payment', async () => {
		bench.pay('B');
		const payment = bench.pay('A');

		const run = await bench.run({ ...GET, paymentId: ' A ' });

		expect(outputOf(run)).toStrictEqual([payment]);
		expect(run.items('Moyasar')[0]?.pairedItem).toStrictEqual({ item: 0 });
		expect(bench.control.requests()).toMatchObject([
			{ method: 'GET', path: '/moyasar/v1/payments/A', query: {} },
		]);
	});

	test('outputs one payment for each item, in the order of the items', async () => {
		for (const id of ['A', 'B', 'C']) bench.pay(id);

		const run = await bench.run(
			{ ...GET, paymentId: '={{ $json.id }}' },
			{ items: ['C', 'A', 'B'].map((id) => ({ id })) },
		);

		expect(run.items('Moyasar').map(({ json, pairedItem }) => [json.id, pairedItem])).toStrictEqual(
			[
				['C', { item: 0 }],
				['A', { item: 1 }],
				['B', { item: 2 }],
			],
		);
	});

	test('encodes an ID with special characters', async () => {
		bench.pay('A');

		const run = await bench.run({ ...GET, paymentId: 'B/../A?id=A#' });

		expect(run.error?.message).toContain('could not find the payment "B/../A?id=A#"');
	});
});

describe('fails before it sends a request', () => {
	const errorFor = async (parameters: INodeParameters) => {
		const run = await bench.run({ ...LIST, ...parameters });
		expect(bench.control.requests()).toStrictEqual([]);
		expect(run.error).toHaveProperty('name', 'NodeOperationError');
		return run.error?.message;
	};

	const errorForFilters = async (filters: INodeParameters) => await errorFor({ filters });

	test.each<[INodeParameters, string]>([
		[{ cardLastDigits: '111' }, "'Card Last Digits' must be 4 digits"],
		[{ cardLastDigits: '11111' }, "'Card Last Digits' must be 4 digits"],
		[{ cardLastDigits: 'abcd' }, "'Card Last Digits' must be 4 digits"],
		[{ cardLastDigits: '1111\n2222' }, "'Card Last Digits' must be 4 digits"],
		[{ rrn: '12345678901' }, "'RRN' must be 12 digits"],
		[{ rrn: '1234567890123' }, "'RRN' must be 12 digits"],
		[
			{ createdFrom: 'yesterday' },
			`'Created From' must be a date such as 2026-12-31, not "yesterday"`,
		],
		[
			{ createdTo: '2026-02-30' },
			`'Created To' must be a date such as 2026-12-31, not "2026-02-30"`,
		],
		[{ updatedFrom: '5' }, `'Updated From' must be a date such as 2026-12-31, not "5"`],
		[{ updatedTo: 'net 10' }, `'Updated To' must be a date such as 2026-12-31, not "net 10"`],
		[{ page: 0 }, "'Start Page' must be a whole number of at least 1"],
		[{ page: 1.5 }, "'Start Page' must be a whole number of at least 1"],
		[
			{ metadata: { pair: [{ key: '', value: 'x' }] } },
			"'Metadata' has a pair, number 1, whose key is empty",
		],
		[
			{
				metadata: {
					pair: [
						{ key: 'a', value: 'x' },
						{ key: 'b', value: ' ' },
					],
				},
			},
			"'Metadata' has a pair, number 2, whose value is empty",
		],
		[
			{ metadata: { pair: [{ key: 'k'.repeat(41), value: 'v'.repeat(501) }] } },
			"'Metadata' has a pair, number 1, whose key is too long: 41 characters, at most 40 are allowed; 'Metadata' has a pair, number 1, whose value is too long: 501 characters, at most 500 are allowed",
		],
	])('for the filters %j', async (filters, message) => {
		expect(await errorForFilters(filters)).toBe(`${message} [Item 0]`);
	});

	test.each([0, -1, 2.5])('for a limit of %d', async (limit) => {
		expect(await errorFor({ limit })).toBe("'Limit' must be a whole number of at least 1 [Item 0]");
	});

	test('for an empty payment ID', async () => {
		expect(await errorFor({ operation: 'get', paymentId: ' ' })).toBe(
			"'Payment' is empty [Item 0]",
		);
	});

	test('with all errors of an item at once', async () => {
		expect(
			await errorFor({
				limit: 0,
				simplify: 'perhaps',
				filters: { rrn: '1', cardLastDigits: '1', page: 0 },
			}),
		).toBe(
			"'Limit' must be a whole number of at least 1; 'Simplify' must be on or off; 'Card Last Digits' must be 4 digits; 'Start Page' must be a whole number of at least 1; 'RRN' must be 12 digits [Item 0]",
		);
	});

	test('for options out of range', async () => {
		expect(await errorFor({ options: { concurrency: 101, maxRetries: 4, timeout: 0 } })).toBe(
			"'Concurrency' must be a whole number from 1 to 100; 'Retries' must be a whole number from 0 to 3; 'Timeout (Seconds)' must be a whole number from 1 to 300",
		);
	});

	test('with the number of the invalid item, and sends no item', async () => {
		const run = await bench.run(
			{ ...LIST, filters: { rrn: '={{ $json.rrn }}' } },
			{ items: [{ rrn: '' }, { rrn: '123456789012' }, { rrn: '1' }] },
		);

		expect(run.error?.message).toBe("'RRN' must be 12 digits [Item 2]");
		expect(run.error).toMatchObject({ context: { itemIndex: 2 } });
		expect(bench.control.requests()).toStrictEqual([]);
	});
});
