import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { until } from '../../harness/n8n/until.mts';
import { type Hook, containing, testThatSecretsStaySecret, useBench } from './harness/bench.mts';
import { type Seen, useBrowser } from './harness/browser.mts';

const bench = useBench();
const customers = useBrowser();

/** The partner's own site: every address of it is a page, and it notes which were opened. */
const shop = { url: '', opened: [] as string[] };
const server = createServer((request, response) => {
	shop.opened.push(request.url ?? '');
	response.setHeader('Content-Type', 'text/html').end('<h1>The shop</h1>');
});
beforeAll(async () => {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
	shop.opened = [];
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
});

/** A workflow that is started by customers who return, and by nothing else. */
const onReturns = { events: ['customer.returned'] };

/** Issues an invoice, with one address for the customer and for the webhooks. */
const issueFor = async ({ url }: Hook, externalId = 'INV-PARTNER-001') =>
	await bench.issue({ external_id: externalId, notification_url: url, return_url: url });

const BUTTONS = {
	paid: 'Pay by card',
	failed: 'Simulate a failed payment',
	canceled: 'Cancel',
} as const;

describe('the result page', () => {
	let hook: Hook;
	beforeAll(async () => {
		hook = await bench.publish({
			parameters: {
				...onReturns,
				backUrl: `${shop.url}/orders?from=n8n`,
				options: { confirmSeconds: 1 },
			},
		});
	});

	/** Pays in a browser of this language, and gives what the customer sees in the end. */
	async function returnAfter(status: keyof typeof BUTTONS | 'pending', locale: string) {
		const { control } = bench.simulator;
		// Never confirmed, as far as this customer is concerned.
		if (status === 'pending') control.configure({ confirmDelayMs: 60_000 });
		const { payment_url: paymentUrl } = await issueFor(hook);
		const customer = await customers.open({ locale });
		const seen = await customer.pay(
			paymentUrl,
			status === 'pending' ? BUTTONS.paid : BUTTONS[status],
		);
		return { customer, seen };
	}

	test.each([
		['paid', 'en-US', 'Paid'],
		['pending', 'en-GB', 'Not confirmed yet'],
		['failed', 'en-US', 'Payment not completed'],
		['canceled', 'fr-FR', 'Invoice canceled'],
	] as const)('says %s in English to a browser of %s', async (status, locale, heading) => {
		const { seen } = await returnAfter(status, locale);

		expect(seen).toMatchObject({
			status: 200,
			heading,
			language: 'en',
			direction: 'ltr',
			text: containing('Invoice INV-PARTNER-001'),
		});
		if (status !== 'paid') expect(seen.text).not.toMatch(/paid|received/i);
	});

	test.each([
		['paid', 'تم الدفع'],
		['pending', 'لم يتأكد الدفع بعد'],
		['failed', 'لم يكتمل الدفع'],
		['canceled', 'أُلغيت الفاتورة'],
	] as const)('says %s in Arabic, from right to left', async (status, heading) => {
		const { seen, customer } = await returnAfter(status, 'ar-SA');

		expect(seen).toMatchObject({
			status: 200,
			heading,
			language: 'ar',
			direction: 'rtl',
			text: containing('INV-PARTNER-001'),
		});
		if (status !== 'paid') expect(seen.text).not.toContain('تم الدفع');
		// The ID stands behind its label, which in Arabic is to the left of it.
		const line = await customer.page.locator('p', { hasText: 'INV-PARTNER-001' }).boundingBox();
		const id = await customer.page.locator('bdi').boundingBox();
		expect((id?.x ?? 0) + (id?.width ?? 0) / 2).toBeLessThan(
			(line?.x ?? 0) + (line?.width ?? 0) / 2,
		);
	});

	test('is one request, fits a narrow screen, and its button leads to the link', async () => {
		const { payment_url: paymentUrl } = await issueFor(hook);
		const customer = await customers.open({ viewport: { width: 320, height: 640 } });
		const { url } = await customer.pay(paymentUrl, BUTTONS.paid);

		expect(url).toMatch(`${hook.url}?status=success`);
		// The payment page, what its button sends, and where that leads.
		expect(customer.requests).toStrictEqual([paymentUrl, paymentUrl, url]);
		const overflow = await customer.page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
		);
		expect(overflow).toBe(0);

		expect(await customer.press('Continue')).toMatchObject({ heading: 'The shop' });
		expect(shop.opened).toContain('/orders?from=n8n');
	});

	test('is the same with JavaScript switched off', async () => {
		const { payment_url: paymentUrl } = await issueFor(hook);
		const without = await customers.open({ javaScriptEnabled: false });
		const seen = await without.pay(paymentUrl, BUTTONS.paid);
		const markup = await without.page.content();

		const customer = await customers.open();
		expect(await customer.visit(seen.url)).toStrictEqual(seen);
		expect(await customer.page.content()).toBe(markup);
		expect(markup).not.toContain('<script');
	});

	test('tells nothing to the shop that its button leads to, and is not kept', async () => {
		const { seen, customer } = await returnAfter('paid', 'en-US');
		const [request] = await Promise.all([
			customer.page.waitForRequest((candidate) => candidate.url().startsWith(shop.url)),
			customer.press('Continue'),
		]);

		expect(await request.allHeaders()).not.toHaveProperty('referer');
		await customer.page.goBack();
		// It has been asked for again, rather than taken out of a cache.
		expect(customer.requests.filter((url) => url === seen.url)).toHaveLength(2);
	});
});

describe('a redirect', () => {
	let hook: Hook;
	beforeAll(async () => {
		hook = await bench.publish({
			parameters: {
				...onReturns,
				customerAnswer: 'redirect',
				successUrl: `${shop.url}/success?from=n8n`,
				pendingUrl: `${shop.url}/pending`,
				failureUrl: `${shop.url}/failure#top`,
				options: { confirmSeconds: 0 },
			},
		});
	});

	test.each([
		['paid', '/success?from=n8n&external_id=PAID-1&status=paid'],
		['failed', '/failure?external_id=FAILED-1&status=failed#top'],
		['canceled', '/failure?external_id=CANCELED-1&status=canceled#top'],
	] as const)('takes a customer to the page for %s, with what holds', async (status, address) => {
		const externalId = `${status.toUpperCase()}-1`;
		const { payment_url: paymentUrl } = await issueFor(hook, externalId);
		const customer = await customers.open();

		const seen = await customer.pay(paymentUrl, BUTTONS[status]);

		expect(seen).toMatchObject({ url: shop.url + address, heading: 'The shop' });
		const last = (await hook.started()).at(-1);
		expect(last).toMatchObject({ confirmed_invoice: { external_id: externalId, status } });
	});

	test('takes a customer to the page for what is not known yet, and keeps every character', async () => {
		const { control } = bench.simulator;
		control.configure({ confirmDelayMs: 60_000 });
		const externalId = 'طلب 7/8?a=b&c=<d>#%';
		const { payment_url: paymentUrl } = await issueFor(hook, externalId);
		const customer = await customers.open();

		const pending = new URL((await customer.pay(paymentUrl, BUTTONS.paid)).url);
		control.injectFault({ kind: 'status', status: 500 });
		const unknown = await customer.visit(
			`${hook.url}?${new URLSearchParams({ status: 'success', external_id: externalId }).toString()}`,
		);

		expect(unknown.url).toBe(pending.href);
		expect(pending.pathname).toBe('/pending');
		expect(Object.fromEntries(pending.searchParams)).toStrictEqual({
			external_id: externalId,
			status: 'pending',
		});
	});
});

describe('before the customer is answered', () => {
	let hook: Hook;
	beforeAll(async () => {
		hook = await bench.publish({ parameters: onReturns });
	});

	/** Returns, and tells how long that took. */
	async function timed(come: Promise<Seen>): Promise<Seen & { seconds: number }> {
		const before = Date.now();
		const seen = await come;
		return { ...seen, seconds: (Date.now() - before) / 1000 };
	}

	test('a confirmation that comes two seconds later is waited for', async () => {
		bench.simulator.control.configure({ confirmDelayMs: 2_000 });
		const { payment_url: paymentUrl } = await issueFor(hook, 'LATER');
		const customer = await customers.open();
		await customer.visit(paymentUrl);

		const { heading, seconds } = await timed(customer.press(BUTTONS.paid));

		expect(heading).toBe('Paid');
		expect(seconds).toBeGreaterThan(1.9);
		expect(seconds).toBeLessThan(5);
		expect(await hook.started()).toMatchObject([
			{
				confirmed_invoice: { external_id: 'LATER', status: 'paid' },
				confirmed_paid: true,
				claimed: { status: 'pending' },
			},
		]);
	});

	test('one that does not come is waited for five seconds', async () => {
		bench.simulator.control.configure({ confirmDelayMs: 60_000 });
		const { payment_url: paymentUrl } = await issueFor(hook, 'NEVER');
		const customer = await customers.open();
		await customer.visit(paymentUrl);

		const { heading, seconds } = await timed(customer.press(BUTTONS.paid));

		expect(heading).toBe('Not confirmed yet');
		expect(seconds).toBeGreaterThan(4.9);
		expect(seconds).toBeLessThan(8);
		expect((await hook.started()).at(-1)).toMatchObject({
			confirmed_invoice: { external_id: 'NEVER', status: 'pending' },
			confirmed_paid: false,
		});
	});

	test.each([
		['does not answer', { kind: 'drop' }],
		['lets nobody in', { kind: 'status', status: 401 }],
	] as const)(
		'RsomPay %s: the page comes all the same, and nothing starts',
		async (_how, fault) => {
			const { control } = bench.simulator;
			const impatient = await bench.publish({
				parameters: { ...onReturns, options: { confirmSeconds: 1 } },
			});
			control.configure({ events: [] });
			control.injectFault(fault);
			await issueFor(impatient, 'UNREACHABLE').catch(() => undefined);
			const customer = await customers.open();
			const url = `${impatient.url}?status=success&external_id=UNREACHABLE`;
			const warnings = bench.n8n.warnings().length;

			expect(await customer.visit(url)).toMatchObject({
				status: 200,
				heading: 'Not confirmed yet',
			});
			expect(await impatient.executions()).toStrictEqual([]);
			expect(bench.n8n.warnings().slice(warnings)).toStrictEqual([
				containing('The invoice of a returning customer could not be confirmed: RsomPay'),
			]);

			control.clearFaults();
			await issueFor(impatient, 'UNREACHABLE');
			control.payInvoice('UNREACHABLE');
			expect(await customer.visit(url)).toMatchObject({ heading: 'Paid' });
			expect(await impatient.started()).toHaveLength(1);
		},
	);
});

describe('the workflow', () => {
	test('is started with what RsomPay said, and apart from that what the address claims', async () => {
		const hook = await bench.publish({ parameters: onReturns });
		const { payment_url: paymentUrl } = await issueFor(hook);
		const customer = await customers.open();

		await customer.pay(paymentUrl, BUTTONS.paid);

		expect(await hook.started()).toStrictEqual([
			{
				event: 'customer.returned',
				confirmed_invoice: bench.simulator.control.invoices()[0],
				confirmed_paid: true,
				claimed: {
					status: 'success',
					external_id: 'INV-PARTNER-001',
					reference_number: 'INV-42-001',
					payment_reference: containing('GW-'),
					amount_paid: '103.5',
					currency_code: 'SAR',
					payment_method: 'card',
				},
			},
		]);
		expect(await hook.executions()).toMatchObject([{ status: 'success', mode: 'webhook' }]);
	});

	test('is started once for each status, also after n8n was killed', async () => {
		const hook = await bench.publish({ parameters: onReturns });
		const { payment_url: paymentUrl } = await issueFor(hook);
		const customer = await customers.open();
		const startedFor = async () =>
			(await hook.started()).map(({ confirmed_paid: isPaid }) => isPaid);

		const { url: failed } = await customer.pay(paymentUrl, BUTTONS.failed);
		await customer.visit(failed);
		expect(await startedFor()).toStrictEqual([false]);

		const { url: paid } = await customer.pay(paymentUrl, BUTTONS.paid);
		expect(await startedFor()).toStrictEqual([false, true]);

		await bench.n8n.kill();
		await bench.n8n.restart();
		// By its other name, and with an old claim, it is the same invoice and the same status.
		const { reference_number: referenceNumber } = bench.simulator.control.invoices()[0] ?? {};
		for (const url of [paid, failed, `${hook.url}?reference_number=${referenceNumber ?? ''}`])
			expect(await customer.visit(url)).toMatchObject({ status: 200, heading: 'Paid' });
		expect(await startedFor()).toStrictEqual([false, true]);
	});

	test('is started by the customer and by the webhook, each once', async () => {
		const events = ['customer.returned', 'payment.completed'];
		const hook = await bench.publish({ parameters: { events } });
		const { payment_url: paymentUrl } = await issueFor(hook);
		const customer = await customers.open();

		const { url } = await customer.pay(paymentUrl, BUTTONS.paid);
		await bench.simulator.control.settleDeliveries();
		await customer.visit(url);

		expect(bench.simulator.control.deliveries()).toMatchObject([
			{ event: 'payment.completed', status: 200 },
			{ event: 'invoice.status_changed', status: 200 },
		]);
		const started = await until('both', async () => {
			const items = await hook.started();
			return items.length > 1 ? items : undefined;
		});
		expect(started.map(({ event }) => event).sort()).toStrictEqual(events);
	});

	test.each([[['payment.completed']], [['*']]])(
		'that is to be started on %j is not started by customers, who get their page',
		async (events) => {
			const hook = await bench.publish({ parameters: { events } });
			const { payment_url: paymentUrl } = await issueFor(hook);
			bench.simulator.control.configure({ webhookDelayMs: 60_000 });
			const customer = await customers.open();

			const seen = await customer.pay(paymentUrl, BUTTONS.paid);

			expect(seen).toMatchObject({ status: 200, heading: 'Paid' });
			expect(await hook.executions()).toStrictEqual([]);
		},
	);

	test('gets the headers of the browser when they are asked for, without its cookies', async () => {
		const options = { includeHeaders: true };
		const hook = await bench.publish({ parameters: { ...onReturns, options } });
		const { payment_url: paymentUrl } = await issueFor(hook);
		const customer = await customers.open({ locale: 'ar-SA' });
		await customer.page.context().addCookies([{ name: 'a', value: 'b', url: bench.n8n.url }]);

		await customer.pay(paymentUrl, BUTTONS.paid);

		const [item] = await hook.started();
		expect(item?.headers).toMatchObject({ 'accept-language': containing('ar-SA') });
		expect(item?.headers).not.toHaveProperty('cookie');
	});
});

testThatSecretsStaySecret(bench);
