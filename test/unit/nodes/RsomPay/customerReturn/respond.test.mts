import fc from 'fast-check';
import type { IWebhookFunctions } from 'n8n-workflow';

import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import {
	type CustomerVisit,
	type OwnInvoice,
	redirectCustomer,
	renderResultPage,
	replyToCustomer,
	type ReplySettings,
} from '../../../../../nodes/RsomPay/customerReturn/respond.ts';
import { PAGE_HEADERS } from '../../../../../nodes/RsomPay/customerReturn/resultPage.ts';
import type { ReturnQuery } from '../../../../../nodes/RsomPay/customerReturn/returnQuery.ts';
import { elementsOf, textsOf, tokensOf } from './markup.mts';

const REDIRECT_URLS = {
	success: 'https://partner.example.com/payment/success',
	pending: 'https://partner.example.com/payment/pending?lang=ar&next=%20a+b&flag#top',
	failure: 'http://localhost:3000',
};

const invoice = (status: string): Invoice => ({ external_id: 'INV-PARTNER-001', status });

const PAYMENT_URL = 'https://payment.rsompay.com/pay/invoice/abc';

/** An invoice with everything that only its own customer sees. */
const fullInvoice = (status: string): Invoice => ({
	...invoice(status),
	amount: 103.5,
	payment_url: PAYMENT_URL,
});

/** The context of a request from a browser with this language. */
const requestIn = (language: string | false = false) =>
	({
		getRequestObject: () => ({
			acceptsLanguages: (offered: string[]) =>
				language !== false && offered.includes(language) ? language : false,
		}),
	}) as unknown as IWebhookFunctions;

describe('renderResultPage', () => {
	const render = (
		visit: Partial<CustomerVisit> = {},
		settings: ReplySettings = {},
		language?: string,
	) =>
		tokensOf(
			renderResultPage(requestIn(language), { query: {}, isLasting: true, ...visit }, settings)
				.body,
		);

	test('returns the headers of a result page, and no status', () => {
		const reply = renderResultPage(requestIn(), { query: {}, isLasting: false });

		expect(reply).toStrictEqual({ headers: PAGE_HEADERS, body: reply.body });
	});

	test.each([
		['en', 'en'],
		['ar', 'ar'],
		['fr', 'en'],
		[undefined, 'en'],
	])('for a browser with the language %j, renders %s', (preferred, language) => {
		expect(elementsOf(render({}, {}, preferred), 'html')).toMatchObject([{ lang: language }]);
	});

	test.each([
		['paid', 'Paid'],
		['issued', 'Not confirmed yet'],
		['failed', 'Payment not completed'],
		['canceled', 'Invoice canceled'],
	])('shows the status that RsomPay returned: %s', (status, heading) => {
		expect(
			textsOf(render({ invoice: invoice(status), query: { status: 'success' } }), 'h1'),
		).toStrictEqual([heading]);
	});

	test.each(['success', 'paid'])('does not trust the status %s of the URL', (status) => {
		const page = render({ query: { status, external_id: 'INV-1', amount_paid: '1' } });

		expect(textsOf(page, 'h1')).toStrictEqual(['Not confirmed yet']);
		expect(textsOf(page, 'bdi')).toStrictEqual([]);
	});

	test("shows the reference of the customer's URL, once RsomPay has returned the invoice", () => {
		const both = { external_id: 'INV-PARTNER-001', reference_number: 'INV-42-001' };

		expect(
			[both, { reference_number: 'INV-42-001' }].map((query) =>
				textsOf(render({ invoice: invoice('paid'), query }), 'bdi'),
			),
		).toStrictEqual([['INV-PARTNER-001'], ['INV-42-001']]);
	});

	test.each(['issued', 'pending', 'refunded'])(
		'is the same for an invoice that is %s as for one that does not exist',
		(status) => {
			const query = { status: 'success', external_id: 'INV-1', reference_number: 'INV-42-001' };
			const page = (found?: Invoice) =>
				renderResultPage(requestIn('ar'), { invoice: found, query, isLasting: true });

			expect(page(fullInvoice(status))).toStrictEqual(page());
		},
	);

	test('has a button to the shop only with a button link', () => {
		const paid = { invoice: invoice('paid') };

		expect(elementsOf(render(paid), 'a')).toStrictEqual([]);
		expect(elementsOf(render(paid, { backUrl: REDIRECT_URLS.success }), 'a')).toStrictEqual([
			{ href: REDIRECT_URLS.success },
		]);
	});

	test("shows the shop's name", () => {
		expect(textsOf(render({}, { shopName: 'My Shop & Co' }), 'bdi')).toStrictEqual([
			'My Shop & Co',
		]);
	});

	test.each([
		['issued', true, ['']],
		['failed', true, []],
		['paid', true, []],
		['canceled', true, []],
		['issued', false, []],
	])(
		'can be loaded again while %s, where the address is lasting: %j',
		(status, isLasting, links) => {
			expect(
				elementsOf(render({ invoice: invoice(status), isLasting }), 'a').map(({ href }) => href),
			).toStrictEqual(links);
		},
	);

	describe('for the own customer of an invoice', () => {
		const OWN: OwnInvoice = { currencyCode: 'SAR', isPayable: true };
		const query = { external_id: 'INV-PARTNER-001' };
		const renderOwn = (found: Invoice, own: Partial<OwnInvoice> = {}, language = 'en') =>
			render({ invoice: found, query, own: { ...OWN, ...own }, isLasting: false }, {}, language);

		test.each(['paid', 'issued', 'failed', 'canceled'])(
			'shows the ID and the amount of an invoice that is %s',
			(status) => {
				expect(
					textsOf(renderOwn(fullInvoice(status)), 'bdi').map((text) => text.replace(/\s/g, ' ')),
				).toStrictEqual(['INV-PARTNER-001', 'SAR 103.50']);
				expect(textsOf(renderOwn(invoice(status)), 'bdi')).toStrictEqual(['INV-PARTNER-001']);
			},
		);

		test('shows the amount in the language of the page', () => {
			expect(textsOf(renderOwn(fullInvoice('paid'), {}, 'ar'), 'bdi')[1]).toMatch(/103\.50.*ر\.س/u);
		});

		test.each([
			['failed', 'Try again'],
			['issued', 'Go to payment'],
		])('offers the payment link while %s, if it can be paid', (status, label) => {
			const payable = renderOwn(fullInvoice(status));
			expect(elementsOf(payable, 'a')).toStrictEqual([{ href: PAYMENT_URL }]);
			expect(textsOf(payable, 'a')).toStrictEqual([label]);

			for (const found of [
				renderOwn(fullInvoice(status), { isPayable: false }),
				renderOwn(invoice(status)),
				renderOwn({ ...fullInvoice(status), payment_url: 'javascript:alert(1)' }),
			]) {
				expect(elementsOf(found, 'a')).toStrictEqual([]);
			}
		});

		test('shows nothing of an invoice that RsomPay did not return', () => {
			const page = (own?: OwnInvoice) =>
				renderResultPage(requestIn(), { query, own, isLasting: false });

			expect(page(OWN)).toStrictEqual(page());
		});
	});

	test.each(['paid', 'issued', 'failed', 'canceled'])(
		'shows nobody else the amount or the payment link of an invoice that is %s',
		(status) => {
			const visit = { query: { external_id: 'INV-PARTNER-001' } };

			expect(render({ ...visit, invoice: fullInvoice(status) })).toStrictEqual(
				render({ ...visit, invoice: invoice(status) }),
			);
		},
	);
});

describe('replyToCustomer', () => {
	const reply = (settings: ReplySettings) =>
		replyToCustomer(
			requestIn(),
			{ invoice: fullInvoice('failed'), query: {}, isLasting: true },
			settings,
		);

	test('redirects only with redirect URLs', () => {
		expect(reply({ redirectUrls: REDIRECT_URLS, backUrl: 'https://partner.example.com' })).toEqual({
			headers: expect.objectContaining({
				Location: `${REDIRECT_URLS.failure}/?status=failed`,
			}) as unknown,
			body: '',
		});
		const page = reply({ backUrl: 'https://partner.example.com', shopName: 'My Shop' });
		expect(page.headers).toBe(PAGE_HEADERS);
		expect(textsOf(tokensOf(page.body), 'bdi')).toStrictEqual(['My Shop']);
	});
});

describe('redirectCustomer', () => {
	const redirect = (found: Invoice | undefined, query: ReturnQuery) => {
		const { headers, ...reply } = redirectCustomer({ invoice: found, query }, REDIRECT_URLS);
		expect(reply).toStrictEqual({ body: '' });
		return headers ?? {};
	};

	test.each([
		['paid', 'https://partner.example.com/payment/success?external_id=INV-X&status=paid'],
		['failed', 'http://localhost:3000/?external_id=INV-X&status=failed'],
		['canceled', 'http://localhost:3000/?external_id=INV-X&status=canceled'],
		[
			'issued',
			'https://partner.example.com/payment/pending?lang=ar&next=%20a+b&flag&external_id=INV-X&status=pending#top',
		],
		[
			'refunded',
			'https://partner.example.com/payment/pending?lang=ar&next=%20a+b&flag&external_id=INV-X&status=pending#top',
		],
	])('with the status %s redirects to %s', (status, location) => {
		expect(redirect(invoice(status), { status: 'success', external_id: 'INV-X' })).toStrictEqual({
			Location: location,
			'Cache-Control': 'no-store',
			'Referrer-Policy': 'no-referrer',
		});
	});

	test.each(['success', 'paid', 'failed'])(
		'without an invoice redirects to the pending URL, for the status %s of the URL',
		(status) => {
			const pending = 'https://partner.example.com/payment/pending?lang=ar&next=%20a+b&flag';

			expect(redirect(undefined, { status, external_id: 'INV-1' }).Location).toBe(
				`${pending}&external_id=INV-1&status=pending#top`,
			);
			expect(redirect(undefined, { status, reference_number: 'A' }).Location).toBe(
				`${pending}&status=pending#top`,
			);
		},
	);

	test("adds no external ID that the customer's URL does not contain", () => {
		expect(redirect(invoice('paid'), { reference_number: 'INV-42-001' }).Location).toBe(
			'https://partner.example.com/payment/success?status=paid',
		);
	});

	test("redirects only to the node's own URLs, for any URL of a customer", () => {
		const value = fc.option(
			fc.oneof(
				fc.string({ unit: 'binary', minLength: 1 }),
				fc.constantFrom(
					'https://evil.example.org',
					'//evil.example.org',
					'/../../evil',
					'paid',
					'a&status=paid',
					'a#paid',
					'\r\nSet-Cookie: a=b',
				),
			),
			{ nil: undefined },
		);
		const queries = fc.record({ external_id: value, status: value, reference_number: value });
		const invoices = fc.option(
			fc.constantFrom('paid', 'failed', 'canceled', 'issued', 'pending').map(invoice),
			{ nil: undefined },
		);
		fc.assert(
			fc.property(queries, invoices, (query, found) => {
				const { Location: location = '' } = redirect(found, query);
				const { origin, pathname, hash, searchParams } = new URL(location);
				const own = Object.values(REDIRECT_URLS).map((url) => new URL(url));

				expect(location).toMatch(/^[!-~]+$/);
				expect(own.map((url) => [url.origin, url.pathname, url.hash])).toContainEqual([
					origin,
					pathname,
					hash,
				]);
				expect(searchParams.getAll('status')).toStrictEqual([
					found?.status === 'issued' ? 'pending' : (found?.status ?? 'pending'),
				]);
				expect(pathname === '/payment/success').toBe(found?.status === 'paid');
				expect(searchParams.has('external_id')).toBe(query.external_id !== undefined);
			}),
		);
	});
});
