import {
	type FindInvoice,
	InvoicePoller,
	type Visit,
} from '../../../../../nodes/RsomPay/customerReturn/invoicePoller.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import type { ConcurrencyLimiter } from '../../../../../nodes/shared/concurrencyLimiter.ts';
import { keysKeptBy, outcomeOf } from '../../../support.mts';
import { invoice, TRANSIENT, serviceError, rsomPay, type RsomPay } from '../pollingSupport.mts';

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

const isDone = ({ status }: Invoice) => status !== 'issued' && status !== 'pending';

const VISIT: Visit = { account: 'account', node: 'node', invoice: 'INV-1' };

type Settings = { pollForMs?: number; poller?: InvoicePoller } & Partial<Visit>;

/** Polls an invoice. Returns the invoice, undefined, or the error that is thrown. */
const start = async (
	findInvoice: FindInvoice,
	{ pollForMs = 5_000, poller = new InvoicePoller(), ...visit }: Settings = {},
): Promise<unknown> =>
	await poller
		.poll({ ...VISIT, ...visit }, findInvoice, { isDone, until: Date.now() + pollForMs })
		.catch((error: unknown) => error);

const poll = async (service: RsomPay, settings?: Settings): Promise<unknown> =>
	await outcomeOf(start(service.request, settings));

/** A stand-in for RsomPay that needs some time for each request, which goes through the limiter. */
function slowRsomPay(
	latencyMs: number,
	respond: (limiter: ConcurrencyLimiter) => Invoice | undefined,
) {
	const requestedAt: number[] = [];
	const load = { now: 0, max: 0 };
	const request: FindInvoice = async (limiter) =>
		await limiter.runBefore(Date.now() + 6_000, async () => {
			requestedAt.push(Date.now() - START);
			load.max = Math.max(load.max, ++load.now);
			await new Promise((resolve) => setTimeout(resolve, latencyMs));
			load.now--;
			return respond(limiter);
		});
	return { request, requestedAt, load };
}

const names = (count: number, prefix = 'NO') =>
	Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

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
	test.each([...TRANSIENT, 401, 403, 200])(
		'is thrown without a retry (HTTP %s)',
		async (status) => {
			const service = rsomPay(serviceError(status), PAID);

			expect(await poll(service)).toStrictEqual(serviceError(status));
			expect(service.requestedAt).toStrictEqual([0]);
		},
	);

	test('does not replace an earlier result', async () => {
		const service = rsomPay(ISSUED, PENDING, serviceError(503), PAID);

		expect(await poll(service)).toStrictEqual(PENDING);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
	});

	test('is shared by visitors who come together, and not remembered', async () => {
		const poller = new InvoicePoller();
		const service = rsomPay(serviceError(500), PAID);
		const visits = Promise.all(names(20).map(async () => await start(service.request, { poller })));

		expect(new Set(await outcomeOf(visits))).toStrictEqual(new Set([serviceError(500)]));
		expect(service.requestedAt).toStrictEqual([0]);
		jest.setSystemTime(START + 1_999);
		expect(await poll(service, { poller, pollForMs: 0 })).toBeUndefined();
		jest.setSystemTime(START + 2_000);
		expect(await poll(service, { poller })).toStrictEqual(PAID);
	});
});

describe.each([400, 403, 404])('an invoice that RsomPay rejects with %d', (httpCode) => {
	test('is requested again when the customer reloads', async () => {
		const poller = new InvoicePoller();
		const service = rsomPay(serviceError(httpCode), PAID);
		expect(await poll(service, { poller })).toBeInstanceOf(Error);

		await jest.advanceTimersByTimeAsync(500);
		expect(await poll(service, { poller })).toBe(PAID);
	});

	test('does not stop the requests of customers, however often strangers ask', async () => {
		const poller = new InvoicePoller();
		const customers: Array<Promise<unknown>> = [];
		const strangers = slowRsomPay(200, () => {
			throw serviceError(httpCode);
		});
		const shop = slowRsomPay(200, () => PAID);
		for (let second = 0; second < 60; second++) {
			for (let visit = 0; visit < 20; visit++) {
				void start(strangers.request, { poller, invoice: `guess ${second} ${visit}` });
				await jest.advanceTimersByTimeAsync(50);
			}
			// Found before, as the invoice of a customer who reloads.
			customers.push(start(shop.request, { poller, invoice: 'INV-1' }));
		}
		await jest.runAllTimersAsync();

		expect(new Set(await Promise.all(customers))).toStrictEqual(new Set([PAID]));
		expect(strangers.requestedAt.length).toBeLessThan(130);
	});
});

describe('an invoice that does not exist', () => {
	test('is requested once, and takes as long as one that is pending', async () => {
		const service = rsomPay(undefined);

		expect(await poll(service)).toBeUndefined();
		expect(Date.now() - START).toBe(5_000);
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test('is not requested again for a minute, for any number of customers', async () => {
		const poller = new InvoicePoller();
		const service = rsomPay(undefined);
		const pollAt = async (ms: number) => {
			jest.setSystemTime(START + ms);
			return await poll(service, { poller, pollForMs: 0 });
		};
		for (let count = 0; count < 100; count++) await pollAt(count * 500);
		await pollAt(59_999);
		expect(service.requestedAt).toStrictEqual([0]);

		await pollAt(60_000);
		expect(service.requestedAt).toStrictEqual([0, 60_000]);
	});

	test('does not block requests for other invoices or from other nodes', async () => {
		const poller = new InvoicePoller();
		await poll(rsomPay(undefined), { poller });

		expect(await poll(rsomPay(PAID), { poller, invoice: 'INV-2' })).toStrictEqual(PAID);
		expect(await poll(rsomPay(PAID), { poller, node: 'other' })).toStrictEqual(PAID);
	});
});

describe('visitors who ask for one invoice', () => {
	test('share the requests, and each waits for its own time', async () => {
		const poller = new InvoicePoller();
		const service = rsomPay(PENDING);
		const visits = names(50).map(async (_name, index) => {
			await new Promise((resolve) => setTimeout(resolve, index * 10));
			return await start(service.request, { poller });
		});

		expect(new Set(await outcomeOf(Promise.all(visits)))).toStrictEqual(new Set([PENDING]));
		expect(Date.now() - START).toBe(5_490);
		expect(service.requestedAt.length).toBeLessThanOrEqual(5_490 / 400 + 1);
	});

	test('cause at most two or three requests a second by reloading', async () => {
		const poller = new InvoicePoller();
		const service = rsomPay(PAID);
		for (let visits = 0; visits < 100; visits++) {
			await start(service.request, { poller });
			await jest.advanceTimersByTimeAsync(10);
		}

		expect(service.requestedAt).toStrictEqual([0, 400, 800]);
	});
});

describe('a 429', () => {
	const tooMany = () =>
		slowRsomPay(50, (limiter) => {
			limiter.pause(60_000);
			throw serviceError(429);
		});

	test('ends the requests for all invoices and nodes of the account until the pause is over', async () => {
		const poller = new InvoicePoller();
		const service = tooMany();
		const visits = names(200).map(
			async (name, index) =>
				await start(service.request, { poller, invoice: name, node: `node ${index % 2}` }),
		);
		await jest.advanceTimersByTimeAsync(6_000);
		await Promise.all(visits);
		const shop = rsomPay(PAID);
		await jest.advanceTimersByTimeAsync(50_000);
		expect(await start(shop.request, { poller, invoice: 'INV', pollForMs: 0 })).toBeUndefined();
		expect(service.requestedAt.length).toBeLessThanOrEqual(4);
		expect(shop.requestedAt).toStrictEqual([]);

		await jest.advanceTimersByTimeAsync(5_000);
		expect(await start(shop.request, { poller, invoice: 'INV', pollForMs: 0 })).toStrictEqual(PAID);
	});

	test('is not one of another account', async () => {
		const poller = new InvoicePoller();
		await outcomeOf(start(tooMany().request, { poller }));

		expect(await poll(rsomPay(PAID), { poller, account: 'other', invoice: '2' })).toStrictEqual(
			PAID,
		);
	});
});

describe('the budget of a node', () => {
	const visitAll = async (
		poller: InvoicePoller,
		request: FindInvoice,
		ids: string[],
		settings = {},
	) =>
		await outcomeOf(
			Promise.all(
				ids.map(async (name) => await start(request, { poller, invoice: name, ...settings })),
			),
		);

	test('fits 60 customers at once and 120 a minute, whose payments take a second to be confirmed', async () => {
		const poller = new InvoicePoller();
		const firstAt = new Map<string, number>();
		const request =
			(name: string): FindInvoice =>
			async (limiter) => {
				const first = firstAt.get(name) ?? Date.now();
				firstAt.set(name, first);
				const response = slowRsomPay(200, () => (Date.now() - first > 1_000 ? PAID : PENDING));
				return await response.request(limiter);
			};
		const visits = names(180, 'INV').map(async (name, index) => {
			// 60 at once, and then one every half a second.
			await new Promise((resolve) => setTimeout(resolve, Math.max(0, index - 59) * 500));
			return await start(request(name), { poller, invoice: name });
		});

		expect(new Set(await outcomeOf(Promise.all(visits)))).toStrictEqual(new Set([PAID]));
	});

	test('does not fit a scan: 60 IDs at once, and then one a second', async () => {
		const poller = new InvoicePoller();
		const service = slowRsomPay(20, () => undefined);

		await visitAll(poller, service.request, names(400));
		const seconds = (Date.now() - START) / 1_000;

		expect(seconds).toBeLessThan(6);
		expect(service.requestedAt.length).toBeGreaterThanOrEqual(60);
		expect(service.requestedAt.length).toBeLessThanOrEqual(60 + seconds);
	});

	test('is not used up by a scan for customers whose invoice was found before', async () => {
		const poller = new InvoicePoller();
		const ids = names(50, 'INV');
		const shop = slowRsomPay(100, () => PAID);
		await visitAll(poller, shop.request, ids);
		jest.setSystemTime(Date.now() + 1_000);
		const scan = names(400).map(
			async (name) =>
				await start(slowRsomPay(20, () => undefined).request, { poller, invoice: name }),
		);
		await jest.advanceTimersByTimeAsync(2_000);

		const pages = await visitAll(poller, shop.request, ids);
		await Promise.all(scan);

		expect(new Set(pages)).toStrictEqual(new Set([PAID]));
	});

	test('is not used up at another node', async () => {
		const poller = new InvoicePoller();
		await visitAll(poller, slowRsomPay(20, () => undefined).request, names(100));

		expect(await poll(rsomPay(PAID), { poller, node: 'other', invoice: 'INV' })).toStrictEqual(
			PAID,
		);
	});
});

test('sends few requests while RsomPay hangs, however many visitors come', async () => {
	const poller = new InvoicePoller();
	const hanging = slowRsomPay(5_000, () => {
		throw serviceError();
	});
	const visits = names(120).map(async (name, index) => {
		await new Promise((resolve) => setTimeout(resolve, index * 100));
		return await start(hanging.request, { poller, invoice: name });
	});
	await outcomeOf(Promise.all(visits));

	expect(hanging.requestedAt.length).toBeLessThanOrEqual(10);
});

test('visitors who were not asked for in time are no outage', async () => {
	const poller = new InvoicePoller();
	let requests = 0;
	const limited: FindInvoice = async (limiter) => {
		const found = await limiter.runBefore(Date.now() + 3_000, async () => {
			requests++;
			await new Promise((resolve) => setTimeout(resolve, 1_500));
			return PAID;
		});
		return found ?? Promise.reject(serviceError(undefined, { cause: 'rate-limited' }));
	};
	const burst = names(30).map(async (name) => await start(limited, { poller, invoice: name }));
	await jest.advanceTimersByTimeAsync(3_100);
	expect(requests).toBeLessThan(30);

	const next = start(limited, { poller, invoice: 'INV', pollForMs: 0 });
	await outcomeOf(Promise.all(burst));
	expect(await next).toBe(PAID);
});

test('sends 4 requests at a time at first, and at most 20 while they succeed', async () => {
	const poller = new InvoicePoller();
	const shop = slowRsomPay(100, (limiter) => {
		limiter.grow();
		return PAID;
	});
	const visits = names(60).map(
		async (name) => await start(shop.request, { poller, invoice: name }),
	);
	await outcomeOf(Promise.all(visits));

	expect(shop.requestedAt.filter((at) => at < 90)).toHaveLength(4);
	expect(shop.load.max).toBe(20);
	expect(shop.requestedAt).toHaveLength(60);
});

test('lets 500 visitors wait, and says that there are no more', async () => {
	const poller = new InvoicePoller();
	const visits = names(499).map(
		async (name) => await start(rsomPay(ISSUED).request, { poller, invoice: name }),
	);
	expect(poller.isFull()).toBe(false);
	visits.push(start(rsomPay(ISSUED).request, { poller, invoice: 'INV' }));
	expect(poller.isFull()).toBe(true);

	await outcomeOf(Promise.all(visits));
	expect(poller.isFull()).toBe(false);
});

test('remembers at most 2,000 invoices, the latest ones', async () => {
	let now = START;
	const poller = new InvoicePoller(() => now);
	const requested: string[] = [];
	const request = (name: string) => async () => {
		requested.push(name);
		return await Promise.resolve<Invoice | undefined>(undefined);
	};
	const pollNow = async (name: string) =>
		await poller.poll({ ...VISIT, invoice: name }, request(name), { isDone, until: now });
	for (const name of names(2_010)) {
		now += 1_000;
		await pollNow(name);
	}
	expect(requested).toHaveLength(2_010);
	expect(keysKeptBy(poller).filter((key) => String(key).includes('NO-'))).toHaveLength(2_000);

	await pollNow('NO-2009');
	expect(requested).toHaveLength(2_010);
	await pollNow('NO-0');
	expect(requested.at(-1)).toBe('NO-0');
});
