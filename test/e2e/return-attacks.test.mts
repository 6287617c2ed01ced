import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import axios, { type AxiosResponse, type Method } from 'axios';
import pLimit from 'p-limit';
import { exampleInvoiceRequest } from '../../simulator/index.mts';
import { containing, type Hook, testThatSecretsStaySecret, useBench } from './harness/bench.mts';
import { useBrowser } from './harness/browser.mts';
import { paymentCompleted } from './harness/events.mts';

const bench = useBench();
const customers = useBrowser();

const DESTINATION = 'https://partner.example.com/payment';

let page: Hook;
let redirect: Hook;
beforeAll(async () => {
	const events = ['customer.returned', 'payment.completed'];
	const options = { confirmSeconds: 0 };
	page = await bench.publish({
		parameters: { events, options, backUrl: 'https://partner.example.com' },
	});
	redirect = await bench.publish({
		parameters: {
			events,
			options,
			customerAnswer: 'redirect',
			successUrl: `${DESTINATION}/success`,
			pendingUrl: `${DESTINATION}/pending`,
			failureUrl: `${DESTINATION}/failure`,
		},
	});
});

/** Sends a request as no browser does: nothing is followed, nothing is taken for an error. */
const send = async (
	url: string,
	headers: Record<string, string> = {},
	method: Method = 'GET',
): Promise<AxiosResponse<string>> =>
	await axios.request<string>({
		url,
		method,
		headers,
		proxy: false,
		maxRedirects: 0,
		responseType: 'text',
		validateStatus: () => true,
	});

const queryOf = (parameters: Record<string, string>) =>
	`?${new URLSearchParams(parameters).toString()}`;

const questions = () => bench.simulator.control.requests().filter(({ method }) => method === 'GET');

/** Issues the guide's invoice, pays it, and has RsomPay send no webhooks about that. */
async function issuePaid(externalId = exampleInvoiceRequest.external_id): Promise<void> {
	bench.simulator.control.configure({ events: [] });
	await bench.issue({ external_id: externalId });
	bench.simulator.control.payInvoice(externalId);
}

/** Counts the executions that something has started. */
async function startedBy(hook: Hook, attack: () => Promise<void>): Promise<number> {
	const before = (await hook.executions()).length;
	await attack();
	return (await hook.executions()).length - before;
}

const NOT_CONFIRMED = { status: 200, data: containing('<h1>Not confirmed yet</h1>') };

describe('markup', () => {
	const MARKUP = `</p></title><script>document.title='x'</script><img src=http://127.0.0.1/x onerror=alert(1)>"'&amp;`;
	const PARAMETERS = [
		'status',
		'external_id',
		'reference_number',
		'payment_reference',
		'amount_paid',
		'currency_code',
		'payment_method',
		MARKUP,
	];

	test.each(['en-US', 'ar-SA'])('in every parameter is text, if anything (%s)', async (locale) => {
		// Even an invoice that has such an ID.
		await issuePaid(MARKUP);
		const customer = await customers.open({ locale });
		const attack = Object.fromEntries(PARAMETERS.map((name) => [name, MARKUP]));

		const seen = await customer.visit(page.url + queryOf(attack));

		expect(seen).toMatchObject({ status: 200, text: containing(MARKUP) });
		expect(await customer.page.title()).toBe(seen.heading);
		expect(await customer.page.locator('script, img').count()).toBe(0);
		expect(customer.requests).toHaveLength(1);
	});
});

describe('a query that is too much', () => {
	test('100 kB: Node.js refuses it, n8n lives, and nothing starts', async () => {
		const { hostname, port, pathname } = new URL(page.url);
		const started = await startedBy(page, async () => {
			const socket = connect(Number(port), hostname);
			// Node.js answers and hangs up while the rest is still on its way.
			socket.on('error', () => undefined);
			await once(socket, 'connect');
			const answer = text(socket).catch(() => '');
			socket.write(`GET ${pathname}?external_id=${'A'.repeat(100_000)} HTTP/1.1\r\n\r\n`);
			expect(['', 'HTTP/1.1 431 Request Header Fields Too Large']).toContain(
				(await answer).split('\r\n')[0],
			);
		});

		expect(started).toBe(0);
		expect(await send(page.url)).toMatchObject(NOT_CONFIRMED);
	});

	test.each([
		['a value of 15 kB', `?external_id=${'A'.repeat(15_000)}`],
		['a thousand parameters', `?${Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join('&')}`],
		['twice the same', '?external_id=A&external_id=B'],
		['an object', '?external_id[toString]=A&reference_number[length]=1'],
		['a prototype', '?__proto__[external_id]=A&constructor[prototype][external_id]=A'],
		['no UTF-8', '?external_id=%ff%fe'],
		['half an escape', '?external_id=%E0%A4%A&%'],
		['nothing', '?external_id=&reference_number='],
	])('%s: gets the page, and nothing starts', async (_what, query) => {
		const started = await startedBy(page, async () => {
			expect(await send(page.url + query)).toMatchObject(NOT_CONFIRMED);
		});

		expect(started).toBe(0);
	});
});

describe('a redirect', () => {
	const ELSEWHERE = 'https://somebody-else.example.com/';

	test.each([
		['another place as the ID', { external_id: ELSEWHERE }],
		['a place without a scheme', { external_id: '//somebody-else.example.com' }],
		['an ID that climbs', { external_id: '/../../@somebody-else.example.com' }],
		['a place as the status', { external_id: 'A', status: ELSEWHERE }],
		[
			'the names of the settings',
			{ successUrl: ELSEWHERE, pendingUrl: ELSEWHERE, url: ELSEWHERE, return_url: ELSEWHERE },
		],
		['line breaks', { external_id: `A\r\nLocation: ${ELSEWHERE}\r\nSet-Cookie: a=b\r\n\r\n<p>` }],
	])('leads to the partner all the same: %s', async (_what, query) => {
		const { status, headers } = await send(redirect.url + queryOf(query));

		expect(status).toBe(302);
		const { origin, pathname, searchParams } = new URL(String(headers.location));
		expect(origin + pathname).toBe(`${DESTINATION}/pending`);
		expect(searchParams.get('status')).toBe('pending');
		expect(searchParams.get('external_id')).toBe('external_id' in query ? query.external_id : null);
		expect(headers).not.toHaveProperty('set-cookie');
		expect(await redirect.executions()).toStrictEqual([]);
	});

	test('and the button of the page leads where it was set to', async () => {
		await issuePaid();
		const customer = await customers.open();
		await customer.visit(
			page.url + queryOf({ external_id: 'INV-PARTNER-001', backUrl: ELSEWHERE, back: ELSEWHERE }),
		);

		const links = customer.page.getByRole('link');
		expect(await links.count()).toBe(1);
		expect(await links.getAttribute('href')).toBe('https://partner.example.com');
	});
});

test('a forged status=success for an unpaid invoice makes nothing of it paid', async () => {
	await bench.issue({ external_id: 'OPEN' });
	const query = queryOf({ status: 'success', external_id: 'OPEN', amount_paid: '103.5' });
	const customer = await customers.open();

	const started = await startedBy(page, async () => {
		const { heading, text: read } = await customer.visit(page.url + query);
		expect(heading).toBe('Not confirmed yet');
		expect(read).not.toMatch(/paid|success|103/i);
		const { headers } = await send(redirect.url + query);
		expect(headers.location).toBe(`${DESTINATION}/pending?external_id=OPEN&status=issued`);
	});

	expect(started).toBe(1);
	expect((await page.started()).at(-1)).toMatchObject({
		confirmed_invoice: { external_id: 'OPEN', status: 'issued' },
		confirmed_paid: false,
		claimed: { status: 'success' },
	});
});

test('a forged return that is posted is no webhook', async () => {
	await issuePaid();
	const query = queryOf({ status: 'success', external_id: 'INV-PARTNER-001' });

	const started = await startedBy(page, async () => {
		expect(await send(page.url + query, {}, 'POST')).toMatchObject({ status: 401 });
	});

	expect(started).toBe(0);
});

describe('a flood', () => {
	/** As many at once as a browser would not. */
	const atOnce = pLimit(16);
	const flood = async (urls: string[]) =>
		await Promise.all(urls.map((url) => atOnce(async () => await send(url))));

	test('of returns for invoices that do not exist costs RsomPay a question for each, once', async () => {
		const urls = Array.from(
			{ length: 100 },
			(_, index) => page.url + queryOf({ status: 'success', external_id: `NO-${index}` }),
		);

		const started = await startedBy(page, async () => {
			for (const round of [1, 2]) {
				for (const answer of await flood(urls)) expect(answer).toMatchObject(NOT_CONFIRMED);
				expect({ round, questions: questions().length }).toStrictEqual({ round, questions: 100 });
			}
		});

		expect(started).toBe(0);
		await issuePaid('REAL');
		const customer = await customers.open();
		const real = await customer.visit(page.url + queryOf({ external_id: 'REAL' }));
		expect(real).toMatchObject({ status: 200, heading: 'Paid' });
		expect((await page.started()).at(-1)).toMatchObject({
			confirmed_invoice: { external_id: 'REAL' },
		});
	});

	test('of returns for one paid invoice starts one run, and asks less often than that', async () => {
		await issuePaid('ONE');
		const url = page.url + queryOf({ external_id: 'ONE' });

		const started = await startedBy(page, async () => {
			const answers = await Promise.all(Array.from({ length: 200 }, () => send(url)));
			for (const answer of answers)
				expect(answer).toMatchObject({ status: 200, data: containing('<h1>Paid</h1>') });
		});

		expect(started).toBe(1);
		expect(questions().length).toBeLessThan(20);
	});

	test('does not keep webhooks from being accepted', async () => {
		let over = false;
		const flooded = flood(
			Array.from(
				{ length: 200 },
				(_, index) => page.url + queryOf({ external_id: `NOT-${index}` }),
			),
		).finally(() => {
			over = true;
		});
		const events = Array.from({ length: 3 }, () => paymentCompleted());

		const started = await startedBy(page, async () => {
			for (const event of events) {
				expect(await page.deliver(event)).toMatchObject({ status: 200 });
			}
			expect(over).toBe(false);
			await flooded;
		});

		expect(started).toBe(3);
	});
});

describe('what no browser sends', () => {
	test.each([
		['HEAD', 404],
		['OPTIONS', 204],
		['PUT', 404],
		['DELETE', 404],
	] as const)('%s is answered with %i, and starts nothing', async (method, status) => {
		await issuePaid();

		const started = await startedBy(page, async () => {
			const query = queryOf({ external_id: 'INV-PARTNER-001' });
			expect(await send(page.url + query, {}, method)).toMatchObject({ status });
		});

		expect(started).toBe(0);
		expect(questions()).toStrictEqual([]);
	});

	test.each([
		['nothing', ''],
		['anything', '*'],
		['anything but Arabic', 'ar;q=0'],
		['nonsense', 'ar;q=x,;;,en-'],
		['9 kB', 'ar-SA,'.repeat(1_500)],
		['a path', '../../etc/passwd'],
	])('Accept-Language with %s brings a page in one of its languages', async (_what, language) => {
		const { status, data } = await send(page.url, { 'Accept-Language': language });

		expect(status).toBe(200);
		expect(data).toMatch(/<html lang="(en" dir="ltr|ar" dir="rtl)">/);
	});
});

testThatSecretsStaySecret(bench);
