import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { logged } from './harness/logs.mts';
import { eventAbout } from './harness/events.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { speedUp, advanceClock } from './harness/time.mts';
import { visit } from './harness/visit.mts';
import type { PublishedWorkflow } from './harness/published-workflow.mts';

const bench = useRsomPay();

/** An ID that no other test has asked for: the trigger remembers those that do not exist. */
let id = '';

beforeEach(() => {
	id = `INV-${randomUUID()}`;
	bench.simulator.control.configure({ events: [] });
});

const lookups = () => bench.simulator.control.requests().filter(({ method }) => method === 'GET');

const publish = async (parameters: INodeParameters = {}) =>
	await bench.publish({ parameters: { events: ['customer.returned'], ...parameters } });

/** What RsomPay puts behind the return URL for a payment that succeeded. */
const success = (): Record<string, string> => ({
	status: 'success',
	external_id: id,
	reference_number: 'INV-42-001',
	payment_reference: 'GW-123',
	amount_paid: '103.5',
	currency_code: 'SAR',
	payment_method: 'card',
});

const started = (workflow: PublishedWorkflow): IDataObject[] =>
	workflow.executions.flatMap(({ items }) => items.map(({ json }) => json));

const SETTLE = {
	issued: () => undefined,
	paid: () => bench.simulator.control.payInvoice(id),
	failed: () => bench.simulator.control.failInvoice(id),
	canceled: () => bench.simulator.control.cancelInvoice(id),
};

/** Creates the invoice and lets it become that. */
const createAs = async (status: keyof typeof SETTLE) => {
	await bench.create(id);
	SETTLE[status]();
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
		'when the invoice is %s: sees that, and the workflow starts with what RsomPay told',
		async (status, claims, heading, arabicHeading) => {
			await createAs(status);
			const workflow = await publish({ options: { confirmSeconds: 0 } });
			const claimed = { ...success(), status: claims };

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
			expect(started(workflow)).toStrictEqual([
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
	])('who accepts %s gets %s', async (languages, language) => {
		await createAs('paid');
		const workflow = await publish();

		expect(await visit(workflow.url, success(), languages)).toMatchObject({ language });
	});

	test('gets a page that nothing keeps, frames or scripts', async () => {
		await createAs('paid');
		const workflow = await publish();

		const first = await visit(workflow.url, success());
		// The second one starts nothing, which n8n answers in another way.
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

	test('finds the button that was set', async () => {
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
	])('%s with %s chosen starts %i, and always gets the page', async (_method, event, count) => {
		await createAs('paid');
		const workflow = await publish({ events: [event] });

		expect(await visit(workflow.url, success())).toMatchObject({ status: 200, heading: 'Paid' });
		expect(workflow.executions).toHaveLength(count);
	});

	test('by the reference number, where there is no external ID', async () => {
		await createAs('paid');
		const workflow = await publish();

		const page = await visit(workflow.url, { status: 'success', reference_number: 'INV-42-001' });

		expect(page.heading).toBe('Paid');
		expect(page.body).toContain('INV-42-001');
		expect(page.body).not.toContain(id);
		expect(lookups()).toMatchObject([{ query: { reference_number: 'INV-42-001' } }]);
		expect(started(workflow)).toMatchObject([
			{
				confirmed_invoice: { external_id: id },
				claimed: { status: 'success', reference_number: 'INV-42-001' },
			},
		]);
	});

	test('brings the headers of the request, if they are wanted', async () => {
		await createAs('paid');
		const workflow = await publish({ options: { includeHeaders: true } });

		await fetch(`${workflow.url}?external_id=${id}`, {
			headers: { 'x-shop': 'one', cookie: 'session=secret', authorization: 'Basic secret' },
		});

		expect(started(workflow)).toMatchObject([{ headers: { 'x-shop': 'one' } }]);
		expect(JSON.stringify(started(workflow))).not.toContain('secret');
	});

	test('with no token or secret of the credential in anything that is stored, logged or shown', async () => {
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

describe('while the payment is being confirmed', () => {
	test('(issued) RsomPay is asked again for a little', async () => {
		await createAs('issued');
		const workflow = await publish();
		bench.simulator.control.onRequest(() => {
			if (lookups().length === 3) SETTLE.paid();
		});

		const page = await visit(workflow.url, { ...success(), status: 'pending' });

		expect(page.heading).toBe('Paid');
		expect(started(workflow)).toMatchObject([
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

	test('(pending) RsomPay is asked again for a little', async () => {
		await createAs('issued');
		const workflow = await publish();
		bench.simulator.control.configure({ confirmDelayMs: 1_000 });
		SETTLE.paid();

		const page = await visit(workflow.url, { ...success(), status: 'pending' });

		expect(page.heading).toBe('Paid');
		expect(started(workflow)).toMatchObject([
			{ confirmed_paid: true, confirmed_invoice: { status: 'paid' } },
		]);
		expect(lookups().length).toBeGreaterThanOrEqual(2);
	});

	test.each([
		[undefined, 5_000],
		[2, 2_000],
		[30, 30_000],
		[0, 0],
	])('at most as long as is set (%j)', async (confirmSeconds, ms) => {
		await createAs('issued');
		const workflow = await publish(
			confirmSeconds === undefined ? {} : { options: { confirmSeconds } },
		);
		speedUp(20);

		const before = Date.now();
		const page = await visit(workflow.url, success());

		expect(page.heading).toBe('Not confirmed yet');
		const last = (lookups().at(-1)?.receivedAt ?? 0) - before;
		expect(last).toBeGreaterThanOrEqual(ms);
		// A busy machine takes its time, and 20 times as much here.
		expect(last).toBeLessThan(1.5 * ms + 8_000);
		expect(started(workflow)).toMatchObject([
			{ confirmed_paid: false, confirmed_invoice: { status: 'issued' } },
		]);
	});

	test.each(['paid', 'failed', 'canceled'] as const)('not when it is %s', async (status) => {
		await createAs(status);
		const workflow = await publish();

		await visit(workflow.url, success());

		expect(lookups()).toHaveLength(1);
	});

	test('those who return together share the question', async () => {
		await bench.create(id);
		bench.simulator.control.configure({ confirmDelayMs: 300 });
		SETTLE.paid();
		const workflow = await publish();

		const pages = await Promise.all(
			Array.from({ length: 10 }, async () => await visit(workflow.url, success())),
		);

		expect(pages.map(({ heading }) => heading)).toStrictEqual(Array(10).fill('Paid'));
		expect(lookups().length).toBeLessThanOrEqual(3);
		expect(workflow.executions).toHaveLength(1);
	});
});

describe('the query is never believed', () => {
	test.each(['issued', 'failed', 'canceled'] as const)(
		'status=success for an invoice that is %s says nothing of paid',
		async (status) => {
			await createAs(status);
			const workflow = await publish({ options: { confirmSeconds: 0 } });

			const pages = [
				await visit(workflow.url, success()),
				await visit(workflow.url, { ...success(), confirmed_paid: 'true', paid: '1' }),
			];

			for (const { body } of pages) expect(body).not.toMatch(PAID);
			expect(started(workflow)).toMatchObject([
				{ confirmed_paid: false, confirmed_invoice: { status }, claimed: { status: 'success' } },
			]);
			expect(Object.keys(started(workflow)[0] ?? {}).sort()).toStrictEqual([
				'claimed',
				'confirmed_invoice',
				'confirmed_paid',
				'event',
			]);
		},
	);

	test('status=failed for one that is paid does not hide that', async () => {
		await createAs('paid');
		const workflow = await publish();

		expect((await visit(workflow.url, { ...success(), status: 'failed' })).heading).toBe('Paid');
		expect(started(workflow)).toMatchObject([
			{ confirmed_paid: true, claimed: { status: 'failed' } },
		]);
	});

	test('an amount of its own stays among what it claims', async () => {
		await createAs('paid');
		const workflow = await publish();

		await visit(workflow.url, { ...success(), amount_paid: '1', amount: '1' });

		expect(started(workflow)).toMatchObject([
			{ confirmed_invoice: { amount: 103.5 }, claimed: { amount_paid: '1' } },
		]);
		expect(started(workflow)[0]?.claimed).not.toHaveProperty('amount');
	});

	test('the number of another invoice does not make this one paid', async () => {
		await bench.create(id, 'INV-OTHER');
		bench.simulator.control.payInvoice('INV-OTHER');
		const workflow = await publish({ options: { confirmSeconds: 0 } });

		const page = await visit(workflow.url, { ...success(), reference_number: 'INV-42-002' });

		expect(page.body).not.toMatch(PAID);
		expect(started(workflow)).toMatchObject([{ confirmed_paid: false }]);
	});

	test('an unknown invoice starts nothing, and is asked for once in a minute', async () => {
		const workflow = await publish();

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

	test('each of many unknown ones costs one question', async () => {
		const workflow = await publish();
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
		['an empty one', () => ({ status: 'success', external_id: '', reference_number: '' })],
		['a blank one', () => ({ status: 'success', external_id: '  ' })],
		['several', () => `external_id=${id}&external_id=INV-OTHER`],
		['a list', () => `external_id[]=${id}`],
		['an object', () => `external_id[$ne]=1&external_id[toString]=1`],
		['one that is too long', () => ({ external_id: id + 'x'.repeat(256) })],
		['as much of it as n8n lets in', () => ({ external_id: 'x'.repeat(14_000) })],
		[
			'a thousand others',
			() => new URLSearchParams(Array.from({ length: 1_000 }, (_, n) => [`a${n}`, 'b'])).toString(),
		],
		['a prototype', () => '__proto__[external_id]=x&constructor[prototype][external_id]=x'],
	])('with %s, RsomPay is not asked and nothing starts', async (_what, query) => {
		await createAs('paid');
		const workflow = await publish();

		const page = await visit(workflow.url, query());

		expect(page).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
		expect(page.body).not.toMatch(PAID);
		expect(lookups()).toStrictEqual([]);
		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toStrictEqual([]);
	});

	test('what else of the query is no text is left out', async () => {
		await createAs('paid');
		const workflow = await publish();

		await visit(
			workflow.url,
			`external_id=${id}&status[]=success&amount_paid[x]=1&currency_code=${'x'.repeat(300)}&payment_method=card&other=1`,
		);

		expect(started(workflow)).toMatchObject([{ confirmed_paid: true }]);
		expect(started(workflow)[0]?.claimed).toEqual({
			external_id: id,
			payment_method: 'card',
		});
	});

	test('markup in any parameter is no markup on the page', async () => {
		const markup = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`;
		id += markup;
		await createAs('paid');
		const workflow = await publish({ backUrl: 'https://partner.example.com' });
		const query = Object.fromEntries(
			Object.keys(success()).map((name) => [name, name === 'external_id' ? id : markup]),
		);

		const known = await visit(workflow.url, { ...query, lang: markup, [markup]: markup });
		const unknown = await visit(workflow.url, { ...query, external_id: `${markup} unknown` });

		expect(known.heading).toBe('Paid');
		expect(known.body).toContain('&lt;script&gt;');
		for (const { body } of [known, unknown]) {
			expect(body).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
		}
		expect(unknown.body).not.toContain('script');
		expect(started(workflow)).toHaveLength(1);
	});
});

describe('when RsomPay cannot tell', () => {
	const fault =
		(fault: { kind: 'drop' } | { kind: 'status'; status: number; body?: unknown }) => () =>
			bench.simulator.control.injectFault(fault);

	test.each<[string, () => void]>([
		['is at fault', fault({ kind: 'status', status: 500 })],
		['closes the connection', fault({ kind: 'drop' })],
		['does not accept the token', () => bench.credentials({ apiToken: 'another' })],
		['answers with a web page', fault({ kind: 'status', status: 200, body: '<html>paid</html>' })],
		['answers 404 with a web page', fault({ kind: 'status', status: 404, body: '<html>' })],
		['is busy', fault({ kind: 'status', status: 429 })],
		[
			'answers with something else',
			fault({ kind: 'status', status: 200, body: { status: 'paid' } }),
		],
		['is at an address that is none', () => bench.credentials({ baseUrl: 'nowhere' })],
	])(
		'because it %s, the customer gets the page, nothing starts, and nothing is remembered',
		async (_what, happens) => {
			await createAs('paid');
			const workflow = await publish({ options: { confirmSeconds: 0 } });
			happens();

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

	test('it is not asked again: customers must not add to its difficulties', async () => {
		await createAs('paid');
		const workflow = await publish();
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });

		expect((await visit(workflow.url, success())).heading).toBe('Not confirmed yet');
		expect(lookups()).toHaveLength(1);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('the answer before it holds', async () => {
		await createAs('issued');
		const workflow = await publish({ options: { confirmSeconds: 1 } });
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { skip: 1 } });

		expect((await visit(workflow.url, success())).heading).toBe('Not confirmed yet');
		expect(started(workflow)).toMatchObject([{ confirmed_invoice: { status: 'issued' } }]);
	});
});

describe('a return that comes twice', () => {
	test('starts the workflow once for each status', async () => {
		await createAs('failed');
		const workflow = await publish();

		for (let visits = 0; visits < 2; visits++) await visit(workflow.url, success());
		SETTLE.paid();
		for (let visits = 0; visits < 2; visits++) await visit(workflow.url, success());

		expect(started(workflow)).toMatchObject([
			{ confirmed_paid: false, confirmed_invoice: { status: 'failed' } },
			{ confirmed_paid: true, confirmed_invoice: { status: 'paid' } },
		]);
	});

	test('whatever the query says, and by either name', async () => {
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

	test('starts it once for two at the same moment', async () => {
		await createAs('paid');
		const workflow = await publish();
		const both = Promise.withResolvers<undefined>();
		workflow.onAccept = async () => await both.promise;

		const first = visit(workflow.url, success());
		const second = visit(workflow.url, success());
		const answered = await Promise.race([first, second]);
		both.resolve(undefined);
		await Promise.all([first, second]);

		expect(answered.heading).toBe('Paid');
		expect(workflow.executions).toHaveLength(1);
	});

	test('is another one for another invoice, and for another workflow', async () => {
		await bench.create(id, `${id}-2`);
		SETTLE.paid();
		bench.simulator.control.payInvoice(`${id}-2`);
		const [first, second] = [await publish(), await publish()];

		await visit(first.url, success());
		await visit(first.url, { external_id: `${id}-2` });
		await visit(second.url, success());

		expect([first.executions.length, second.executions.length]).toStrictEqual([2, 1]);
	});

	test('is not remembered when n8n could not accept it', async () => {
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

	test('is known for 72 hours', async () => {
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

	test('starts it each time in the editor, and is remembered nowhere', async () => {
		await createAs('paid');
		const workflow = await publish();
		workflow.mode = 'manual';

		for (let visits = 0; visits < 2; visits++) {
			expect((await visit(workflow.url, success())).heading).toBe('Paid');
		}

		expect(workflow.executions).toHaveLength(2);
		expect(workflow.staticData()).toStrictEqual({});
	});

	test('starts nothing in the editor if Customer Returned is not chosen', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['*'] });
		workflow.mode = 'manual';

		expect((await visit(workflow.url, success())).heading).toBe('Paid');
		expect(workflow.executions).toStrictEqual([]);
	});
});

describe('beside the webhooks', () => {
	test('each of the two starts the workflow once', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['payment.completed', 'customer.returned'] });
		const payload = eventAbout(id);

		for (let round = 0; round < 2; round++) {
			await visit(workflow.url, success());
			expect((await bench.deliver(workflow, { payload })).status).toBe(200);
			await bench.n8n.restart();
		}

		expect(started(workflow).map(({ event }) => event)).toStrictEqual([
			'customer.returned',
			'payment.completed',
		]);
	});

	test('both at the same moment are remembered', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['*', 'customer.returned'] });
		const payload = eventAbout(id);

		await Promise.all([visit(workflow.url, success()), bench.deliver(workflow, { payload })]);
		await bench.n8n.restart();
		await visit(workflow.url, success());
		await bench.deliver(workflow, { payload });

		expect(workflow.executions).toHaveLength(2);
	});

	test('a webhook of that name is nobody who returns', async () => {
		const workflow = await publish();

		const { status } = await bench.deliver(workflow, {
			payload: { event: 'customer.returned', event_id: randomUUID(), confirmed_paid: true },
		});

		expect(status).toBe(200);
		expect(workflow.executions).toStrictEqual([]);
	});
});
