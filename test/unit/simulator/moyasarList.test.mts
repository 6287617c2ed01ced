import type { Simulator } from '../../../simulator/index.mts';
import { idsOf, moyasar, page } from './moyasarSupport.mts';
import { simulate } from './support.mts';

const NOON = Date.parse('2026-05-18T12:00:00Z');
const at = (ms: number) => new Date(NOON + ms);
const iso = (ms: number) => at(ms).toISOString();

async function seeded(count: number): Promise<Simulator> {
	const simulator = await simulate();
	simulator.moyasar.control.seedPayments({ count, until: at(0) });
	return simulator;
}

describe('pages', () => {
	test.each([
		[0, [0], 1],
		[39, [39], 1],
		[40, [40], 1],
		[41, [40, 1], 2],
		[120, [40, 40, 40], 3],
	])('split %d payments', async (count, sizes, pages) => {
		const simulator = await seeded(count);
		const all = simulator.moyasar.control.payments();
		for (const [index, size] of sizes.entries()) {
			const number = index + 1;
			const { payments, meta } = await page(simulator, { page: String(number) });
			expect(payments).toEqual(all.slice(index * 40, index * 40 + size));
			expect(meta).toEqual({
				current_page: number,
				next_page: number < pages ? number + 1 : null,
				prev_page: number > 1 ? number - 1 : null,
				total_pages: pages,
				total_count: count,
			});
		}
	});

	test('return each of 4,000 payments once', async () => {
		const simulator = await seeded(4000);
		const pages = await Promise.all(
			Array.from({ length: 100 }, (_, index) => page(simulator, { page: String(index + 1) })),
		);
		expect(pages[99]?.meta).toMatchObject({ next_page: null, prev_page: 99, total_pages: 100 });
		const payments = pages.flatMap((one) => one.payments);
		expect(payments).toEqual(simulator.moyasar.control.payments());
		expect(new Set(idsOf(payments)).size).toBe(4000);
	});

	test('are empty after the last one', async () => {
		const { payments, meta } = await page(await seeded(41), { page: '9' });
		expect(payments).toEqual([]);
		expect(meta).toEqual({
			current_page: 9,
			next_page: null,
			prev_page: 2,
			total_pages: 2,
			total_count: 41,
		});
	});

	test('default to the first one, and ignore unknown parameters', async () => {
		const simulator = await seeded(41);
		const first = await page(simulator, { page: '1' });
		expect(await page(simulator)).toEqual(first);
		expect(await page(simulator, { per_page: '5', limit: '5' })).toEqual(first);
	});

	test('are newest first, the last added first for equal times', async () => {
		const simulator = await simulate();
		const { control } = simulator.moyasar;
		for (const [id, ms] of Object.entries({ b: 0, c: 0, a: -1, e: 1, d: 0 })) {
			control.addPayment({ id, createdAt: at(ms) });
		}
		expect(idsOf((await page(simulator)).payments)).toEqual(['e', 'd', 'c', 'b', 'a']);
	});
});

describe('seeding', () => {
	test('generates all kinds and statuses, one second apart', async () => {
		const { control } = (await seeded(40)).moyasar;
		const payments = control.payments();
		const combinations = payments.map(({ status, source }) => `${status} ${source.type}`);
		expect(new Set(combinations).size).toBe(40);
		expect(payments.map(({ created_at }) => created_at)).toEqual(
			Array.from({ length: 40 }, (_, index) => iso(-1000 * index)),
		);
	});

	test('sets a distance, a status and metadata', async () => {
		const { control } = (await simulate()).moyasar;
		control.seedPayments({
			count: 2,
			everyMs: 5,
			until: at(0),
			status: 'paid',
			metadata: { cart_id: '1' },
		});
		expect(control.payments()).toMatchObject([
			{ created_at: iso(0), status: 'paid', metadata: { cart_id: '1' } },
			{ created_at: iso(-5), status: 'paid', metadata: { cart_id: '1' } },
		]);
	});

	test('ends now by default', async () => {
		const simulator = await simulate({ clock: () => at(0) });
		simulator.moyasar.control.seedPayments({ count: 1 });
		expect(simulator.moyasar.control.payments()).toMatchObject([{ created_at: iso(0) }]);
	});
});

describe('filters', () => {
	/** IDs found among `a` to `e`, created 1 ms apart, each updated 1 s after its creation. */
	const find = async (query: string, configure: { knowsCardFilters?: boolean } = {}) => {
		const simulator = await simulate();
		const { control } = simulator.moyasar;
		control.configure(configure);
		for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
			control.addPayment({
				id,
				createdAt: at(index),
				updatedAt: at(1000 + index),
				status: id === 'b' ? 'voided' : 'paid',
				kind: (['creditcard', 'applepay', 'googlepay', 'samsungpay', 'stcpay'] as const)[index],
				metadata: { cart_id: index < 3 ? 'X' : 'Y', customer_id: id, 'a b[c]': 'é&=' },
				source: {
					...(id !== 'e' && { number: `XXXX-XXXX-XXXX-${id === 'd' ? '9999' : '0042'}` }),
					reference_number: id === 'c' || id === 'e' ? '000000000007' : '123456789012',
				},
			});
		}
		control.addPayment({ id: 'bare', metadata: null, createdAt: at(-86_400_000) });
		const response = await moyasar(simulator, `/payments?${query}`);
		expect([response.status, response.text]).toEqual([200, expect.any(String)]);
		const { payments, meta } = response.body as Awaited<ReturnType<typeof page>>;
		expect(meta.total_count).toBe(payments.length);
		return idsOf(payments).join(' ');
	};

	test.each([
		['id=c', 'c'],
		['id=nobody', ''],
		['status=voided', 'b'],
		['status=failed', ''],
		[`created[gt]=${iso(3)}`, 'e d'],
		[`created%5Bgt%5D=${iso(3)}`, 'e d'],
		[`created[lt]=${iso(1)}`, 'b a bare'],
		[`created[gt]=${iso(1)}&created[lt]=${iso(2)}`, 'c b'],
		[`created[gt]=${iso(2)}&created[lt]=${iso(2)}`, 'c'],
		[`created[gt]=${iso(5)}`, ''],
		[`updated[gt]=${iso(1004)}`, 'e'],
		[`updated[lt]=${iso(1000)}`, 'a bare'],
		[`updated[gt]=${iso(1001)}&updated[lt]=${iso(1002)}`, 'c b'],
		['created[gt]=2026-05-18T15:00:00.004%2B03:00', 'e'],
		['created[gt]=2026-05-18T12:00:00.004', 'e'],
		['created[gt]=2026-05-18', 'e d c b a'],
		['created[lt]=2026-05-18', 'bare'],
		['metadata[cart_id]=X', 'c b a'],
		['metadata[cart_id]=x', ''],
		['metadata[cart_id]=X&metadata[customer_id]=b', 'b'],
		['metadata[cart_id]=Y&metadata[customer_id]=b', ''],
		['metadata[cart_id]=X&metadata[cart_id]=Y', ''],
		['metadata[nothing]=', ''],
		[`metadata[a b[c]]=${encodeURIComponent('é&=')}`, 'e d c b a'],
		['card_last_digits=0042', 'c b a'],
		['card_last_digits=9999', 'd'],
		['receipt_no=000000000007', 'e c'],
		['receipt_no=000000000007&status=paid&card_last_digits=0042', 'c'],
	])('find by %s', async (query, expected) => {
		expect(await find(query)).toBe(expected);
	});

	test.each(['card_last_digits=0042', 'receipt_no=1'])(
		'ignore %s if knowsCardFilters is off',
		async (query) => {
			expect(await find(query, { knowsCardFilters: false })).toBe('e d c b a bare');
		},
	);

	test('find an updated payment by its new time, in the same order', async () => {
		const simulator = await simulate();
		const { control } = simulator.moyasar;
		for (const [index, id] of ['a', 'b'].entries())
			control.addPayment({ id, createdAt: at(index) });
		control.updatePayment('a', { status: 'refunded', at: at(5000) });
		expect(idsOf((await page(simulator)).payments)).toEqual(['b', 'a']);
		expect(idsOf((await page(simulator, { 'updated[gt]': iso(5000) })).payments)).toEqual(['a']);
		expect(idsOf((await page(simulator, { status: 'paid' })).payments)).toEqual(['b']);
	});

	test('return pages of the filtered payments only', async () => {
		const simulator = await seeded(400);
		const { payments, meta } = await page(simulator, { status: 'failed', page: '2' });
		expect(payments.map(({ status }) => status)).toEqual(Array(10).fill('failed'));
		expect(meta).toMatchObject({ total_count: 50, total_pages: 2, next_page: null });
	});

	test.each([
		['page=0', 'page'],
		['page=x', 'page'],
		['status=done', 'status'],
		['status=paid&status=failed', 'status'],
		['created[gt]=yesterday', 'created[gt]'],
		['created[lt]=1779105600', 'created[lt]'],
		['updated[gt]=2026-02-30', 'updated[gt]'],
		['updated[lt]=2026-05-18T12:00:00+03:00', 'updated[lt]'], // the plus is a space
		['card_last_digits=42', 'card_last_digits'],
		['receipt_no=12345678901x', 'receipt_no'],
	])('return 400 with the name of the parameter for %s', async (query, name) => {
		const response = await moyasar(await simulate(), `/payments?${query}`);
		expect([response.status, response.body]).toEqual([
			400,
			{
				type: 'invalid_request_error',
				message: 'Validation Failed',
				errors: { [name]: ['is invalid'] },
			},
		]);
	});

	test('return 400 with the names of all malformed parameters', async () => {
		const response = await moyasar(await simulate(), '/payments?page=0&receipt_no=1');
		expect(response.body).toMatchObject({
			errors: { page: ['is invalid'], receipt_no: ['is invalid'] },
		});
	});
});

describe('payments that arrive while a list is being read', () => {
	test('shift the next page, once', async () => {
		const simulator = await seeded(80);
		const { control } = simulator.moyasar;
		const before = idsOf(control.payments());
		control.arriveBefore({ page: 2, count: 2 });

		const first = await page(simulator);
		expect(idsOf(first.payments)).toEqual(before.slice(0, 40));
		const second = await page(simulator, { page: '2' });
		expect(idsOf(second.payments)).toEqual(before.slice(38, 78));
		expect(second.meta).toMatchObject({ total_count: 82, total_pages: 3, next_page: 3 });
		expect(await page(simulator, { page: '2' })).toEqual(second);
		expect(idsOf((await page(simulator, { page: '3' })).payments)).toEqual(before.slice(78));
	});

	test('have the given fields, and are added only for a response with the page', async () => {
		const simulator = await simulate();
		const { control } = simulator.moyasar;
		control.arriveBefore({ page: 1, payment: { id: 'late', status: 'failed' } });
		control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });
		expect((await moyasar(simulator, '/payments')).status).toBe(500);
		expect(control.payments()).toEqual([]);
		expect((await page(simulator)).payments).toMatchObject([{ id: 'late', status: 'failed' }]);
		expect((await page(simulator)).payments).toHaveLength(1);
	});
});
