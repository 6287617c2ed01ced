import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleInvoiceRequest } from '../../../simulator/index.mts';
import { Merchant } from '../../../simulator/rsompay/merchant.mts';
import { addPaymentPages } from '../../../simulator/rsompay/payment-routes.mts';
import { invoiceSchema } from '../../../simulator/rsompay/schema.mts';
import { computeTotals } from '../../../simulator/rsompay/totals.mts';
import { createServer } from '../../../simulator/shared/http.mts';
import { click, create, paymentPage, receiver, simulate } from './support.mts';

const redirectUrl = (response: Response) => new URL(response.headers.get('location') ?? '');

describe('payment page', () => {
	test('shows the invoice and its buttons, and loads no resource', async () => {
		const simulator = await simulate();
		const response = await fetch(await paymentPage(simulator));
		const page = await response.text();
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
		const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
		const hash = createHash('sha256').update(style).digest('base64');
		expect(response.headers.get('content-security-policy')).toContain(
			`default-src 'none'; style-src 'sha256-${hash}'`,
		);
		for (const shown of [
			'INV-PARTNER-001',
			'INV-42-001',
			'Ahmed Ali',
			'Service fee',
			'1 × 100.00 SAR',
			'10.00 SAR',
			'13.50 SAR',
			'103.50 SAR',
			'Pay by card',
			'Pay with Tamara',
			'Simulate a failed payment',
			'Cancel',
		]) {
			expect(page).toContain(shown);
		}
		expect(page).not.toMatch(/<script|<link|<img|https?:\/\//);
	});

	test('escapes every value of the request', async () => {
		const simulator = await simulate();
		const hostile = `<script>alert("1")</script>&'`;
		const page = await fetch(
			await paymentPage(simulator, {
				external_id: hostile,
				currency_code: '<b>"&\'',
				customer: { id: 'CUST-9', fullname: hostile },
				items: [{ description: hostile, unit_price: 1 }],
			}),
		).then((response) => response.text());
		expect(page).not.toContain('<script');
		expect(page).not.toContain('<b>');
		expect(
			page.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;/g),
		).toHaveLength(3);
	});

	test.each([
		['card', 'success', 'card', '103.5', 'GW-1'],
		['tamara', 'success', 'tamara', '103.5', 'GW-1'],
		['fail', 'failed', 'card', '0', 'GW-1'],
		['cancel', 'failed', null, '0', null],
	])(
		'redirects the customer after %s, with the status %s',
		async (action, status, method, amount, reference) => {
			const simulator = await simulate({ events: [] });
			const response = await click(await paymentPage(simulator), action);
			expect(response.status).toBe(303);
			const { origin, pathname, searchParams } = redirectUrl(response);
			expect(origin + pathname).toBe('https://partner.example.com/payment/return');
			expect(Object.fromEntries(searchParams)).toEqual({
				status,
				external_id: 'INV-PARTNER-001',
				reference_number: 'INV-42-001',
				...(reference !== null && { payment_reference: reference }),
				amount_paid: amount,
				currency_code: 'SAR',
				...(method !== null && { payment_method: method }),
			});
		},
	);

	test("preserves the return URL's query and fragment", async () => {
		const simulator = await simulate({ events: [] });
		const page = await paymentPage(simulator, {
			return_url: 'https://partner.example.com/return?order=a%20b&sig=x%2By#done',
		});
		const { href, hash } = redirectUrl(await click(page, 'card'));
		expect(href).toContain('/return?order=a%20b&sig=x%2By&status=success&external_id=');
		expect(hash).toBe('#done');
	});

	test.each([
		['/return', '/return?status=success&external_id='],
		['/return?order=a%20b', '/return?order=a%20b?status=success&external_id='],
	])(
		'joins its parameters to %s with a question mark if returnUrlJoin is question-mark',
		async (path, expected) => {
			const simulator = await simulate({ events: [], returnUrlJoin: 'question-mark' });
			const page = await paymentPage(simulator, {
				return_url: `https://partner.example.com${path}`,
			});
			expect(redirectUrl(await click(page, 'card')).href).toContain(expected);
		},
	);

	test('sends webhooks after the redirect', async () => {
		const order: string[] = [];
		const partner = await receiver(({ path }) => {
			order.push(path.split('?')[0] ?? '');
			return 200;
		});
		const simulator = await simulate({ events: ['payment.completed'], webhookDelayMs: 50 });
		const page = await paymentPage(simulator, {
			notification_url: `${partner.url}/webhook`,
			return_url: `${partner.url}/return`,
		});
		await fetch(page, { method: 'POST', body: new URLSearchParams({ action: 'card' }) });
		expect(order).toEqual(['/return']);
		await simulator.control.settleDeliveries();
		expect(order).toEqual(['/return', '/webhook']);
	});

	test('releases webhooks only after the redirect is sent', async () => {
		const order: string[] = [];
		const merchant = new Merchant({
			seed: 7,
			now: () => new Date(),
			paymentUrl: (token) => token,
		});
		const request = invoiceSchema(true).parse(exampleInvoiceRequest);
		const priced = computeTotals(request.items);
		if (priced === null) throw new Error('The example has no totals');
		const { token } = merchant.issue(request, priced);

		await using server = createServer();
		server.addHook('onSend', async () => {
			await sleep(20);
		});
		server.addHook('onResponse', (_request, _reply, done) => {
			order.push('redirect sent');
			done();
		});
		const webhooks = new Promise<void>((resolve, reject) => {
			addPaymentPages(server, {
				byToken: (requested) => merchant.byToken(requested),
				settle: (record, outcome, after) => {
					order.push('settled');
					after.then(() => order.push('webhooks released')).then(() => resolve(), reject);
					return merchant.settle(record, outcome).record;
				},
			});
		});
		const url = await server.listen({ host: '127.0.0.1', port: 0 });
		await click(`${url}/pay/invoice/${token}`, 'card');
		await webhooks;
		expect(order).toEqual(['settled', 'redirect sent', 'webhooks released']);
	});

	test.each([
		['card', 'paid', /is paid/],
		['cancel', 'canceled', /was canceled/],
	])('has no buttons after %s', async (action, status, notice) => {
		const simulator = await simulate({ events: [] });
		const page = await paymentPage(simulator);
		await click(page, action);
		expect(simulator.control.invoices()).toMatchObject([{ status }]);
		const shown = await fetch(page).then((response) => response.text());
		expect(shown).toMatch(notice);
		expect(shown).not.toContain('<button');

		const again = await click(page, 'card');
		expect(again.status).toBe(409);
		expect(simulator.control.invoices()).toMatchObject([{ status }]);
	});

	test('accepts a payment after a failed one', async () => {
		const simulator = await simulate({ events: [] });
		const page = await paymentPage(simulator);
		await click(page, 'fail');
		const shown = await fetch(page).then((response) => response.text());
		expect(shown).toMatch(/failed.*try again/);
		expect(shown).toContain('Pay by card');
		expect(redirectUrl(await click(page, 'card')).searchParams.get('status')).toBe('success');
	});

	test('pays once for ten parallel clicks', async () => {
		const simulator = await simulate({ events: [] });
		const page = await paymentPage(simulator);
		const responses = await Promise.all(Array.from({ length: 10 }, () => click(page, 'card')));
		expect(responses.filter(({ status }) => status === 303)).toHaveLength(1);
	});

	test('returns 422 for an unknown button', async () => {
		const simulator = await simulate();
		const page = await paymentPage(simulator);
		expect((await click(page, 'refund')).status).toBe(422);
		expect(simulator.control.invoices()).toMatchObject([{ status: 'issued' }]);
	});

	test('returns 404 for an unknown token', async () => {
		const simulator = await simulate();
		await create(simulator);
		const page = `${simulator.url}/pay/invoice/${'0'.repeat(40)}`;
		const shown = await fetch(page);
		expect(shown.status).toBe(404);
		expect(await shown.text()).toContain('Invoice not found');
		expect((await click(page, 'card')).status).toBe(404);
	});
});
