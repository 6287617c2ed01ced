import { InvoicePoller } from '../../../../../nodes/RsomPay/customerReturn/invoicePoller.ts';
import { keysKeptBy, outcomeOf } from '../../../support.mts';
import { invoice, TRANSIENT, serviceError, rsomPay, type RsomPay } from '../pollingSupport.mts';

const MINUTE = 60_000;

const START = 1_000_000;

beforeEach(() => {
	jest.useFakeTimers({ now: START });
});

afterEach(() => {
	// No poll continues after all customers have got a response.
	expect(jest.getTimerCount()).toBe(0);
	jest.useRealTimers();
});

const [ISSUED, PENDING, PAID] = ['issued', 'pending', 'paid'].map(invoice);

/** Polls an invoice. Returns the invoice, undefined, or the error that is thrown. */
const poll = async (
	{ request }: RsomPay,
	{ pollForMs = 5_000, key = 'key', poller = new InvoicePoller() } = {},
): Promise<unknown> =>
	await outcomeOf<unknown>(poller.poll(key, request, pollForMs).catch((error: unknown) => error));

describe('an invoice with the status', () => {
	test.each(['paid', 'failed', 'canceled', 'refunded'])('%s is read once', async (status) => {
		const service = rsomPay(invoice(status));

		expect(await poll(service)).toStrictEqual(invoice(status));
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test.each(['issued', 'pending'])('%s is read again at growing intervals', async (status) => {
		const service = rsomPay(invoice(status));

		expect(await poll(service)).toStrictEqual(invoice(status));
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250, 2_375, 4_062, 5_000]);
	});

	test.each(['issued', 'pending'])('%s is read once with a polling time of 0', async (status) => {
		const service = rsomPay(invoice(status));

		expect(await poll(service, { pollForMs: 0 })).toStrictEqual(invoice(status));
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test('paid meanwhile is not read again', async () => {
		const service = rsomPay(ISSUED, PENDING, PENDING, PAID, ISSUED);

		expect(await poll(service)).toStrictEqual(PAID);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250, 2_375]);
	});
});

describe('an error of the request', () => {
	test.each(TRANSIENT)(
		'is thrown without a retry when it is transient (HTTP %s)',
		async (status) => {
			const service = rsomPay(serviceError(status), PAID);

			expect(await poll(service)).toStrictEqual(serviceError(status));
			expect(service.requestedAt).toStrictEqual([0]);
		},
	);

	test.each([
		serviceError(401),
		serviceError(403),
		serviceError(429),
		serviceError(200),
		new Error('no credential'),
	])('is thrown without a retry when it is permanent: %s', async (error) => {
		const service = rsomPay(error, PAID);

		expect(await poll(service)).toBe(error);
		expect(service.requestedAt).toStrictEqual([0]);
	});
});

test('returns the last invoice when a later request fails', async () => {
	const service = rsomPay(ISSUED, PENDING, serviceError(503), PAID);

	expect(await poll(service)).toStrictEqual(PENDING);
	expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
});

describe('an invoice that does not exist', () => {
	const notFound = () => rsomPay(undefined);

	test('is undefined, after one request', async () => {
		const service = notFound();

		expect(await poll(service)).toBeUndefined();
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test('is not requested again for a minute, for any number of customers', async () => {
		const poller = new InvoicePoller();
		const service = notFound();
		await poll(service, { poller });
		for (const seconds of [0, 15, 30, 45]) {
			jest.setSystemTime(START + seconds * 1_000);
			for (let count = 0; count < 100; count++) {
				expect(await poll(service, { poller })).toBeUndefined();
			}
		}
		jest.setSystemTime(START + MINUTE - 1);
		await poll(service, { poller });
		expect(service.requestedAt).toStrictEqual([0]);

		jest.setSystemTime(START + MINUTE);
		expect(await poll(rsomPay(PAID), { poller })).toStrictEqual(PAID);
		expect(await poll(service, { poller })).toBeUndefined();
		expect(service.requestedAt).toStrictEqual([0, MINUTE]);
	});

	test('does not block requests for other invoices', async () => {
		const poller = new InvoicePoller();
		await poll(notFound(), { poller });

		expect(await poll(rsomPay(PAID), { poller, key: 'other' })).toStrictEqual(PAID);
	});

	test.each([401, 404, 429, 500, 503, undefined])(
		'is not assumed after an error (HTTP %s)',
		async (status) => {
			const poller = new InvoicePoller();
			await poll(rsomPay(serviceError(status)), { poller });

			expect(await poll(rsomPay(PAID), { poller })).toStrictEqual(PAID);
		},
	);

	describe('among 10,000 others', () => {
		const MAX = 10_000;
		let now = START;
		let requested: string[] = [];
		let poller = new InvoicePoller();

		const all = Array.from({ length: MAX }, (_, index) => `INV-${index}`);

		const pollAll = async (...keys: string[]) => {
			const polls = keys.map(async (key) => {
				const findInvoice = () => {
					requested.push(key);
					return Promise.resolve(undefined);
				};
				return await poller.poll(key, findInvoice, 5_000);
			});
			expect(new Set(await outcomeOf(Promise.all(polls)))).toStrictEqual(new Set([undefined]));
		};

		beforeEach(async () => {
			now = START;
			requested = [];
			poller = new InvoicePoller(() => now);
			await pollAll(...all);
			expect(requested).toStrictEqual(all);
			requested = [];
		});

		test('is not requested again', async () => {
			await pollAll(...all);

			expect(requested).toStrictEqual([]);
		});

		test('is evicted when there are more, the oldest first', async () => {
			await pollAll('one more');
			expect(keysKeptBy(poller)).toHaveLength(MAX);

			requested = [];
			await pollAll('one more');
			await pollAll('INV-1');
			expect(requested).toStrictEqual([]);
			await pollAll('INV-0');
			expect(requested).toStrictEqual(['INV-0']);
			expect(keysKeptBy(poller)).toHaveLength(MAX);
		});

		test('becomes the newest when it is requested again', async () => {
			now += MINUTE;
			await pollAll('INV-0');
			await pollAll('one more');
			requested = [];

			await pollAll('INV-0');
			expect(requested).toStrictEqual([]);
			expect(keysKeptBy(poller)).not.toContain('INV-1');
		});
	});
});

describe('polls at the same time', () => {
	const together = async (service: RsomPay, keys: string[], poller = new InvoicePoller()) =>
		await outcomeOf(
			Promise.allSettled(keys.map((key) => poller.poll(key, service.request, 5_000))),
		);

	const same = new Array<string>(50).fill('key');

	test('share the invoice', async () => {
		const service = rsomPay(PENDING, PAID);
		const results = await together(service, same);

		expect(results).toStrictEqual(same.map(() => ({ status: 'fulfilled', value: PAID })));
		expect(service.requestedAt).toStrictEqual([0, 500]);
	});

	test('share the error', async () => {
		const service = rsomPay(serviceError(401));
		const results = await together(service, same);

		expect(results).toStrictEqual(
			same.map(() => ({ status: 'rejected', reason: serviceError(401) })),
		);
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test('share that the invoice does not exist', async () => {
		const service = rsomPay(undefined);
		const results = await together(service, same);

		expect(results).toStrictEqual(same.map(() => ({ status: 'fulfilled', value: undefined })));
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test('do not share requests for different invoices', async () => {
		const service = rsomPay(PAID);
		await together(service, ['1', '2', '3']);

		expect(service.requestedAt).toHaveLength(3);
	});

	test('share the result with a poll that joins later', async () => {
		const poller = new InvoicePoller();
		const service = rsomPay(PENDING, PENDING, PAID);
		const first = poller.poll('key', service.request, 5_000);
		await jest.advanceTimersByTimeAsync(600);
		const joined = poller.poll('key', rsomPay(ISSUED).request, 0);

		expect(await outcomeOf(Promise.all([first, joined]))).toStrictEqual([PAID, PAID]);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
	});

	test('do not share the result with a poll that starts afterwards', async () => {
		const poller = new InvoicePoller();
		await together(rsomPay(ISSUED), same, poller);
		expect(await poll(rsomPay(PAID), { poller })).toStrictEqual(PAID);

		await together(rsomPay(serviceError(500)), same, poller);
		expect(await poll(rsomPay(PAID), { poller })).toStrictEqual(PAID);
	});
});

test('sends at most 20 requests at a time, and the others afterwards', async () => {
	const poller = new InvoicePoller();
	let [inFlight, max, requests] = [0, 0, 0];
	const slow = async () => {
		requests++;
		max = Math.max(max, ++inFlight);
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		inFlight--;
		return PAID;
	};
	const keys = Array.from({ length: 50 }, (_, index) => `INV-${index}`);
	const results = await outcomeOf(
		Promise.all(keys.map(async (key) => await poller.poll(key, slow, 5_000))),
	);

	expect(results).toStrictEqual(keys.map(() => PAID));
	expect({ max, requests }).toStrictEqual({ max: 20, requests: 50 });
});

test('stores nothing after a poll but an invoice that does not exist', async () => {
	const poller = new InvoicePoller();
	await poll(rsomPay(PAID), { poller, key: 'paid' });
	await poll(rsomPay(ISSUED), { poller, key: 'issued' });
	await poll(rsomPay(serviceError(500)), { poller, key: 'transient' });
	await poll(rsomPay(serviceError(401)), { poller, key: 'permanent' });
	expect(keysKeptBy(poller)).toStrictEqual([]);

	await poll(rsomPay(undefined), { poller, key: 'notFound' });
	expect(keysKeptBy(poller)).toStrictEqual(['notFound']);
});
