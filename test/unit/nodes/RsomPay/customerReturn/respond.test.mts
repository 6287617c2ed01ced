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

/** A request of a customer whose browser prefers a language. */
const requestIn = (language: string | false = false) =>
	({
		getRequestObject: () => ({
			acceptsLanguages: (offered: string[]) =>
				language !== false && offered.includes(language) ? language : false,
		}),
	}) as unknown as IWebhookFunctions;

describe('renderResultPage', () => {
	const show = (
		...[found, query, backUrl, language]: [
			Parameters<typeof renderResultPage>[1],
			Parameters<typeof renderResultPage>[2],
			string?,
			string?,
		]
	) => tokensOf(String(renderResultPage(requestIn(language), found, query, backUrl).body));

	test('has the headers of a result page, and lets n8n send the status', () => {
		const reply = renderResultPage(requestIn(), undefined, {}, undefined);

		expect(reply).toStrictEqual({ headers: PAGE_HEADERS, body: reply.body });
	});

	test.each([
		['en', 'en'],
		['ar', 'ar'],
		['fr', 'en'],
		[undefined, 'en'],
	])('for a browser that wants %j, is in %s', (wanted, language) => {
		expect(elementsOf(show(undefined, {}, undefined, wanted), 'html')).toMatchObject([
			{ lang: language },
		]);
	});

	test.each([
		['paid', 'Paid'],
		['issued', 'Not confirmed yet'],
		['failed', 'Payment not completed'],
		['canceled', 'Invoice canceled'],
	])('shows how RsomPay says that the invoice stands: %s', (status, heading) => {
		expect(textsOf(show(invoice(status), { status: 'success' }), 'h1')).toStrictEqual([heading]);
	});

	test.each(['success', 'paid'])('believes no address that claims %s', (status) => {
		const found = show(undefined, { status, external_id: 'INV-1', amount_paid: '1' });

		expect(textsOf(found, 'h1')).toStrictEqual(['Not confirmed yet']);
		expect(textsOf(found, 'bdi')).toStrictEqual([]);
	});

	test("calls the invoice what the customer's address does, once it is known to exist", () => {
		const both = { external_id: 'INV-PARTNER-001', reference_number: 'INV-42-001' };

		expect(textsOf(show(invoice('paid'), both), 'bdi')).toStrictEqual(['INV-PARTNER-001']);
		expect(textsOf(show(invoice('paid'), { reference_number: 'INV-42-001' }), 'bdi')).toStrictEqual(
			['INV-42-001'],
		);
	});

	test('has a button where it is to lead somewhere', () => {
		expect(elementsOf(show(undefined, {}), 'a')).toStrictEqual([]);
		expect(elementsOf(show(undefined, {}, REDIRECT_URLS.success), 'a')).toStrictEqual([
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
			'https://partner.example.com/payment/pending?lang=ar&next=%20a+b&flag&external_id=INV-X&status=issued#top',
		],
		[
			'refunded',
			'https://partner.example.com/payment/pending?lang=ar&next=%20a+b&flag&external_id=INV-X&status=refunded#top',
		],
	])('sends the customer of an invoice that is %s to %s', (status, location) => {
		expect(redirect(invoice(status), { status: 'success', external_id: 'INV-X' })).toStrictEqual({
			Location: location,
			'Cache-Control': 'no-store',
			'Referrer-Policy': 'no-referrer',
		});
	});

	test.each(['success', 'paid', 'failed'])(
		'without a word of RsomPay, sends to where nothing is known: %s',
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

	test('tells no more of the invoice than the customer came with', () => {
		expect(redirect(invoice('paid'), { reference_number: 'INV-42-001' }).Location).toBe(
			'https://partner.example.com/payment/success?status=paid',
		);
	});

	test('never sends anybody to where the address that they came with says', () => {
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
		const claim = fc.record({ external_id: value, status: value, reference_number: value });
		const known = fc.option(
			fc.constantFrom('paid', 'failed', 'canceled', 'issued', 'pending').map(invoice),
			{ nil: undefined },
		);
		fc.assert(
			fc.property(claim, known, (claimed, found) => {
				const { Location: location = '' } = redirect(found, claimed);
				const { origin, pathname, hash, searchParams } = new URL(location);
				const own = Object.values(REDIRECT_URLS).map((address) => new URL(address));

				expect(location).toMatch(/^[!-~]+$/);
				expect(own.map((url) => [url.origin, url.pathname, url.hash])).toContainEqual([
					origin,
					pathname,
					hash,
				]);
				expect(searchParams.getAll('status')).toStrictEqual([found?.status ?? 'pending']);
				expect(pathname === '/payment/success').toBe(found?.status === 'paid');
				expect(searchParams.has('external_id')).toBe(claimed.external_id !== undefined);
			}),
		);
	});
});
