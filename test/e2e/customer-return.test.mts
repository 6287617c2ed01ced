import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../harness/n8n/until.mts';
import { useBrowser } from './harness/browser.mts';
import {
	containing,
	testThatSecretsStaySecret,
	type TriggerWorkflow,
	useTestBed,
} from './harness/testBed.mts';

const testBed = useTestBed();
const customers = useBrowser();

/** The partner's own site: every path is a page; it records which ones were opened. */
const shop = { url: '', opened: [] as string[] };
const server = createServer((request, response) => {
	shop.opened.push(request.url ?? '');
	response.setHeader('Content-Type', 'text/html').end('<h1>The shop</h1>');
});
beforeAll(async () => {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
	shop.opened = [];
	// n8n shows what it has just read of an invoice for 400 ms, and the tests issue the same again.
	await sleep(500);
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
});

/** The workflow is started by customers who return, and by nothing else. */
const onReturns = { events: ['customer.returned'] };

/** Issues an invoice with the trigger's URL as its notification URL and its return URL. */
const issueFor = async ({ url }: TriggerWorkflow, externalId = 'INV-PARTNER-001') =>
	await testBed.issue({ external_id: externalId, notification_url: url, return_url: url });

const BUTTONS = {
	paid: 'Pay by card',
	failed: 'Simulate a failed payment',
	canceled: 'Cancel',
} as const;

describe('the result page', () => {
	let workflow: TriggerWorkflow;
	beforeAll(async () => {
		workflow = await testBed.publish({
			parameters: {
				...onReturns,
				backUrl: `${shop.url}/orders?from=n8n`,
				options: { confirmSeconds: 1 },
			},
		});
	});

	/** Brings an invoice into a status in a browser of this language, and returns the last page. */
	async function returnAfter(status: keyof typeof BUTTONS | 'pending', locale: string) {
		const { control } = testBed.simulator;
		// Not confirmed within the test.
		if (status === 'pending') control.configure({ confirmDelayMs: 60_000 });
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const customer = await customers.open({ locale });
		const shown = await customer.pay(
			paymentUrl,
			status === 'pending' ? BUTTONS.paid : BUTTONS[status],
		);
		return { customer, shown };
	}

	test.each([
		['paid', 'en-US', 'Paid'],
		['canceled', 'fr-FR', 'Invoice canceled'],
	] as const)('says %s in English to a browser of %s', async (status, locale, heading) => {
		const { shown } = await returnAfter(status, locale);

		expect(shown).toMatchObject({
			status: 200,
			heading,
			language: 'en',
			direction: 'ltr',
			text: containing('Invoice INV-PARTNER-001'),
		});
		if (status !== 'paid') expect(shown.text).not.toMatch(/paid|received/i);
	});

	test.each([
		['paid', 'تم الدفع'],
		['pending', 'لم يتأكد الدفع بعد'],
	] as const)('says %s in Arabic, from right to left', async (status, heading) => {
		const { shown, customer } = await returnAfter(status, 'ar-SA');

		expect(shown).toMatchObject({ status: 200, heading, language: 'ar', direction: 'rtl' });
		if (status !== 'paid') {
			expect(shown.text).not.toContain('تم الدفع');
			// The page for an invoice that does not exist is the same.
			expect(shown.text).not.toContain('INV-PARTNER-001');
			return;
		}
		// The ID follows its label, so in Arabic it is to the left of it.
		const line = await customer.page.locator('p', { hasText: 'INV-PARTNER-001' }).boundingBox();
		const id = await customer.page.locator('bdi').boundingBox();
		expect((id?.x ?? 0) + (id?.width ?? 0) / 2).toBeLessThan(
			(line?.x ?? 0) + (line?.width ?? 0) / 2,
		);
	});

	test('is one request, fits a narrow screen, and its button opens the link', async () => {
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const customer = await customers.open({ viewport: { width: 320, height: 640 } });
		const { url } = await customer.pay(paymentUrl, BUTTONS.paid);

		expect(url).toMatch(`${workflow.url}?status=success`);
		// The payment page, the form that its button submits, and the redirect.
		expect(customer.requests).toStrictEqual([paymentUrl, paymentUrl, url]);
		const overflow = await customer.page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
		);
		expect(overflow).toBe(0);

		expect(await customer.press('Continue')).toMatchObject({ heading: 'The shop' });
		expect(shop.opened).toContain('/orders?from=n8n');
	});

	test.each(['query', 'question-mark'] as const)(
		'is checked again by its button while RsomPay does not confirm the payment, without JavaScript (%s)',
		async (returnUrlJoin) => {
			const { control } = testBed.simulator;
			control.configure({ returnUrlJoin });
			control.injectFault({ kind: 'status', status: 500, match: { path: /by-reference/ } });
			const { payment_url: paymentUrl } = await testBed.issue({
				external_id: 'AGAIN',
				notification_url: workflow.url,
				return_url: `${workflow.url}?shop=1`,
			});
			const customer = await customers.open({ javaScriptEnabled: false });
			const pending = await customer.pay(paymentUrl, BUTTONS.paid);
			expect(pending).toMatchObject({ heading: 'Not confirmed yet' });

			expect(await customer.press('Check again')).toStrictEqual(pending);
			control.clearFaults();
			expect(await customer.press('Check again')).toMatchObject({
				url: pending.url,
				heading: 'Paid',
			});
		},
	);

	test('breaks an ID only where it is longer than a line', async () => {
		const customer = await customers.open({ viewport: { width: 320, height: 640 } });
		const linesOf = async (externalId: string) => {
			const { payment_url: paymentUrl } = await issueFor(workflow, externalId);
			await customer.pay(paymentUrl, BUTTONS.paid);
			return await customer.page.evaluate(() => {
				const id = document.querySelector('bdi') ?? document.body;
				const { scrollWidth, clientWidth } = document.documentElement;
				return {
					lines: Math.round(id.offsetHeight / Number.parseFloat(getComputedStyle(id).lineHeight)),
					overflow: scrollWidth - clientWidth,
				};
			});
		};

		expect(await linesOf('ORDER-2026-11-28-0042')).toStrictEqual({ lines: 1, overflow: 0 });
		const long = await linesOf('x'.repeat(100));
		expect(long.lines).toBeGreaterThan(3);
		expect(long.overflow).toBe(0);
	});

	test('is the same without JavaScript', async () => {
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const withoutScript = await customers.open({ javaScriptEnabled: false });
		const shown = await withoutScript.pay(paymentUrl, BUTTONS.paid);
		const markup = await withoutScript.page.content();

		const customer = await customers.open();
		expect(await customer.visit(shown.url)).toStrictEqual(shown);
		expect(await customer.page.content()).toBe(markup);
		expect(markup).not.toContain('<script');
	});

	test('sends no referrer to the shop, and is not cached', async () => {
		const { shown, customer } = await returnAfter('paid', 'en-US');
		const [request] = await Promise.all([
			customer.page.waitForRequest((candidate) => candidate.url().startsWith(shop.url)),
			customer.press('Continue'),
		]);

		expect(await request.allHeaders()).not.toHaveProperty('referer');
		await customer.page.goBack();
		// It was requested again, not read from a cache.
		expect(customer.requests.filter((url) => url === shown.url)).toHaveLength(2);
	});
});

describe('a redirect', () => {
	let workflow: TriggerWorkflow;
	beforeAll(async () => {
		workflow = await testBed.publish({
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
	] as const)(
		'takes a customer to the page for %s, with the confirmed status',
		async (status, path) => {
			const externalId = `${status.toUpperCase()}-1`;
			const { payment_url: paymentUrl } = await issueFor(workflow, externalId);
			const customer = await customers.open();

			const shown = await customer.pay(paymentUrl, BUTTONS[status]);

			expect(shown).toMatchObject({ url: shop.url + path, heading: 'The shop' });
			const last = (await workflow.started()).at(-1);
			expect(last).toMatchObject({ confirmed_invoice: { external_id: externalId, status } });
		},
	);

	test('takes a customer to the pending page while the status is unknown, with every character of the ID', async () => {
		const { control } = testBed.simulator;
		control.configure({ confirmDelayMs: 60_000 });
		const externalId = 'طلب 7/8?a=b&c=<d>#%';
		const { payment_url: paymentUrl } = await issueFor(workflow, externalId);
		const customer = await customers.open();

		const pending = new URL((await customer.pay(paymentUrl, BUTTONS.paid)).url);
		control.injectFault({ kind: 'status', status: 500 });
		const unknown = await customer.visit(
			`${workflow.url}?${new URLSearchParams({ status: 'success', external_id: externalId }).toString()}`,
		);

		expect(unknown.url).toBe(pending.href);
		expect(pending.pathname).toBe('/pending');
		expect(Object.fromEntries(pending.searchParams)).toStrictEqual({
			external_id: externalId,
			status: 'pending',
		});
	});
});

test('a confirmation that comes two seconds later is awaited before the response', async () => {
	const workflow = await testBed.publish({ parameters: onReturns });
	testBed.simulator.control.configure({ confirmDelayMs: 2_000 });
	const { payment_url: paymentUrl } = await issueFor(workflow, 'LATER');
	const customer = await customers.open();
	await customer.visit(paymentUrl);

	const before = Date.now();
	const { heading } = await customer.press(BUTTONS.paid);
	const seconds = (Date.now() - before) / 1000;

	expect(heading).toBe('Paid');
	expect(seconds).toBeGreaterThan(1.9);
	// The time of a page that is not certain.
	expect(seconds).toBeLessThan(6.25);
	expect(await workflow.started()).toMatchObject([
		{
			confirmed_invoice: { external_id: 'LATER', status: 'paid' },
			confirmed_paid: true,
			claimed: { status: 'pending' },
		},
	]);
});

describe('a payment that RsomPay confirms a moment later, after a failed attempt', () => {
	/** RsomPay says failed for a while. */
	const payAfterFailure = async (workflow: TriggerWorkflow, lagMs: number) => {
		const { payment_url: paymentUrl } = await issueFor(workflow, 'TWICE');
		const { control } = testBed.simulator;
		control.failInvoice('TWICE');
		const customer = await customers.open();
		await customer.visit(paymentUrl);
		control.configure({ lagMs });
		return await customer.press(BUTTONS.paid);
	};

	test('is shown as paid, and starts the workflow once, with paid', async () => {
		const workflow = await testBed.publish({ parameters: onReturns });

		expect(await payAfterFailure(workflow, 2_000)).toMatchObject({ heading: 'Paid' });

		expect(await workflow.started()).toMatchObject([
			{ confirmed_paid: true, confirmed_invoice: { status: 'paid' } },
		]);
	});

	test('is not shown as failed when it takes longer than the timeout, and starts nothing', async () => {
		const workflow = await testBed.publish({
			parameters: { ...onReturns, options: { confirmSeconds: 0 } },
		});

		const shown = await payAfterFailure(workflow, 60_000);

		expect(shown).toMatchObject({ heading: 'Not confirmed yet' });
		expect(await workflow.started()).toStrictEqual([]);
	});
});

describe('the workflow', () => {
	test('starts with the confirmed invoice, and separately with what the query claims', async () => {
		const workflow = await testBed.publish({ parameters: onReturns });
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const customer = await customers.open();

		await customer.pay(paymentUrl, BUTTONS.paid);

		expect(await workflow.started()).toStrictEqual([
			{
				event: 'customer.returned',
				confirmed_invoice: testBed.simulator.control.invoices()[0],
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
		expect(await workflow.executions()).toMatchObject([{ status: 'success', mode: 'webhook' }]);
	});

	test('starts once for each status, also after n8n was killed', async () => {
		const workflow = await testBed.publish({ parameters: onReturns });
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const customer = await customers.open();
		const startedFor = async () =>
			(await workflow.started()).map(({ confirmed_paid: isPaid }) => isPaid);

		const { url: failed } = await customer.pay(paymentUrl, BUTTONS.failed);
		await customer.visit(failed);
		expect(await startedFor()).toStrictEqual([false]);

		const { url: paid } = await customer.pay(paymentUrl, BUTTONS.paid);
		expect(await startedFor()).toStrictEqual([false, true]);

		await testBed.n8n.kill();
		await testBed.n8n.restart();
		// The old query and the reference number name the same invoice in the same status.
		const { reference_number: referenceNumber } = testBed.simulator.control.invoices()[0] ?? {};
		for (const url of [paid, failed, `${workflow.url}?reference_number=${referenceNumber ?? ''}`])
			expect(await customer.visit(url)).toMatchObject({ status: 200, heading: 'Paid' });
		expect(await startedFor()).toStrictEqual([false, true]);
	});

	test('starts once on the return and once on the webhook', async () => {
		const events = ['customer.returned', 'payment.completed'];
		const workflow = await testBed.publish({ parameters: { events } });
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const customer = await customers.open();

		const { url } = await customer.pay(paymentUrl, BUTTONS.paid);
		await testBed.simulator.control.settleDeliveries();
		await customer.visit(url);

		expect(testBed.simulator.control.deliveries()).toMatchObject([
			{ event: 'payment.completed', status: 200 },
			{ event: 'invoice.status_changed', status: 200 },
		]);
		const started = await until('both executions', async () => {
			const items = await workflow.started();
			return items.length > 1 ? items : undefined;
		});
		expect(started.map(({ event }) => event).sort()).toStrictEqual(events);
	});

	test('receives the headers of the browser if the option is set, without its cookies', async () => {
		const options = { includeHeaders: true };
		const workflow = await testBed.publish({ parameters: { ...onReturns, options } });
		const { payment_url: paymentUrl } = await issueFor(workflow);
		const customer = await customers.open({ locale: 'ar-SA' });
		await customer.page.context().addCookies([{ name: 'a', value: 'b', url: testBed.n8n.url }]);

		await customer.pay(paymentUrl, BUTTONS.paid);

		const [item] = await workflow.started();
		expect(item?.headers).toMatchObject({ 'accept-language': containing('ar-SA') });
		expect(item?.headers).not.toHaveProperty('cookie');
	});
});

testThatSecretsStaySecret(testBed);
