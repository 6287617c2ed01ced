import { InvoicePoller } from '../../../../../nodes/RsomPay/customerReturn/invoicePoller.ts';
import { keysKeptBy, outcomeOf } from '../../../support.mts';
import { invoice, PASSING, problem, rsomPay, type RsomPay } from '../pollingSupport.mts';

const MINUTE = 60_000;

const START = 1_000_000;

beforeEach(() => {
	jest.useFakeTimers({ now: START });
});

afterEach(() => {
	// Nothing goes on when all customers have been answered.
	expect(jest.getTimerCount()).toBe(0);
	jest.useRealTimers();
});

const [ISSUED, PENDING, PAID] = ['issued', 'pending', 'paid'].map(invoice);

/** What comes of a customer's return: an invoice, nothing, or what is thrown. */
const confirm = async (
	{ ask }: RsomPay,
	{ pollForMs = 5_000, key = 'key', confirmations = new InvoicePoller() } = {},
): Promise<unknown> =>
	await outcomeOf<unknown>(
		confirmations.poll(key, ask, pollForMs).catch((error: unknown) => error),
	);

describe('an invoice that is', () => {
	test.each(['paid', 'failed', 'canceled', 'refunded'])('%s is asked for once', async (status) => {
		const service = rsomPay(invoice(status));

		expect(await confirm(service)).toStrictEqual(invoice(status));
		expect(service.askedAt).toStrictEqual([0]);
	});

	test.each(['issued', 'pending'])('%s is asked for again, ever later', async (status) => {
		const service = rsomPay(invoice(status));

		expect(await confirm(service)).toStrictEqual(invoice(status));
		expect(service.askedAt).toStrictEqual([0, 500, 1_250, 2_375, 4_062, 5_000]);
	});

	test.each(['issued', 'pending'])('%s without patience is asked for once', async (status) => {
		const service = rsomPay(invoice(status));

		expect(await confirm(service, { pollForMs: 0 })).toStrictEqual(invoice(status));
		expect(service.askedAt).toStrictEqual([0]);
	});

	test('paid meanwhile is asked for no longer', async () => {
		const service = rsomPay(ISSUED, PENDING, PENDING, PAID, ISSUED);

		expect(await confirm(service)).toStrictEqual(PAID);
		expect(service.askedAt).toStrictEqual([0, 500, 1_250, 2_375]);
	});
});

describe('a problem', () => {
	test.each(PASSING)('that may pass (HTTP %s) is told at once, too', async (status) => {
		const service = rsomPay(problem(status), PAID);

		expect(await confirm(service)).toStrictEqual(problem(status));
		expect(service.askedAt).toStrictEqual([0]);
	});

	test.each([problem(401), problem(403), problem(429), problem(200), new Error('no credential')])(
		'that does not pass by itself is told at once: %s',
		async (error) => {
			const service = rsomPay(error, PAID);

			expect(await confirm(service)).toBe(error);
			expect(service.askedAt).toStrictEqual([0]);
		},
	);
});

test('what RsomPay told is not forgotten when it cannot tell more', async () => {
	const service = rsomPay(ISSUED, PENDING, problem(503), PAID);

	expect(await confirm(service)).toStrictEqual(PENDING);
	expect(service.askedAt).toStrictEqual([0, 500, 1_250]);
});

describe('an invoice that does not exist', () => {
	const nothing = () => rsomPay(undefined);

	test('is none, and asked for once', async () => {
		const service = nothing();

		expect(await confirm(service)).toBeUndefined();
		expect(service.askedAt).toStrictEqual([0]);
	});

	test('is not asked for again for a minute, however often customers return', async () => {
		const confirmations = new InvoicePoller();
		const service = nothing();
		await confirm(service, { confirmations });
		for (const seconds of [0, 15, 30, 45]) {
			jest.setSystemTime(START + seconds * 1_000);
			for (let count = 0; count < 100; count++) {
				expect(await confirm(service, { confirmations })).toBeUndefined();
			}
		}
		jest.setSystemTime(START + MINUTE - 1);
		await confirm(service, { confirmations });
		expect(service.askedAt).toStrictEqual([0]);

		jest.setSystemTime(START + MINUTE);
		expect(await confirm(rsomPay(PAID), { confirmations })).toStrictEqual(PAID);
		expect(await confirm(service, { confirmations })).toBeUndefined();
		expect(service.askedAt).toStrictEqual([0, MINUTE]);
	});

	test('keeps no other from being asked for', async () => {
		const confirmations = new InvoicePoller();
		await confirm(nothing(), { confirmations });

		expect(await confirm(rsomPay(PAID), { confirmations, key: 'other' })).toStrictEqual(PAID);
	});

	test.each([401, 404, 429, 500, 503, undefined])(
		'is not what a problem is taken for (HTTP %s)',
		async (status) => {
			const confirmations = new InvoicePoller();
			await confirm(rsomPay(problem(status)), { confirmations });

			expect(await confirm(rsomPay(PAID), { confirmations })).toStrictEqual(PAID);
		},
	);

	describe('with many others', () => {
		const MOST = 10_000;
		let now = START;
		let asked: string[] = [];
		let confirmations = new InvoicePoller();

		const all = Array.from({ length: MOST }, (_, index) => `INV-${index}`);

		const returnFor = async (...keys: string[]) => {
			const answers = keys.map(async (key) => {
				const ask = () => {
					asked.push(key);
					return Promise.resolve(undefined);
				};
				return await confirmations.poll(key, ask, 5_000);
			});
			expect(new Set(await outcomeOf(Promise.all(answers)))).toStrictEqual(new Set([undefined]));
		};

		beforeEach(async () => {
			now = START;
			asked = [];
			confirmations = new InvoicePoller(() => now);
			await returnFor(...all);
			expect(asked).toStrictEqual(all);
			asked = [];
		});

		test('is still not asked for again', async () => {
			await returnFor(...all);

			expect(asked).toStrictEqual([]);
		});

		test('is forgotten when there are more, the oldest first', async () => {
			await returnFor('one more');
			expect(keysKeptBy(confirmations)).toHaveLength(MOST);

			asked = [];
			await returnFor('one more');
			await returnFor('INV-1');
			expect(asked).toStrictEqual([]);
			await returnFor('INV-0');
			expect(asked).toStrictEqual(['INV-0']);
			expect(keysKeptBy(confirmations)).toHaveLength(MOST);
		});

		test('is not the oldest any more when it has been asked for again', async () => {
			now += MINUTE;
			await returnFor('INV-0');
			await returnFor('one more');
			asked = [];

			await returnFor('INV-0');
			expect(asked).toStrictEqual([]);
			expect(keysKeptBy(confirmations)).not.toContain('INV-1');
		});
	});
});

describe('customers who return at the same time', () => {
	const together = async (service: RsomPay, keys: string[], confirmations = new InvoicePoller()) =>
		await outcomeOf(
			Promise.allSettled(keys.map((key) => confirmations.poll(key, service.ask, 5_000))),
		);

	const same = new Array<string>(50).fill('key');

	test('for the same invoice share the answer', async () => {
		const service = rsomPay(PENDING, PAID);
		const answers = await together(service, same);

		expect(answers).toStrictEqual(same.map(() => ({ status: 'fulfilled', value: PAID })));
		expect(service.askedAt).toStrictEqual([0, 500]);
	});

	test('share what went wrong', async () => {
		const service = rsomPay(problem(401));
		const answers = await together(service, same);

		expect(answers).toStrictEqual(same.map(() => ({ status: 'rejected', reason: problem(401) })));
		expect(service.askedAt).toStrictEqual([0]);
	});

	test('share that there is none', async () => {
		const service = rsomPay(undefined);
		const answers = await together(service, same);

		expect(answers).toStrictEqual(same.map(() => ({ status: 'fulfilled', value: undefined })));
		expect(service.askedAt).toStrictEqual([0]);
	});

	test('for different invoices do not', async () => {
		const service = rsomPay(PAID);
		await together(service, ['1', '2', '3']);

		expect(service.askedAt).toHaveLength(3);
	});

	test('share it with those who join them while it is asked for', async () => {
		const confirmations = new InvoicePoller();
		const service = rsomPay(PENDING, PENDING, PAID);
		const first = confirmations.poll('key', service.ask, 5_000);
		await jest.advanceTimersByTimeAsync(600);
		const joined = confirmations.poll('key', rsomPay(ISSUED).ask, 0);

		expect(await outcomeOf(Promise.all([first, joined]))).toStrictEqual([PAID, PAID]);
		expect(service.askedAt).toStrictEqual([0, 500, 1_250]);
	});

	test('do not share it with those who come afterwards', async () => {
		const confirmations = new InvoicePoller();
		await together(rsomPay(ISSUED), same, confirmations);
		expect(await confirm(rsomPay(PAID), { confirmations })).toStrictEqual(PAID);

		await together(rsomPay(problem(500)), same, confirmations);
		expect(await confirm(rsomPay(PAID), { confirmations })).toStrictEqual(PAID);
	});
});

test('no more than 20 invoices are asked for at once, and the others afterwards', async () => {
	const confirmations = new InvoicePoller();
	let [underWay, most, asked] = [0, 0, 0];
	const slow = async () => {
		asked++;
		most = Math.max(most, ++underWay);
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		underWay--;
		return PAID;
	};
	const keys = Array.from({ length: 50 }, (_, index) => `INV-${index}`);
	const answers = await outcomeOf(
		Promise.all(keys.map(async (key) => await confirmations.poll(key, slow, 5_000))),
	);

	expect(answers).toStrictEqual(keys.map(() => PAID));
	expect({ most, asked }).toStrictEqual({ most: 20, asked: 50 });
});

test('keeps nothing of customers who were answered but what does not exist', async () => {
	const confirmations = new InvoicePoller();
	await confirm(rsomPay(PAID), { confirmations, key: 'paid' });
	await confirm(rsomPay(ISSUED), { confirmations, key: 'issued' });
	await confirm(rsomPay(problem(500)), { confirmations, key: 'fault' });
	await confirm(rsomPay(problem(401)), { confirmations, key: 'refused' });
	expect(keysKeptBy(confirmations)).toStrictEqual([]);

	await confirm(rsomPay(undefined), { confirmations, key: 'unknown' });
	expect(keysKeptBy(confirmations)).toStrictEqual(['unknown']);
});
