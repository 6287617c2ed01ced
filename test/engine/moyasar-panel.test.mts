import type { INodeParameters } from 'n8n-workflow';

import { useMoyasar } from './harness/moyasar.mts';

const bench = useMoyasar();

const ID = '3fa85f64-5717-4562-b3fc-2c963f66afa6';

const GET = { resource: 'payment', operation: 'get' };

const SAVED = {
	createdAt: new Date('2026-05-18T09:00:00Z'),
	amount: 10350,
	currency: 'SAR',
	status: 'paid',
	description: 'Order 7',
	metadata: { cart_id: 'CART-42' },
} as const;

describe('Get', () => {
	const idOf = async (paymentId: INodeParameters[string]) => {
		const run = await bench.run({ ...GET, paymentId }, { typeVersion: 2 });
		return run.error?.message ?? run.items('Moyasar').map(({ json }) => json.id);
	};

	test.each([
		['list', ID],
		['id', ` ${ID}`],
		['id', `={{ "${ID}" }}`],
	])('takes a payment by mode %s: %s', async (mode, value) => {
		bench.pay(ID);

		expect(await idOf({ __rl: true, mode, value })).toStrictEqual([ID]);
	});

	test('names the field when an expression gives nothing', async () => {
		expect(await idOf({ __rl: true, mode: 'id', value: '={{ "" }}' })).toBe(
			"'Payment' is empty [Item 0]",
		);
	});

	test('takes the text of a workflow that was saved with version 1', async () => {
		bench.pay(ID);

		const run = await bench.run({ ...GET, paymentId: `={{ "${ID}" }}`, simplify: false });

		expect(run.items('Moyasar')).toMatchObject([{ json: { id: ID, metadata: {} } }]);
	});
});

describe('the list of payments', () => {
	const namesFor = async (filter: string) =>
		(await bench.search(filter)).results.map(({ name }) => name);

	test('shows what a person knows of a payment, in the time zone of the workflow', async () => {
		const { source } = bench.pay(ID, 0, SAVED);

		expect(await bench.search()).toStrictEqual({
			results: [
				{
					name: `103.50 SAR · paid · ${source.company} ${source.number} · 2026-05-18 12:00 · Order 7`,
					value: ID,
				},
			],
			paginationToken: undefined,
		});
	});

	test('has all payments, newest first, page by page', async () => {
		bench.control.seedPayments({ count: 90 });
		const found: unknown[] = [];
		let token: unknown;
		do {
			const page = await bench.search(undefined, token as string | undefined);
			found.push(...page.results.map(({ value }) => value));
			token = page.paginationToken;
		} while (token !== undefined);

		expect(found).toStrictEqual(bench.control.payments().map(({ id }) => id));
		expect(bench.control.requests()).toHaveLength(3);
	});

	test.each(['order 7', '103.50', 'PAID', '2026-05-18', 'cart-42', ID.slice(0, 8)])(
		'is searched for "%s"',
		async (filter) => {
			bench.pay('another', 0, {
				...SAVED,
				createdAt: new Date('2026-05-19T09:00:00Z'),
				amount: 999,
				status: 'failed',
				description: 'Order 8',
				metadata: {},
			});
			bench.pay(ID, 0, SAVED);

			expect(await namesFor(filter)).toStrictEqual([expect.stringContaining('Order 7')]);
			expect(await namesFor(`${filter} §`)).toStrictEqual([]);
		},
	);

	test('is searched on its newest five pages, and by a whole ID on all', async () => {
		bench.pay(ID, 0, { ...SAVED, createdAt: new Date('2020-01-01T00:00:00Z') });
		bench.control.seedPayments({ count: 250 });

		expect(await namesFor('Order 7')).toStrictEqual([]);
		expect(
			bench.control
				.requests()
				.map(({ query }) => Number(query.page))
				.toSorted(),
		).toStrictEqual([1, 2, 3, 4, 5]);
		expect(await namesFor(` ${ID.toUpperCase()}`)).toHaveLength(1);
		expect(bench.control.requests()).toHaveLength(6);
	});

	test('explains why it cannot be read', async () => {
		bench.credentials({ secretKey: 'sk_test_unknown' });

		await expect(bench.search()).rejects.toMatchObject({
			name: 'NodeApiError',
			message: 'Moyasar did not accept the secret key',
		});
	});
});

describe('as a tool of an AI Agent', () => {
	const outputOf = async (parameters: INodeParameters, typeVersion = 2) => {
		bench.pay(ID, 0, SAVED);
		const run = await bench.run(
			{ resource: 'payment', operation: 'getAll', returnAll: true, ...parameters },
			{ typeVersion, isTool: true },
		);
		return run.error?.message ?? run.items('Moyasar')[0]?.json;
	};

	test.each([{}, { output: 'simple' }])('outputs ten fields (%j)', async (parameters) => {
		expect(Object.keys((await outputOf(parameters)) as object)).toHaveLength(10);
	});

	test('outputs all fields as Raw', async () => {
		expect(await outputOf({ output: 'raw' })).toStrictEqual(bench.control.payments()[0]);
	});

	test('outputs the selected fields, of the API and of Simplified', async () => {
		expect(
			await outputOf({ output: 'fields', fields: ['amount_decimal', 'metadata', 'refunded_at'] }),
		).toStrictEqual({ amount_decimal: '103.50', metadata: SAVED.metadata, refunded_at: null });
	});

	test.each([
		[{ output: 'fields', fields: [] }, "'Fields' need at least one field [Item 0]"],
		[{ output: 'some' }, "'Output' must be one of simple, raw, fields [Item 0]"],
	])('fails for %j', async (parameters, message) => {
		expect(await outputOf(parameters)).toBe(message);
		expect(bench.control.requests()).toStrictEqual([]);
	});

	test('of version 1 keeps Simplify', async () => {
		expect(await outputOf({ simplify: false }, 1)).toHaveProperty('metadata');
	});
});
