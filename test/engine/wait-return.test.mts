import type { Execution } from './harness/execution.mts';
import { logged } from './harness/logs.mts';
import { eventAbout, transactionOf } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { speedUp, until } from './harness/time.mts';
import { headersOf, visit } from './harness/visit.mts';

const bench = useRsomPay();

/** The query that RsomPay adds to the return URL after a successful payment. */
const SUCCESS = {
	status: 'success',
	external_id: 'INV-1',
	reference_number: 'INV-42-001',
	amount_paid: '103.5',
};

const lookups = () =>
	bench.simulator.control.requests().filter(({ path }) => path.endsWith('/by-reference'));

const outputs = (execution: Execution) =>
	execution
		.soFar()
		.items('After')
		.map(({ json }) => json);

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

describe('a customer who returns to a suspended execution', () => {
	test.each([
		['paid', 'Paid', () => bench.simulator.control.payInvoice('INV-1')],
		['canceled', 'Invoice canceled', () => bench.simulator.control.cancelInvoice('INV-1')],
	])('sees that the invoice is %s, and the execution resumes', async (status, heading, settle) => {
		const execution = await bench.wait();
		settle();

		const page = await visit(execution.url, SUCCESS);
		const run = await execution.ended();

		expect(page).toMatchObject({ status: 200, heading, language: 'en', direction: 'ltr' });
		expect(run.status).toBe('success');
		expect(run.tasks('After')).toHaveLength(1);
		expect(outputs(execution)).toStrictEqual([
			{
				...bench.simulator.control.invoices()[0],
				settled: true,
				payment: status === 'paid' ? transactionOf('INV-1') : null,
			},
		]);
		expect(outputs(execution)).toMatchObject([{ status }]);
	});

	test('is recognized at the return URL of the invoice, with parameters added by & or by ?', async () => {
		for (const [id, returnUrlJoin] of [
			['INV-1', 'query'],
			['INV-2', 'question-mark'],
		] as const) {
			bench.simulator.control.configure({ returnUrlJoin });
			const execution = await bench.wait({}, { ids: [id], create: { returnTo: 'execution' } });
			const invoice = bench.simulator.control
				.invoices()
				.find(({ external_id }) => external_id === id);
			const paid = await fetch(invoice?.payment_url ?? '', {
				method: 'POST',
				body: new URLSearchParams({ action: 'tamara' }),
				redirect: 'manual',
			});
			const returnUrl = paid.headers.get('location') ?? '';

			expect(returnUrl).toContain(
				`${execution.returnUrl(id)}${returnUrlJoin === 'query' ? '&' : '?'}status=success`,
			);
			expect(await visit(returnUrl, '')).toMatchObject({ status: 200, heading: 'Paid' });
			await execution.ended();
			expect(outputs(execution)).toMatchObject([{ external_id: id, settled: true }]);
		}
	});

	test.each(['&', '?'])(
		'waits for the confirmation after an earlier attempt, with parameters added by %s',
		async (joint) => {
			const execution = await bench.wait({ failedCounts: true });
			bench.simulator.control.failInvoice('INV-1');
			bench.simulator.control.configure({ events: [], lagMs: 1_500 });
			bench.simulator.control.payInvoice('INV-1');

			const returnUrl = `${execution.returnUrl('INV-1')}${joint}${new URLSearchParams(SUCCESS).toString()}`;
			expect(await visit(returnUrl, '')).toMatchObject({ heading: 'Paid' });
			await execution.ended();
			expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
		},
	);

	test('sees the page in Arabic when the browser prefers it', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		expect(await visit(execution.url, SUCCESS, 'ar-SA,ar;q=0.9,en;q=0.8')).toMatchObject({
			heading: 'تم الدفع',
			language: 'ar',
			direction: 'rtl',
		});
	});

	test.each([
		['issued', 'Not confirmed yet', () => undefined],
		['failed', 'Not confirmed yet', () => bench.simulator.control.failInvoice('INV-1')],
	])(
		'does not resume the execution with status=success while the invoice is %s',
		async (_status, heading, change) => {
			const execution = await bench.wait();
			change();
			// The invoice is polled for five seconds.
			speedUp(3);

			const page = await visit(execution.url, SUCCESS);

			expect(page).toMatchObject({ status: 200, heading });
			expect(page.body).not.toMatch(/\bpaid\b/i);
			expect(execution.status).toBe('waiting');

			bench.simulator.control.payInvoice('INV-1');
			await bench.deliver(execution, { payload: eventAbout('INV-1') });
			await execution.ended();
			expect(outputs(execution)).toMatchObject([
				{ status: 'paid', payment: { status: 'completed' } },
			]);
		},
	);

	test('waits while the payment is being confirmed', async () => {
		const execution = await bench.wait();
		bench.simulator.control.configure({ confirmDelayMs: 700 });
		bench.simulator.control.payInvoice('INV-1');

		const page = await visit(execution.url, { ...SUCCESS, status: 'pending' });
		await execution.ended();

		expect(page.heading).toBe('Paid');
		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});

	test('resumes the execution after a failed payment with failedCounts', async () => {
		const execution = await bench.wait({ failedCounts: true });
		bench.simulator.control.failInvoice('INV-1');

		const page = await visit(execution.url, { ...SUCCESS, status: 'failed' });
		expect(page.heading).toBe('Payment not completed');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ status: 'failed', settled: true, payment: null }]);
	});

	test('who returns from a failed attempt does not end the wait for one that is being confirmed', async () => {
		const execution = await bench.wait({ failedCounts: true });
		bench.simulator.control.failInvoice('INV-1');
		bench.simulator.control.configure({ events: [], lagMs: 1_500 });
		bench.simulator.control.payInvoice('INV-1');

		const page = await visit(execution.url, { ...SUCCESS, status: 'failed' });
		expect(page.heading).toBe('Payment not completed');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});

	test('is not shown failed while another payment is being confirmed, and the execution waits for it', async () => {
		const execution = await bench.wait({ failedCounts: true });
		bench.simulator.control.failInvoice('INV-1');
		bench.simulator.control.configure({ lagMs: 1_000 });
		bench.simulator.control.payInvoice('INV-1');

		const page = await visit(execution.url, SUCCESS);
		await execution.ended();

		expect(page.heading).toBe('Paid');
		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});

	// Its address may be known to the customers of the other invoices.
	test('cannot tell one of several invoices of the execution from another one', async () => {
		const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
		const visits = [];
		for (const external_id of ['INV-1', 'INV-3']) {
			const before = Date.now();
			const { status, headers, body } = await visit(execution.url, { external_id });
			visits.push({ status, body, headers: headersOf(headers) });
			expect(Date.now() - before).toBeGreaterThanOrEqual(6_240);
			expect(Date.now() - before).toBeLessThan(6_240 + 1_000);
		}

		expect(visits[0]).toStrictEqual(visits[1]);
	});

	test.each([
		['no invoice', {}],
		['another invoice', { external_id: 'INV-2' }],
		['another invoice by its number', { reference_number: 'INV-42-002' }],
		['the number of another invoice', { external_id: 'INV-1', reference_number: 'INV-42-002' }],
	])('with %s sees no status, and RsomPay is not polled', async (_what, query) => {
		speedUp(5);
		await bench.create('INV-1', 'INV-2');
		bench.simulator.control.payInvoice('INV-2');
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const before = lookups().length;

		const page = await visit(execution.url, { status: 'success', ...query });

		expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
		expect(lookups()).toHaveLength(before);
		expect(execution.status).toBe('waiting');
	});

	test('sees the status without resuming the execution while other invoices are open', async () => {
		const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
		bench.simulator.control.payInvoice('INV-1');

		expect((await visit(execution.url, SUCCESS)).heading).toBe('Paid');
		expect((await visit(execution.url, SUCCESS)).heading).toBe('Paid');
		// After its response, each visit reads the other invoice.
		await bench.n8n.server.idle();
		expect(execution.status).toBe('waiting');

		bench.simulator.control.payInvoice('INV-2');
		expect(
			await visit(execution.url, { status: 'success', reference_number: 'INV-42-002' }),
		).toMatchObject({ heading: 'Paid' });
		await execution.ended();
		expect(outputs(execution)).toMatchObject([
			{ external_id: 'INV-1', settled: true },
			{ external_id: 'INV-2', settled: true },
		]);
	});

	test('does not overwrite the payment of an earlier webhook', async () => {
		const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
		bench.simulator.control.payInvoice('INV-1');
		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		await visit(execution.url, SUCCESS);
		await bench.n8n.server.idle();
		bench.simulator.control.payInvoice('INV-2');
		await visit(execution.url, { external_id: 'INV-2' });
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ payment: { uuid: expect.any(String) as unknown } },
			{ payment: transactionOf('INV-2') },
		]);
	});

	test.each<[string, () => void]>([
		[
			'responds with an error',
			() => bench.simulator.control.injectFault({ kind: 'status', status: 403 }),
		],
		[
			'responds with HTML',
			() => bench.simulator.control.injectFault({ kind: 'status', status: 404, body: '<html>' }),
		],
		['rejects the token', () => bench.credentials({ apiToken: 'another' })],
	])(
		'gets the page when RsomPay %s, and the execution stays suspended',
		async (_what, breakRsomPay) => {
			const execution = await bench.wait();
			bench.simulator.control.payInvoice('INV-1');
			breakRsomPay();

			const page = await visit(execution.url, SUCCESS);

			expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
			expect(logged('warn')).toHaveLength(1);
			expect(logged('warn')[0]?.message).toMatch(
				/^The invoice of a returning customer could not be confirmed: /,
			);
			expect(execution.status).toBe('waiting');

			bench.simulator.control.clearFaults();
			bench.credentials();
			await visit(execution.url, SUCCESS);
			expect((await execution.ended()).status).toBe('success');
		},
	);

	test('gets the page when the second lookup fails, and a webhook resumes the execution', async () => {
		const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'] });
		bench.simulator.control.payInvoice('INV-1');
		bench.simulator.control.payInvoice('INV-2');
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { nth: 2 } });

		expect((await visit(execution.url, SUCCESS)).heading).toBe('Paid');
		await until(() => logged('warn').length === 1);
		expect(execution.status).toBe('waiting');

		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		expect((await execution.ended()).status).toBe('success');
	});

	test('gets a page and the execution resumes once when a webhook arrives together with the customer', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const [page] = await Promise.all([
			visit(execution.url, SUCCESS),
			bench.deliver(execution, { payload: eventAbout('INV-1') }),
		]);
		const run = await execution.ended();

		// n8n itself responds once the execution has resumed.
		expect([200, 409]).toContain(page.status);
		expect(run.tasks('After')).toHaveLength(1);
	});

	test('gets the page when a webhook resumes the execution meanwhile', async () => {
		bench.simulator.control.configure({
			events: ['payment.completed'],
			webhookDelayMs: 0,
			confirmDelayMs: 700,
		});
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const page = await visit(execution.url, { ...SUCCESS, status: 'pending' });
		const run = await execution.ended();

		expect(page).toMatchObject({ status: 200, heading: 'Paid' });
		expect(run.tasks('After')).toHaveLength(1);
		expect(outputs(execution)).toMatchObject([{ payment: { status: 'completed' } }]);
	});

	test('sees the configured button and no other link', async () => {
		const execution = await bench.wait({ backUrl: 'https://partner.example.com/?a=1&b=2' });

		const page = await visit(execution.url, {
			...SUCCESS,
			external_id: 'x"><script>alert(1)</script>',
			url: 'https://evil.example.com',
		});

		expect(page.links).toStrictEqual(['https://partner.example.com/?a=1&amp;b=2']);
		expect(page.body).not.toContain('<script');
		expect(page.body).not.toContain('evil');
	});

	test('resumes the execution after a restart', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		await bench.n8n.restart();

		expect((await visit(execution.url, SUCCESS)).heading).toBe('Paid');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});
});

test('a return that says failed does not end a wait while a payment is reported, with failedCounts', async () => {
	const execution = await bench.wait({ failedCounts: true });
	bench.simulator.control.failInvoice('INV-1');
	expect((await bench.deliver(execution, { payload: eventAbout('INV-1') })).status).toBe(503);

	await visit(execution.url, { status: 'failed', external_id: 'INV-1' });
	await bench.n8n.server.idle();

	expect(execution.status).toBe('waiting');
});

describe('the invoice of a customer who returns by its own address', () => {
	const failed = { status: 'failed', external_id: 'INV-1', reference_number: 'INV-42-001' };

	const paymentUrl = () => bench.simulator.control.invoices()[0]?.payment_url ?? '';

	/** Waits for an invoice whose payment fails meanwhile. */
	const waitForFailed = async (...settings: Parameters<typeof bench.wait>) => {
		const execution = await bench.wait(...settings);
		bench.simulator.control.failInvoice('INV-1');
		return execution;
	};

	const shown = (body: string) =>
		[...body.matchAll(/<bdi>(.*?)<\/bdi>/g)].map(([, text = '']) => text.replace(/\s/g, ' '));

	test('has its payment link on the page after a failed attempt, and can be paid there', async () => {
		const execution = await bench.wait({ shopName: 'My Shop & Co' });
		bench.simulator.control.failInvoice('INV-1');

		const page = await visit(execution.returnUrl('INV-1'), failed);

		expect(page).toMatchObject({ heading: 'Payment not completed', links: [paymentUrl()] });
		expect(page.body).toContain('>Try again</a>');
		expect(shown(page.body)).toStrictEqual(['My Shop &amp; Co', 'INV-1', 'SAR 103.50']);
		expect(execution.status).toBe('waiting');

		bench.simulator.control.payInvoice('INV-1');
		const paid = await visit(execution.returnUrl('INV-1'), SUCCESS);
		expect(paid).toMatchObject({ heading: 'Paid', links: [] });
		expect(shown(paid.body)).toStrictEqual(['My Shop &amp; Co', 'INV-1', 'SAR 103.50']);
		await execution.ended();
	});

	test('has its payment link on the page of a customer who has not paid', async () => {
		speedUp(5);
		const execution = await bench.wait();

		const page = await visit(execution.returnUrl('INV-1'), { external_id: 'INV-1' });

		expect(page).toMatchObject({ heading: 'Not confirmed yet', links: [paymentUrl()] });
		expect(page.body).toContain('>Go to payment</a>');
		expect(shown(page.body)).toStrictEqual(['INV-1', 'SAR 103.50']);
	});

	test.each<[string, () => Promise<Execution>, Record<string, string>]>([
		['its URL says that it was paid', async () => await waitForFailed(), SUCCESS],
		[
			'the execution ends with the failed attempt',
			async () => await waitForFailed({ failedCounts: true }),
			failed,
		],
		[
			'a webhook has reported a payment',
			async () => {
				const execution = await waitForFailed();
				const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });
				expect(status).toBe(503);
				return execution;
			},
			failed,
		],
		[
			'RsomPay is confirming a payment',
			async () => {
				const execution = await bench.wait();
				bench.simulator.control.configure({ confirmDelayMs: 60_000 });
				bench.simulator.control.payInvoice('INV-1');
				return execution;
			},
			failed,
		],
	])('has no payment link when %s', async (_what, wait, query) => {
		const execution = await wait();
		// The invoice is polled for five seconds while it may be paid.
		speedUp(3);

		expect((await visit(execution.returnUrl('INV-1'), query)).links).toStrictEqual([]);
	});

	test.each([
		['no binding', (execution: Execution) => execution.url],
		['the binding of another invoice', (execution: Execution) => execution.returnUrl('INV-2')],
		['a made-up binding', (execution: Execution) => `${execution.url}&returned=${'0'.repeat(32)}`],
	])('has neither amount nor link at an address with %s', async (_what, addressOf) => {
		const execution = await waitForFailed({}, { ids: ['INV-1', 'INV-2'] });

		const own = await visit(execution.returnUrl('INV-1'), failed);
		const page = await visit(addressOf(execution), failed);

		expect(shown(own.body)).toStrictEqual(['INV-1', 'SAR 103.50']);
		expect(own.links).toStrictEqual([paymentUrl()]);
		expect(shown(page.body)).toStrictEqual(['INV-1']);
		expect(page.links).toStrictEqual([]);
	});

	test.each([
		[{}, 'SAR 103.50'],
		[{ currencyCode: ' ' }, 'SAR 103.50'],
		[{ currencyCode: 'USD' }, '$103.50'],
		// Only Create knows what its expression gave.
		[{ currencyCode: '={{ "USD" }}' }, '103.50'],
	])('has its amount in the currency of Create: %j', async (additionalFields, expected) => {
		const execution = await bench.wait({}, { create: { additionalFields } });
		bench.simulator.control.payInvoice('INV-1');

		expect(shown((await visit(execution.returnUrl('INV-1'), SUCCESS)).body)).toStrictEqual([
			'INV-1',
			expected,
		]);
	});

	test('has its amount without a currency when it was created elsewhere', async () => {
		await bench.create('INV-1');
		const execution = await bench.wait({}, { creates: false });
		bench.simulator.control.payInvoice('INV-1');

		expect(shown((await visit(execution.returnUrl('INV-1'), SUCCESS)).body)).toStrictEqual([
			'INV-1',
			'103.50',
		]);
	});
});

describe('with Redirect', () => {
	const REDIRECT = {
		customerAnswer: 'redirect',
		successUrl: 'https://partner.example.com/success?from=n8n',
		pendingUrl: 'https://partner.example.com/pending',
		failureUrl: 'https://partner.example.com/failure',
	};

	const QUERY = {
		...SUCCESS,
		url: 'https://evil.example.com',
		successUrl: 'https://evil.example.com',
		customerAnswer: 'page',
	};

	test.each([
		['paid', 'success', () => bench.simulator.control.payInvoice('INV-1')],
		['canceled', 'failed', () => bench.simulator.control.cancelInvoice('INV-1')],
	])(
		'a customer of an invoice that is %s is redirected, and the execution resumes',
		async (...[status, claimed, settle]) => {
			const execution = await bench.wait(REDIRECT);
			settle();

			const response = await visit(execution.returnUrl('INV-1'), { ...QUERY, status: claimed });

			const url = status === 'paid' ? `${REDIRECT.successUrl}&` : `${REDIRECT.failureUrl}?`;
			expect(response).toMatchObject({ status: 302, body: '' });
			expect(response.headers.get('location')).toBe(`${url}external_id=INV-1&status=${status}`);
			expect(response.headers.get('cache-control')).toBe('no-store');
			expect(response.headers.get('referrer-policy')).toBe('no-referrer');
			await execution.ended();
			expect(outputs(execution)).toMatchObject([{ status, settled: true }]);
		},
	);

	test.each([
		['failed', 'failed', 'failureUrl', 'failed'],
		// Another payment may be on its way.
		['failed', 'success', 'pendingUrl', 'pending'],
		['issued', 'success', 'pendingUrl', 'pending'],
	] as const)(
		'of an invoice that is %s, with status=%s, is redirected to the %s, and the execution waits',
		async (status, claimed, target, added) => {
			speedUp(5);
			const execution = await bench.wait(REDIRECT);
			if (status === 'failed') bench.simulator.control.failInvoice('INV-1');

			const { headers } = await visit(execution.returnUrl('INV-1'), { ...QUERY, status: claimed });

			expect(headers.get('location')).toBe(`${REDIRECT[target]}?external_id=INV-1&status=${added}`);
			expect(execution.status).toBe('waiting');
		},
	);

	test('cannot tell an invoice of the execution from another one', async () => {
		speedUp(5);
		const execution = await bench.wait(REDIRECT);

		for (const external_id of ['INV-1', 'INV-2']) {
			const { status, headers } = await visit(execution.returnUrl('INV-1'), { external_id });
			expect(status).toBe(302);
			expect(headers.get('location')).toBe(
				`${REDIRECT.pendingUrl}?external_id=${external_id}&status=pending`,
			);
		}
	});

	test('is redirected by the settings at the time of the wait, after a restart too', async () => {
		const execution = await bench.wait(REDIRECT);
		bench.simulator.control.payInvoice('INV-1');
		await bench.n8n.restart();

		const { headers } = await visit(execution.returnUrl('INV-1'), SUCCESS);

		expect(headers.get('location')).toBe(`${REDIRECT.successUrl}&external_id=INV-1&status=paid`);
		await execution.ended();
	});

	test('fails before anything is awaited when a URL is wrong', async () => {
		const execution = await bench.wait({ ...REDIRECT, pendingUrl: '/pending' });

		expect(execution.status).toBe('error');
		expect(execution.soFar().error?.message).toContain("'Pending URL' must be a whole address");
	});
});
