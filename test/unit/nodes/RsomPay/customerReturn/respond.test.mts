import fc from 'fast-check';
import type { IWebhookFunctions } from 'n8n-workflow';

import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import {
	redirectCustomer,
	renderResultPage,
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
		...[found, query, backUrl, language]: [
			Parameters<typeof renderResultPage>[1],
			Parameters<typeof renderResultPage>[2],
			string?,
			string?,
		]
	) => {
		const { body } = renderResultPage(requestIn(language), found, query, backUrl);
		if (typeof body !== 'string') throw new Error('The reply has no page');
		return tokensOf(body);
	};

	test('returns the headers of a result page, and no status', () => {
		const reply = renderResultPage(requestIn(), undefined, {}, undefined);

		expect(reply).toStrictEqual({ headers: PAGE_HEADERS, body: reply.body });
	});

	test.each([
		['en', 'en'],
		['ar', 'ar'],
		['fr', 'en'],
		[undefined, 'en'],
	])('for a browser with the language %j, renders %s', (preferred, language) => {
		expect(elementsOf(render(undefined, {}, undefined, preferred), 'html')).toMatchObject([
			{ lang: language },
		]);
	});

	test.each([
		['paid', 'Paid'],
		['issued', 'Not confirmed yet'],
		['failed', 'Payment not completed'],
		['canceled', 'Invoice canceled'],
	])('shows the status that RsomPay returned: %s', (status, heading) => {
		expect(textsOf(render(invoice(status), { status: 'success' }), 'h1')).toStrictEqual([heading]);
	});

	test.each(['success', 'paid'])('does not trust the status %s of the URL', (status) => {
		const page = render(undefined, { status, external_id: 'INV-1', amount_paid: '1' });

		expect(textsOf(page, 'h1')).toStrictEqual(['Not confirmed yet']);
		expect(textsOf(page, 'bdi')).toStrictEqual([]);
	});

	test("shows the reference of the customer's URL, once RsomPay has returned the invoice", () => {
		const both = { external_id: 'INV-PARTNER-001', reference_number: 'INV-42-001' };

		expect(textsOf(render(invoice('paid'), both), 'bdi')).toStrictEqual(['INV-PARTNER-001']);
		expect(
			textsOf(render(invoice('paid'), { reference_number: 'INV-42-001' }), 'bdi'),
		).toStrictEqual(['INV-42-001']);
	});

	test.each(['issued', 'pending', 'refunded'])(
		'is the same for an invoice that is %s as for one that does not exist',
		(status) => {
			const query = { status: 'success', external_id: 'INV-1', reference_number: 'INV-42-001' };
			const page = (found?: Invoice) => renderResultPage(requestIn('ar'), found, query, undefined);

			expect(page(invoice(status))).toStrictEqual(page());
		},
	);

	test('has a button only with a button link', () => {
		expect(elementsOf(render(undefined, {}), 'a')).toStrictEqual([]);
		expect(elementsOf(render(undefined, {}, REDIRECT_URLS.success), 'a')).toStrictEqual([
			{ href: REDIRECT_URLS.success },
		]);
	});
});

describe('redirectCustomer', () => {
	const redirect = (found: Invoice | undefined, query: ReturnQuery) => {
		const { headers, ...reply } = redirectCustomer(found, query, REDIRECT_URLS);
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
