import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { logged } from './harness/logs.mts';
import { eventAbout } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { speedUp, advanceClock } from './harness/time.mts';
import { headersOf, visit } from './harness/visit.mts';
import type { PublishedWorkflow } from './harness/published-workflow.mts';

const bench = useRsomPay();

/** An ID of this test alone: the trigger caches unknown invoices. */
let id = '';

beforeEach(() => {
	id = `INV-${randomUUID()}`;
	bench.simulator.control.configure({ events: [] });
});

const lookups = () => bench.simulator.control.requests().filter(({ method }) => method === 'GET');

const publish = async (parameters: INodeParameters = {}) =>
	await bench.publish({ parameters: { events: ['customer.returned'], ...parameters } });

/** A trigger that does not poll. A page that is not certain is sent after three seconds all the same. */
const publishWithoutPolling = async (parameters: INodeParameters = {}) =>
	await publish({ ...parameters, options: { confirmSeconds: 0 } });

/** The query that RsomPay adds to the return URL after a successful payment. */
const success = (): Record<string, string> => ({
	status: 'success',
	external_id: id,
	reference_number: 'INV-42-001',
	payment_reference: 'GW-123',
	amount_paid: '103.5',
	currency_code: 'SAR',
	payment_method: 'card',
});

const startedWith = (workflow: PublishedWorkflow): IDataObject[] =>
	workflow.executions.flatMap(({ items }) => items.map(({ json }) => json));

const CHANGE_TO = {
	issued: () => undefined,
	paid: () => bench.simulator.control.payInvoice(id),
	failed: () => bench.simulator.control.failInvoice(id),
	canceled: () => bench.simulator.control.cancelInvoice(id),
};

/** Creates the invoice and changes its status. */
const createAs = async (status: keyof typeof CHANGE_TO) => {
	await bench.create(id);
	CHANGE_TO[status]();
};

const PAID = /\bpaid\b|payment has been received|تم الدفع|وصلتنا/i;

const OUTCOMES = [
	['paid', 'success', 'Paid', 'تم الدفع'],
	['failed', 'failed', 'Payment not completed', 'لم يكتمل الدفع'],
	['canceled', 'failed', 'Invoice canceled', 'أُلغيت الفاتورة'],
	['issued', 'pending', 'Not confirmed yet', 'لم يتأكد الدفع بعد'],
] as const;

describe('a customer who returns', () => {
	test.each(OUTCOMES)(
		'of an invoice that is %s sees that, and the workflow starts with the invoice of RsomPay',
		async (status, claimedStatus, heading, arabicHeading) => {
			await createAs(status);
			const workflow = await publish({ options: { confirmSeconds: 0 } });
			const claimed = { ...success(), status: claimedStatus };

			const page = await visit(workflow.url, claimed);
			const arabic = await visit(workflow.url, claimed, 'ar');

			expect(page).toMatchObject({ status: 200, heading, language: 'en', direction: 'ltr' });
			expect(arabic).toMatchObject({
				status: 200,
				heading: arabicHeading,
				language: 'ar',
				direction: 'rtl',
			});
			expect(PAID.test(page.body)).toBe(status === 'paid');
			expect(startedWith(workflow)).toStrictEqual([
				{
					event: 'customer.returned',
					confirmed_invoice: bench.simulator.control.invoices()[0],
					confirmed_paid: status === 'paid',
					claimed,
				},
			]);
			expect(bench.simulator.control.invoices()).toMatchObject([{ status }]);
		},
	);

	test.each([
		['ar-SA,ar;q=0.9,en-US;q=0.8', 'ar'],
		['en-GB,en;q=0.9,ar;q=0.8', 'en'],
		['fr-FR,fr;q=0.9', 'en'],
		['fr,ar;q=0.5', 'ar'],
		['*', 'en'],
		['ar;q=0', 'en'],
		['not/a language;;;', 'en'],
	])('whose browser accepts %s gets the page in %s', async (languages, language) => {
		await createAs('paid');
		const workflow = await publish();

		expect(await visit(workflow.url, success(), languages)).toMatchObject({ language });
	});

	test('gets a page that is not cached, framed or scripted', async () => {
		await createAs('paid');
		const workflow = await publish();

		const first = await visit(workflow.url, success());
		// The second one starts nothing, and n8n then sends other headers.
		const second = await visit(workflow.url, success());

		expect(first.headers.get('content-security-policy')).toMatch(/^sandbox /);
		expect(second.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
		for (const { headers, body } of [first, second]) {
			expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
			expect(headers.get('cache-control')).toBe('no-store');
			expect(headers.get('referrer-policy')).toBe('no-referrer');
			expect(headers.get('x-content-type-options')).toBe('nosniff');
			expect(headers.get('x-frame-options')).toBe('DENY');
			expect(headers.get('vary')).toContain('Accept-Language');
			expect(body).toMatch(
				/http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/,
			);
			expect(body).not.toMatch(/<script|\bon\w+=|<link|<img|<iframe|url\(|@import/i);
			expect(body.match(/https?:/g)).toBeNull();
		}
	});

	test('sees the configured button', async () => {
		await createAs('paid');
		const plain = await publish();
		const linked = await publish({ backUrl: 'https://partner.example.com/thanks?a=1&b="2"' });

		expect((await visit(plain.url, success())).links).toStrictEqual([]);
		expect((await visit(linked.url, success())).links).toStrictEqual([
			'https://partner.example.com/thanks?a=1&amp;b=&quot;2&quot;',
		]);
	});

	test.each([
		['GET', 'customer.returned', 1],
		['GET', '*', 0],
		['GET', 'payment.completed', 0],
	])(
		'by %s with the event %s selected starts %i executions, and always gets the page',
		async (_method, event, count) => {
			await createAs('paid');
			const workflow = await publish({ events: [event] });

			expect(await visit(workflow.url, success())).toMatchObject({ status: 200, heading: 'Paid' });
			expect(workflow.executions).toHaveLength(count);
		},
	);

	test('is looked up by the reference number when there is no external ID', async () => {
		await createAs('paid');
		const workflow = await publish();

		const page = await visit(workflow.url, { status: 'success', reference_number: 'INV-42-001' });

		expect(page.heading).toBe('Paid');
		expect(page.body).toContain('INV-42-001');
		expect(page.body).not.toContain(id);
		expect(lookups()).toMatchObject([{ query: { reference_number: 'INV-42-001' } }]);
		expect(startedWith(workflow)).toMatchObject([
			{
				confirmed_invoice: { external_id: id },
				claimed: { status: 'success', reference_number: 'INV-42-001' },
			},
		]);
	});

	test('starts the workflow with the headers of the request with Include Headers', async () => {
		await createAs('paid');
		const workflow = await publish({ options: { includeHeaders: true } });

		await fetch(`${workflow.url}?external_id=${id}`, {
			headers: { 'x-shop': 'one', cookie: 'session=secret', authorization: 'Basic secret' },
		});

		expect(startedWith(workflow)).toMatchObject([{ headers: { 'x-shop': 'one' } }]);
		expect(JSON.stringify(startedWith(workflow))).not.toContain('secret');
	});

	test('leaves no token or secret of the credential in the stored data, the log or the page', async () => {
		await createAs('paid');
		const workflow = await publish({ options: { includeHeaders: true } });

		const { body, headers } = await visit(workflow.url, success());
		const run = await workflow.executions[0]?.finished;

		let text = `${run?.everything()} ${body}`;
		headers.forEach((value) => (text += value));
		expect(text).toContain(id);
		expect(text).not.toContain(bench.simulator.apiToken);
		expect(text).not.toContain(bench.simulator.signingSecret);
	});
});

test('the page of a pending invoice links to itself, whatever the query is', async () => {
	await createAs('issued');
	const workflow = await publishWithoutPolling({ backUrl: 'https://partner.example.com' });

	for (const query of [success(), { external_id: 'x"><script>' }, {}, '?status=success']) {
		expect(await visit(workflow.url, query)).toMatchObject({
			heading: 'Not confirmed yet',
			links: ['', 'https://partner.example.com'],
		});
	}
});

test.each(['paid', 'failed', 'canceled'] as const)(
	'the page of an invoice that is %s has no amount and no payment link: an ID can be guessed',
	async (status) => {
		await createAs(status);
		const workflow = await publish({ shopName: 'My Shop & Co' });

		const { body, links } = await visit(workflow.url, { external_id: id });

		expect(links).toStrictEqual([]);
		expect(body).not.toContain('103');
		expect(body).toContain('<bdi>My Shop &amp; Co</bdi>');
	},
);

describe('polls while the payment is being confirmed', () => {
	test('until an issued invoice is paid', async () => {
		await createAs('issued');
		const workflow = await publish();
		bench.simulator.control.onRequest(() => {
			if (lookups().length === 3) CHANGE_TO.paid();
		});

		const page = await visit(workflow.url, { ...success(), status: 'pending' });

		expect(page.heading).toBe('Paid');
		expect(startedWith(workflow)).toMatchObject([
			{
				confirmed_paid: true,
				confirmed_invoice: { status: 'paid' },
				claimed: { status: 'pending' },
			},
		]);
		const times = lookups().map(({ receivedAt }) => receivedAt);
		expect(times).toHaveLength(3);
		const [first = 0, second = 0, third = 0] = times;
		expect(second - first).toBeGreaterThanOrEqual(490);
		expect(third - second).toBeGreaterThanOrEqual(740);
	});

	test('until a pending invoice is paid', async () => {
		await createAs('issued');
		const workflow = await publish();
		bench.simulator.control.configure({ confirmDelayMs: 1_000 });
		CHANGE_TO.paid();

		const page = await visit(workflow.url, { ...success(), status: 'pending' });

		expect(page.heading).toBe('Paid');
		expect(startedWith(workflow)).toMatchObject([
			{ confirmed_paid: true, confirmed_invoice: { status: 'paid' } },
		]);
		expect(lookups().length).toBeGreaterThanOrEqual(2);
	});

	test.each([
		[undefined, 5_000],
		[2, 2_000],
		[30, 30_000],
		[0, 0],
	])('for at most confirmSeconds (%j)', async (confirmSeconds, ms) => {
		await createAs('issued');
		const workflow = await publish(
			confirmSeconds === undefined ? {} : { options: { confirmSeconds } },
		);
		speedUp(2);

		const before = Date.now();
		const page = await visit(workflow.url, success());

		expect(page.heading).toBe('Not confirmed yet');
		const polls = lookups();
		// What was received just before the limit is not requested again.
		expect(polls.at(-1)?.receivedAt).toBeGreaterThanOrEqual(before + ms - 400);
		// Only the last lookup may end after the limit.
		const limit = (polls[0]?.receivedAt ?? 0) + ms;
		for (const { answeredAt } of polls.slice(0, -1)) expect(answeredAt).toBeLessThanOrEqual(limit);
		expect(startedWith(workflow)).toMatchObject([
			{ confirmed_paid: false, confirmed_invoice: { status: 'issued' } },
		]);
	});

	test.each([
		['paid', 'success'],
		['failed', 'failed'],
		['canceled', 'success'],
	] as const)(
		'once when the invoice is %s and the query says %s',
		async (status, claimedStatus) => {
			await createAs(status);
			const workflow = await publish();

			await visit(workflow.url, { ...success(), status: claimedStatus });

			expect(lookups()).toHaveLength(1);
		},
	);

	test('once for customers who return together', async () => {
		await bench.create(id);
		bench.simulator.control.configure({ confirmDelayMs: 300 });
		CHANGE_TO.paid();
		const workflow = await publish();

		const pages = await Promise.all(
			Array.from({ length: 10 }, async () => await visit(workflow.url, success())),
		);

		expect(pages.map(({ heading }) => heading)).toStrictEqual(Array(10).fill('Paid'));
		expect(lookups().length).toBeLessThanOrEqual(3);
		expect(workflow.executions).toHaveLength(1);
	});
});

describe('the query proves nothing', () => {
	test.each(['issued', 'canceled'] as const)(
		'status=success for an invoice that is %s does not show paid',
		async (status) => {
			await createAs(status);
			const workflow = await publish({ options: { confirmSeconds: 0 } });

			const pages = [
				await visit(workflow.url, success()),
				await visit(workflow.url, { ...success(), confirmed_paid: 'true', paid: '1' }),
			];

			for (const { body } of pages) expect(body).not.toMatch(PAID);
			expect(startedWith(workflow)).toMatchObject([
				{ confirmed_paid: false, confirmed_invoice: { status }, claimed: { status: 'success' } },
			]);
			expect(Object.keys(startedWith(workflow)[0] ?? {}).sort()).toStrictEqual([
				'claimed',
				'confirmed_invoice',
				'confirmed_paid',
				'event',
			]);
		},
	);

	test('status=failed for a paid invoice shows paid', async () => {
		await createAs('paid');
		const workflow = await publish();

		expect((await visit(workflow.url, { ...success(), status: 'failed' })).heading).toBe('Paid');
		expect(startedWith(workflow)).toMatchObject([
			{ confirmed_paid: true, claimed: { status: 'failed' } },
		]);
	});

	test('an amount in the query stays in claimed', async () => {
		await createAs('paid');
		const workflow = await publish();

		await visit(workflow.url, { ...success(), amount_paid: '1', amount: '1' });

		expect(startedWith(workflow)).toMatchObject([
			{ confirmed_invoice: { amount: 103.5 }, claimed: { amount_paid: '1' } },
		]);
		expect(startedWith(workflow)[0]?.claimed).not.toHaveProperty('amount');
	});

	test.each([
		['this one is paid', () => id],
		['the other one is paid', () => 'INV-OTHER'],
	])('with the reference number of another invoice says nothing when %s', async (_what, paid) => {
		await bench.create(id, 'INV-OTHER');
		bench.simulator.control.payInvoice(paid());
		const workflow = await publishWithoutPolling();

		const page = await visit(workflow.url, { ...success(), reference_number: 'INV-42-002' });

		expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
		expect(page.body).not.toMatch(PAID);
		expect(page.body).not.toContain(id);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('an unknown invoice starts nothing and is looked up once a minute', async () => {
		const workflow = await publishWithoutPolling();

		for (let visits = 0; visits < 3; visits++) {
			const page = await visit(workflow.url, success());
			expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
			expect(page.body).not.toContain(id);
		}
		expect(lookups()).toHaveLength(1);
		advanceClock(50_000);
		await visit(workflow.url, success());
		expect(lookups()).toHaveLength(1);

		advanceClock(15_000);
		await visit(workflow.url, success());
		expect(lookups()).toHaveLength(2);
		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toStrictEqual([]);
	});

	test('each of many unknown invoices is looked up once', async () => {
		const workflow = await publish({ options: { confirmSeconds: 3 } });
		const ids = Array.from({ length: 8 }, () => `INV-${randomUUID()}`);

		for (let round = 0; round < 2; round++) {
			await Promise.all(ids.map(async (external_id) => await visit(workflow.url, { external_id })));
		}

		expect(lookups()).toHaveLength(8);
		expect(workflow.executions).toStrictEqual([]);
	});

	test.each<[string, () => Record<string, string> | string]>([
		['nothing', () => ''],
		['no reference', () => ({ status: 'success' })],
		['an empty reference', () => ({ status: 'success', external_id: '', reference_number: '' })],
		['a blank reference', () => ({ status: 'success', external_id: '  ' })],
		['several references', () => `external_id=${id}&external_id=INV-OTHER`],
		['a list', () => `external_id[]=${id}`],
		['an object', () => `external_id[$ne]=1&external_id[toString]=1`],
		['a reference that is too long', () => ({ external_id: id + 'x'.repeat(256) })],
		['a reference as long as n8n accepts', () => ({ external_id: 'x'.repeat(14_000) })],
		[
			'a thousand other parameters',
			() => new URLSearchParams(Array.from({ length: 1_000 }, (_, n) => [`a${n}`, 'b'])).toString(),
		],
		['a prototype', () => '__proto__[external_id]=x&constructor[prototype][external_id]=x'],
	])('%s causes no lookup and starts nothing', async (_what, query) => {
		await createAs('paid');
		const workflow = await publish();

		const page = await visit(workflow.url, query());

		expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
		expect(page.body).not.toMatch(PAID);
		expect(lookups()).toStrictEqual([]);
		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toStrictEqual([]);
	});

	test('parameters that are not text are left out', async () => {
		await createAs('paid');
		const workflow = await publish();

		await visit(
			workflow.url,
			`external_id=${id}&status[]=success&amount_paid[x]=1&currency_code=${'x'.repeat(300)}&payment_method=card&other=1`,
		);

		expect(startedWith(workflow)).toMatchObject([{ confirmed_paid: true }]);
		expect(startedWith(workflow)[0]?.claimed).toEqual({
			external_id: id,
			payment_method: 'card',
		});
	});

	test('markup in any parameter is escaped on the page', async () => {
		speedUp(5);
		const markup = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`;
		id += markup;
		await createAs('paid');
		const workflow = await publish({ backUrl: 'https://partner.example.com' });
		const query = {
			...Object.fromEntries(Object.keys(success()).map((name) => [name, markup])),
			external_id: id,
			reference_number: 'INV-42-001',
		};

		const known = await visit(workflow.url, { ...query, lang: markup, [markup]: markup });
		const unknown = await visit(workflow.url, { ...query, external_id: `${markup} unknown` });

		expect(known.heading).toBe('Paid');
		expect(known.body).toContain('&lt;script&gt;');
		for (const { body } of [known, unknown]) {
			expect(body).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
		}
		expect(unknown.body).not.toContain('script');
		expect(startedWith(workflow)).toHaveLength(1);
	});
});

describe('when the lookup fails', () => {
	const fault =
		(fault: { kind: 'drop' } | { kind: 'status'; status: number; body?: unknown }) => () =>
			bench.simulator.control.injectFault(fault);

	test.each<[string, () => void]>([
		['responds with an error', fault({ kind: 'status', status: 500 })],
		['closes the connection', fault({ kind: 'drop' })],
		['rejects the token', () => bench.credentials({ apiToken: 'another' })],
		['responds with HTML', fault({ kind: 'status', status: 200, body: '<html>paid</html>' })],
		['responds with 404 and HTML', fault({ kind: 'status', status: 404, body: '<html>' })],
		['responds with 429', fault({ kind: 'status', status: 429 })],
		['responds with other data', fault({ kind: 'status', status: 200, body: { status: 'paid' } })],
		['has an invalid base URL', () => bench.credentials({ baseUrl: 'nowhere' })],
	])(
		'because RsomPay %s, the customer gets the page, and nothing starts or is stored',
		async (_what, breakRsomPay) => {
			await createAs('paid');
			const workflow = await publish({ options: { confirmSeconds: 0 } });
			breakRsomPay();

			const page = await visit(workflow.url, success());

			expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
			expect(page.body).not.toMatch(PAID);
			expect(workflow.executions).toStrictEqual([]);
			expect(workflow.failures).toStrictEqual([]);
			expect(logged('warn')).toHaveLength(1);

			bench.simulator.control.clearFaults();
			bench.credentials();
			expect((await visit(workflow.url, success())).heading).toBe('Paid');
			expect(workflow.executions).toHaveLength(1);
		},
	);

	test('RsomPay is not polled again, so that customers do not add load', async () => {
		speedUp(5);
		await createAs('paid');
		const workflow = await publish();
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });

		expect((await visit(workflow.url, success())).heading).toBe('Not confirmed yet');
		expect(lookups()).toHaveLength(1);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('the last successful response counts', async () => {
		await createAs('issued');
		const workflow = await publish({ options: { confirmSeconds: 1 } });
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { skip: 1 } });

		expect((await visit(workflow.url, success())).heading).toBe('Not confirmed yet');
		expect(startedWith(workflow)).toMatchObject([{ confirmed_invoice: { status: 'issued' } }]);
	});
});

describe('a repeated return', () => {
	test('starts the workflow once for each status', async () => {
		await createAs('failed');
		const workflow = await publish();

		const failed = { ...success(), status: 'failed' };
		for (let visits = 0; visits < 2; visits++) await visit(workflow.url, failed);
		CHANGE_TO.paid();
		for (let visits = 0; visits < 2; visits++) await visit(workflow.url, success());

		expect(startedWith(workflow)).toMatchObject([
			{ confirmed_paid: false, confirmed_invoice: { status: 'failed' } },
			{ confirmed_paid: true, confirmed_invoice: { status: 'paid' } },
		]);
	});

	test('starts it once for any query and either reference', async () => {
		await createAs('paid');
		const workflow = await publish();

		await visit(workflow.url, success());
		await visit(workflow.url, { external_id: id });
		await visit(workflow.url, { reference_number: 'INV-42-001' });

		expect(workflow.executions).toHaveLength(1);
	});

	test('starts it once across a restart', async () => {
		await createAs('paid');
		const workflow = await publish();
		await visit(workflow.url, success());

		await bench.n8n.restart();

		expect((await visit(workflow.url, success())).heading).toBe('Paid');
		expect(workflow.executions).toHaveLength(1);
	});

	test('starts it once for two at the same time', async () => {
		await createAs('paid');
		const workflow = await publish();
		const both = Promise.withResolvers<undefined>();
		workflow.onAccept = async () => await both.promise;

		const first = visit(workflow.url, success());
		const second = visit(workflow.url, success());
		const firstPage = await Promise.race([first, second]);
		both.resolve(undefined);
		await Promise.all([first, second]);

		expect(firstPage.heading).toBe('Paid');
		expect(workflow.executions).toHaveLength(1);
	});

	test('is not one for another invoice or another workflow', async () => {
		await bench.create(id, `${id}-2`);
		CHANGE_TO.paid();
		bench.simulator.control.payInvoice(`${id}-2`);
		const [first, second] = [await publish(), await publish()];

		await visit(first.url, success());
		await visit(first.url, { external_id: `${id}-2` });
		await visit(second.url, success());

		expect([first.executions.length, second.executions.length]).toStrictEqual([2, 1]);
	});

	test('is not one when n8n did not accept the first', async () => {
		await createAs('paid');
		const workflow = await publish();
		workflow.onAccept = () => {
			throw new Error('SQLITE_BUSY: database is locked');
		};

		const failed = await visit(workflow.url, success());
		await bench.n8n.restart();
		const failedAgain = await visit(workflow.url, success());
		workflow.onAccept = () => undefined;
		const accepted = await visit(workflow.url, success());
		await visit(workflow.url, success());

		expect([failed.status, failedAgain.status, accepted.status]).toStrictEqual([500, 500, 200]);
		expect(accepted.heading).toBe('Paid');
		expect(workflow.executions).toHaveLength(1);
	});

	test('is recognized for 72 hours', async () => {
		await createAs('paid');
		const workflow = await publish();
		await visit(workflow.url, success());

		advanceClock(71 * 3_600_000);
		await visit(workflow.url, success());
		expect(workflow.executions).toHaveLength(1);
		advanceClock(2 * 3_600_000);
		await visit(workflow.url, success());
		expect(workflow.executions).toHaveLength(2);
	});

	test('starts it each time in the editor and stores nothing', async () => {
		await createAs('paid');
		const workflow = await publish();
		workflow.mode = 'manual';

		for (let visits = 0; visits < 2; visits++) {
			expect((await visit(workflow.url, success())).heading).toBe('Paid');
		}

		expect(workflow.executions).toHaveLength(2);
		expect(workflow.staticData()).toStrictEqual({});
	});

	test('starts nothing in the editor when Customer Returned is not selected', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['*'] });
		workflow.mode = 'manual';

		expect((await visit(workflow.url, success())).heading).toBe('Paid');
		expect(workflow.executions).toStrictEqual([]);
	});
});

describe('while another payment is being confirmed after a failed attempt', () => {
	/** RsomPay still says failed for a while. */
	const payAfterFailure = async (lagMs: number) => {
		await createAs('failed');
		bench.simulator.control.configure({ lagMs });
		CHANGE_TO.paid();
	};

	test.each(['success', 'pending'])(
		'a customer who returns with status=%s is not shown failed, but paid',
		async (status) => {
			await payAfterFailure(1_000);
			const workflow = await publish();

			const page = await visit(workflow.url, { ...success(), status });

			expect(page.heading).toBe('Paid');
			expect(startedWith(workflow)).toMatchObject([
				{ confirmed_paid: true, confirmed_invoice: { status: 'paid' } },
			]);
		},
	);

	test('a customer is shown that it is not certain when RsomPay needs longer, and nothing starts', async () => {
		await payAfterFailure(60_000);
		const workflow = await publish({ options: { confirmSeconds: 1 } });

		const page = await visit(workflow.url, success());

		expect(page.heading).toBe('Not confirmed yet');
		expect(page.body).not.toContain(id);
		expect(lookups().length).toBeGreaterThanOrEqual(2);
		expect(startedWith(workflow)).toStrictEqual([]);
	});

	test('a customer is redirected to the pending URL, not to the failure URL', async () => {
		await payAfterFailure(60_000);
		const workflow = await publishWithoutPolling({
			customerAnswer: 'redirect',
			successUrl: 'https://partner.example.com/success',
			pendingUrl: 'https://partner.example.com/pending',
			failureUrl: 'https://partner.example.com/failure',
		});

		const { headers } = await visit(workflow.url, success());

		expect(headers.get('location')).toBe(
			`https://partner.example.com/pending?external_id=${id}&status=pending`,
		);
		expect(startedWith(workflow)).toStrictEqual([]);
	});

	test.each(['failed', ''])(
		'a customer who returns with status=%s is shown failed',
		async (status) => {
			await payAfterFailure(60_000);
			const workflow = await publish();

			const page = await visit(workflow.url, { ...success(), status });

			expect(page.heading).toBe('Payment not completed');
			expect(lookups()).toHaveLength(1);
			expect(startedWith(workflow)).toMatchObject([{ confirmed_invoice: { status: 'failed' } }]);
		},
	);
});

describe('strangers', () => {
	/** Opens the URL several times at once, and measures how long each visit takes. */
	const visitAll = async (url: string, queries: Array<Record<string, string>>) =>
		await Promise.all(
			queries.map(async (query) => {
				const before = Date.now();
				const page = await visit(url, query);
				return { ...page, ms: Date.now() - before };
			}),
		);

	const randomIds = (count: number) =>
		Array.from({ length: count }, () => ({ status: 'success', external_id: `NO-${randomUUID()}` }));

	/** A trigger with a credential of its own: the pause after a 429 is per credential. */
	const publishFor = async (confirmSeconds: number, credentialId = randomUUID()) =>
		await bench.publish({
			parameters: { events: ['customer.returned'], options: { confirmSeconds } },
			credentials: bench.credentials({}, credentialId),
		});

	test('with random IDs cause a handful of requests while RsomPay responds with 429', async () => {
		const workflow = await publishFor(0);
		bench.simulator.control.injectFault({ kind: 'status', status: 429, retryAfter: 60 });

		for (let round = 0; round < 2; round++) {
			for (const { heading } of await visitAll(workflow.url, randomIds(20)))
				expect(heading).toBe('Not confirmed yet');
		}

		expect(lookups().length).toBeGreaterThanOrEqual(1);
		expect(lookups().length).toBeLessThanOrEqual(4);
		// The 429, and those that could not be sent in time.
		expect(logged('warn').length).toBeLessThanOrEqual(2);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('are not asked for until Retry-After has passed, also at another trigger of the account', async () => {
		await createAs('paid');
		const credentialId = randomUUID();
		const one = await publishFor(0, credentialId);
		const other = await publishFor(0, credentialId);
		bench.simulator.control.injectFault({
			kind: 'status',
			status: 429,
			retryAfter: 50,
			match: { method: 'GET', times: 1 },
		});

		for (const { url } of [one, other, one])
			expect((await visit(url, success())).heading).toBe('Not confirmed yet');
		advanceClock(20_000);
		expect((await visit(other.url, success())).heading).toBe('Not confirmed yet');
		expect(lookups()).toHaveLength(1);

		advanceClock(30_000);
		expect((await visit(other.url, success())).heading).toBe('Paid');
		expect((await visit(one.url, success())).heading).toBe('Paid');
	});

	test('who come together while RsomPay hangs all get the page within the time', async () => {
		const workflow = await publishFor(1);
		bench.simulator.control.injectFault({ kind: 'hang' });

		for (const { status, heading, ms } of await visitAll(workflow.url, randomIds(20))) {
			expect({ status, heading }).toStrictEqual({ status: 200, heading: 'Not confirmed yet' });
			expect(ms).toBeGreaterThanOrEqual(3_240);
			// For a busy machine. Without a deadline for the queue it would be 25 seconds.
			expect(ms).toBeLessThan(8_000);
		}
		expect(lookups().length).toBeLessThanOrEqual(8);
	});

	test('cannot tell an invoice that exists from one that does not', async () => {
		await bench.create(id);
		const workflow = await publishFor(1);
		bench.simulator.control.configure({ latencyMs: 100 });
		const known = { status: 'success', external_id: id, reference_number: 'INV-42-001' };
		const queries = [
			known,
			{ ...known, external_id: `${id}-unknown` },
			{ ...known, reference_number: 'INV-42-999' },
		];

		const pages = [];
		for (let round = 0; round < 2; round++) {
			for (const query of queries) pages.push(...(await visitAll(workflow.url, [query])));
		}

		const shown = pages.map(({ status, headers, body }) =>
			JSON.stringify({ status, body, headers: headersOf(headers) }),
		);
		expect(new Set(shown).size).toBe(1);
		for (const { ms } of pages) {
			expect(ms).toBeGreaterThanOrEqual(3_240);
			expect(ms).toBeLessThan(3_250 + 1_000);
		}
		// The invoice that exists has started the workflow, once.
		expect(startedWith(workflow)).toMatchObject([{ confirmed_invoice: { external_id: id } }]);
	});
});

describe('together with webhooks', () => {
	test('each of the two starts the workflow once', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['payment.completed', 'customer.returned'] });
		const payload = eventAbout(id);

		for (let round = 0; round < 2; round++) {
			await visit(workflow.url, success());
			expect((await bench.deliver(workflow, { payload })).status).toBe(200);
			await bench.n8n.restart();
		}

		expect(startedWith(workflow).map(({ event }) => event)).toStrictEqual([
			'customer.returned',
			'payment.completed',
		]);
	});

	test('both are recognized when they arrive at the same time', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['*', 'customer.returned'] });
		const payload = eventAbout(id);

		await Promise.all([visit(workflow.url, success()), bench.deliver(workflow, { payload })]);
		await bench.n8n.restart();
		await visit(workflow.url, success());
		await bench.deliver(workflow, { payload });

		expect(workflow.executions).toHaveLength(2);
	});

	test('a webhook with the event customer.returned starts nothing', async () => {
		const workflow = await publish();

		const { status } = await bench.deliver(workflow, {
			payload: { event: 'customer.returned', event_id: randomUUID(), confirmed_paid: true },
		});

		expect(status).toBe(200);
		expect(workflow.executions).toStrictEqual([]);
	});
});
