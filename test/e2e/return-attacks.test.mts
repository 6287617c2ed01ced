import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import axios, { type AxiosResponse, type Method } from 'axios';
import pLimit from 'p-limit';
import { exampleInvoiceRequest } from '../../simulator/index.mts';
import { useBrowser } from './harness/browser.mts';
import { paymentCompleted } from './harness/events.mts';
import {
	containing,
	testThatSecretsStaySecret,
	type TriggerWorkflow,
	useTestBed,
} from './harness/testBed.mts';

const testBed = useTestBed();
const customers = useBrowser();

const DESTINATION = 'https://partner.example.com/payment';

let page: TriggerWorkflow;
let redirect: TriggerWorkflow;
/** Like `page`, with the default confirmation timeout. */
let polling: TriggerWorkflow;
beforeAll(async () => {
	const events = ['customer.returned', 'payment.completed'];
	const options = { confirmSeconds: 0 };
	page = await testBed.publish({
		parameters: { events, options, backUrl: 'https://partner.example.com' },
	});
	polling = await testBed.publish({ parameters: { events } });
	redirect = await testBed.publish({
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

/** Sends a request; does not follow redirects, and returns every status. */
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

const lookups = () => testBed.simulator.control.requests().filter(({ method }) => method === 'GET');

/** Issues the API guide's invoice and pays it; RsomPay sends no webhooks. */
async function issuePaid(externalId = exampleInvoiceRequest.external_id): Promise<void> {
	testBed.simulator.control.configure({ events: [] });
	await testBed.issue({ external_id: externalId });
	testBed.simulator.control.payInvoice(externalId);
}

/** Returns how many executions an attack has started. */
async function startedBy(workflow: TriggerWorkflow, attack: () => Promise<void>): Promise<number> {
	const before = (await workflow.executions()).length;
	await attack();
	return (await workflow.executions()).length - before;
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

	test.each(['en-US', 'ar-SA'])(
		'in every parameter is shown as text or not at all (%s)',
		async (locale) => {
			// An invoice with such an ID exists.
			await issuePaid(MARKUP);
			const customer = await customers.open({ locale });
			const [invoice] = testBed.simulator.control.invoices();
			const attack = {
				...Object.fromEntries(PARAMETERS.map((name) => [name, MARKUP])),
				// With another one there is no such invoice.
				reference_number: invoice?.reference_number ?? '',
			};

			const visited = await customer.visit(page.url + queryOf(attack));

			expect(visited).toMatchObject({ status: 200, text: containing(MARKUP) });
			expect(await customer.page.title()).toBe(visited.heading);
			expect(await customer.page.locator('script, img').count()).toBe(0);
			expect(customer.requests).toHaveLength(1);
		},
	);
});

describe('a malformed or oversized query', () => {
	test('100 kB: Node.js rejects it, n8n keeps running, and nothing starts', async () => {
		const { hostname, port, pathname } = new URL(page.url);
		const started = await startedBy(page, async () => {
			const socket = connect(Number(port), hostname);
			// Node.js responds and closes the connection before it has received everything.
			socket.on('error', () => undefined);
			await once(socket, 'connect');
			const response = text(socket).catch(() => '');
			socket.write(`GET ${pathname}?external_id=${'A'.repeat(100_000)} HTTP/1.1\r\n\r\n`);
			expect(['', 'HTTP/1.1 431 Request Header Fields Too Large']).toContain(
				(await response).split('\r\n')[0],
			);
		});

		expect(started).toBe(0);
		expect(await send(page.url)).toMatchObject(NOT_CONFIRMED);
	});

	test.each([
		['a value of 15 kB', `?external_id=${'A'.repeat(15_000)}`],
		['a thousand parameters', `?${Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join('&')}`],
		['the same parameter twice', '?external_id=A&external_id=B'],
		['an object', '?external_id[toString]=A&reference_number[length]=1'],
		['a prototype', '?__proto__[external_id]=A&constructor[prototype][external_id]=A'],
		['invalid UTF-8', '?external_id=%ff%fe'],
		['an incomplete escape', '?external_id=%E0%A4%A&%'],
		['empty values', '?external_id=&reference_number='],
	])('%s: shows the page, and nothing starts', async (_what, query) => {
		const started = await startedBy(page, async () => {
			expect(await send(page.url + query)).toMatchObject(NOT_CONFIRMED);
		});

		expect(started).toBe(0);
	});
});

describe('a redirect', () => {
	const ATTACKER = 'https://attacker.example.com/';

	test.each([
		['a URL as the ID', { external_id: ATTACKER }],
		['a URL without a scheme as the ID', { external_id: '//attacker.example.com' }],
		['a relative path as the ID', { external_id: '/../../@attacker.example.com' }],
		['a URL as the status', { external_id: 'A', status: ATTACKER }],
		[
			'the names of the settings',
			{ successUrl: ATTACKER, pendingUrl: ATTACKER, url: ATTACKER, return_url: ATTACKER },
		],
		[
			'line breaks in the ID',
			{ external_id: `A\r\nLocation: ${ATTACKER}\r\nSet-Cookie: a=b\r\n\r\n<p>` },
		],
	])('still opens the configured URL: %s', async (_what, query) => {
		const { status, headers } = await send(redirect.url + queryOf(query));

		expect(status).toBe(302);
		const { origin, pathname, searchParams } = new URL(String(headers.location));
		expect(origin + pathname).toBe(`${DESTINATION}/pending`);
		expect(searchParams.get('status')).toBe('pending');
		expect(searchParams.get('external_id')).toBe('external_id' in query ? query.external_id : null);
		expect(headers).not.toHaveProperty('set-cookie');
		expect(await redirect.executions()).toStrictEqual([]);
	});

	test('is not possible through the button of the page', async () => {
		await issuePaid();
		const customer = await customers.open();
		await customer.visit(
			page.url + queryOf({ external_id: 'INV-PARTNER-001', backUrl: ATTACKER, back: ATTACKER }),
		);

		const links = customer.page.getByRole('link');
		expect(await links.count()).toBe(1);
		expect(await links.getAttribute('href')).toBe('https://partner.example.com');
	});
});

test('a return sent with POST is rejected as an unsigned webhook', async () => {
	await issuePaid();
	const query = queryOf({ status: 'success', external_id: 'INV-PARTNER-001' });

	const started = await startedBy(page, async () => {
		expect(await send(page.url + query, {}, 'POST')).toMatchObject({ status: 401 });
	});

	expect(started).toBe(0);
});

describe('a flood', () => {
	/** More concurrent requests than a browser sends. */
	const atOnce = pLimit(16);
	const flood = async (urls: string[]) =>
		await Promise.all(urls.map((url) => atOnce(async () => await send(url))));

	test('of returns for unknown invoices: RsomPay gets few requests, and webhooks are accepted', async () => {
		const urls = Array.from(
			{ length: 50 },
			(_, index) => polling.url + queryOf({ status: 'success', external_id: `NO-${index}` }),
		);
		const events = Array.from({ length: 3 }, () => paymentCompleted());
		// Long, for a busy machine.
		testBed.simulator.control.configure({ deliveryTimeoutMs: 30_000 });

		const started = await startedBy(polling, async () => {
			let isOver = false;
			const flooded = flood(urls).finally(() => {
				isOver = true;
			});
			const deliveries = await Promise.all(events.map((event) => polling.deliver(event)));
			expect(deliveries).toMatchObject(events.map(() => ({ status: 200 })));
			expect(isOver).toBe(false);

			for (const responses of [await flooded, await flood(urls)]) {
				for (const response of responses) expect(response).toMatchObject(NOT_CONFIRMED);
			}
		});

		expect(lookups().length).toBeLessThanOrEqual(60);
		expect(started).toBe(3);
		await issuePaid('REAL');
		const customer = await customers.open();
		const real = await customer.visit(polling.url + queryOf({ external_id: 'REAL' }));
		expect(real).toMatchObject({ status: 200, heading: 'Paid' });
		expect((await polling.started()).at(-1)).toMatchObject({
			confirmed_invoice: { external_id: 'REAL' },
		});
	});

	test('of returns for one paid invoice: one execution, and few requests to RsomPay', async () => {
		await issuePaid('ONE');
		const url = polling.url + queryOf({ external_id: 'ONE' });

		const started = await startedBy(polling, async () => {
			const responses = await Promise.all(Array.from({ length: 20 }, () => send(url)));
			for (const response of responses)
				expect(response).toMatchObject({ status: 200, data: containing('<h1>Paid</h1>') });
		});

		expect(started).toBe(1);
		expect(lookups().length).toBeLessThan(10);
	});
});

describe('strangers', () => {
	/** A trigger with a credential of its own: the pause after a 429 is per credential. */
	const publish = async (confirmSeconds: number) =>
		await testBed.publish({
			parameters: { events: ['customer.returned'], options: { confirmSeconds } },
			credential: await testBed.createCredential(),
		});

	const visit = async (url: string, query: Record<string, string>) => {
		const before = Date.now();
		const { status, data, headers } = await send(url + queryOf(query));
		const stable = Object.entries(headers).filter(([name]) => name !== 'date');
		return { shown: { status, data, headers: stable }, ms: Date.now() - before };
	};

	const visitAll = async (url: string, count: number) => {
		const ids = Array.from({ length: count }, () => `NO-${randomUUID()}`);
		return await Promise.all(
			ids.map(async (id) => await visit(url, { status: 'success', external_id: id })),
		);
	};

	test('with 200 random IDs cause a handful of requests while RsomPay responds with 429', async () => {
		const { url } = await publish(1);
		testBed.simulator.control.injectFault({ kind: 'status', status: 429, retryAfter: 60 });
		const warnings = testBed.n8n.warnings().length;

		for (let round = 0; round < 4; round++) {
			for (const { shown } of await visitAll(url, 50)) expect(shown).toMatchObject(NOT_CONFIRMED);
		}

		expect(lookups().length).toBeGreaterThanOrEqual(1);
		expect(lookups().length).toBeLessThanOrEqual(4);
		expect(testBed.n8n.warnings().length - warnings).toBeLessThanOrEqual(5);
	});

	test('of whom 60 come at once while RsomPay hangs all get the page within the time', async () => {
		const { url } = await publish(2);
		testBed.simulator.control.injectFault({ kind: 'hang' });

		for (const { shown, ms } of await visitAll(url, 60)) {
			expect(shown).toMatchObject(NOT_CONFIRMED);
			// After 3.25 s, and some time for a busy machine.
			expect(ms).toBeLessThan(20_000);
		}
		expect(lookups().length).toBeLessThanOrEqual(12);
	});

	test('cannot tell a pending invoice from one that does not exist or has another number', async () => {
		const workflow = await publish(1);
		const { reference_number: number } = await testBed.issue({ external_id: 'PENDING' });
		const known = { status: 'success', external_id: 'PENDING', reference_number: number };

		const visits = [];
		for (const query of [
			known,
			{ ...known, external_id: 'NONE' },
			{ ...known, reference_number: 'INV-42-999' },
			known,
		]) {
			visits.push(await visit(workflow.url, query));
		}

		for (const { shown, ms } of visits) {
			expect(shown).toStrictEqual(visits[0]?.shown);
			expect(shown).toMatchObject(NOT_CONFIRMED);
			expect(ms).toBeGreaterThanOrEqual(3_240);
			expect(ms).toBeLessThan(5_000);
		}
		// Only the invoice that exists starts the workflow, once.
		expect(await workflow.started()).toMatchObject([
			{ confirmed_invoice: { external_id: 'PENDING' } },
		]);
	});
});

describe('a request that no browser sends', () => {
	test.each([
		['HEAD', 404],
		['OPTIONS', 204],
		['PUT', 404],
		['DELETE', 404],
	] as const)('%s returns %i and starts nothing', async (method, status) => {
		await issuePaid();

		const started = await startedBy(page, async () => {
			const query = queryOf({ external_id: 'INV-PARTNER-001' });
			expect(await send(page.url + query, {}, method)).toMatchObject({ status });
		});

		expect(started).toBe(0);
		expect(lookups()).toStrictEqual([]);
	});

	test.each([
		['nothing', ''],
		['9 kB', 'ar-SA,'.repeat(1_500)],
		['a path', '../../etc/passwd'],
	])('Accept-Language with %s returns a page in one of its languages', async (_what, language) => {
		const { status, data } = await send(page.url, { 'Accept-Language': language });

		expect(status).toBe(200);
		expect(data).toMatch(/<html lang="(en" dir="ltr|ar" dir="rtl)">/);
	});
});

testThatSecretsStaySecret(testBed);
