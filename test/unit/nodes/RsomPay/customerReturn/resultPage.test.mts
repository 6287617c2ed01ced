import fc from 'fast-check';
import { createHash } from 'node:crypto';

import type { Outcome } from '../../../../../nodes/RsomPay/api/invoiceStatus.ts';
import {
	PAGE_HEADERS,
	type ResultPage,
	resultPage,
} from '../../../../../nodes/RsomPay/customerReturn/resultPage.ts';
import {
	type Language,
	LANGUAGES,
	TRANSLATIONS,
} from '../../../../../nodes/RsomPay/customerReturn/translations.ts';
import { elementsOf, textsOf, type Token, tokensOf } from './markup.mts';

const OUTCOMES: readonly Outcome[] = ['paid', 'pending', 'failed', 'canceled'];

const ALL = OUTCOMES.flatMap((outcome) =>
	LANGUAGES.map((language): [Outcome, Language] => [outcome, language]),
);

const REFERENCE = 'INV-PARTNER-001';

const BACK_URL = 'https://partner.example.com/orders?id=1&from=payment';

const PAYMENT_URL = 'https://payment.rsompay.com/pay/invoice/abc';

const AMOUNT = 'SAR 103.50';

/** Everything that a page can show. */
const FULL: Partial<ResultPage> = {
	shopName: 'My Shop',
	reference: REFERENCE,
	amount: AMOUNT,
	paymentUrl: PAYMENT_URL,
	canReload: true,
	backUrl: BACK_URL,
};

const page = (values: Partial<ResultPage> = {}) =>
	resultPage({ outcome: 'pending', language: 'en', ...values });

const tokens = (values: Partial<ResultPage> = {}) => tokensOf(page(values));

/** The structure of a page without its texts: its tags with the names of their attributes. */
const skeletonOf = (found: Token[]) =>
	found
		.filter((token) => token.kind !== 'text')
		.map((token) => [
			token.kind,
			token.name,
			'attributes' in token && Object.keys(token.attributes),
		]);

/** The directives of a Content-Security-Policy by their names. */
const directivesOf = (policy: string) =>
	Object.fromEntries(
		policy.split('; ').map((directive): [string, string] => {
			const [name = '', ...values] = directive.split(' ');
			return [name, values.join(' ')];
		}),
	);

describe.each(ALL)('the page for the outcome %s in %s', (outcome, language) => {
	const translation = TRANSLATIONS[language];
	const { direction, invoiceLabel, amountLabel, outcomes } = translation;
	const [heading, explanation] = outcomes[outcome];
	const read = () => tokens({ ...FULL, outcome, language });

	test('shows the texts of the outcome, in the language and its direction', () => {
		const found = read();
		expect(elementsOf(found, 'html')).toStrictEqual([{ lang: language, dir: direction }]);
		expect(textsOf(found, 'h1')).toStrictEqual([heading]);
		expect(textsOf(found, 'title')).toStrictEqual([heading]);
		expect(textsOf(found, 'p').map((text) => text.trim())).toStrictEqual([
			'',
			explanation,
			invoiceLabel,
			amountLabel,
			'',
		]);
		expect(textsOf(found, 'bdi')).toStrictEqual([FULL.shopName, REFERENCE, AMOUNT]);
		expect(textsOf(found, 'a')).toStrictEqual([
			outcome === 'failed' ? translation.tryAgainButton : translation.payButton,
			translation.checkAgainButton,
			translation.continueButton,
		]);
	});

	test('contains "paid" only for the outcome paid', () => {
		const markup = page({ ...FULL, outcome, language });

		expect(/paid/i.test(markup)).toBe(outcome === 'paid' && language === 'en');
		expect(/(?<!\p{L})تم الدفع/u.test(markup)).toBe(outcome === 'paid' && language === 'ar');
	});

	test('has no script, no external resource and no link but the buttons', () => {
		const found = read();
		const elements = found.flatMap((token) => (token.kind === 'open' ? [token] : []));
		const used = new Set(elements.map(({ name }) => name));
		const attributes = new Set(elements.flatMap((element) => Object.keys(element.attributes)));

		expect([...used].toSorted()).toStrictEqual(
			[
				'a',
				'bdi',
				'body',
				'circle',
				'h1',
				'head',
				'html',
				'main',
				'meta',
				'p',
				'path',
				'style',
			].concat('svg', 'title'),
		);
		for (const name of attributes) {
			expect(name).not.toMatch(/^(on|src|style$|xlink|action|data|ping|poster|background)/i);
		}
		expect(elements.filter((element) => 'href' in element.attributes)).toStrictEqual([
			{ kind: 'open', name: 'a', attributes: { href: PAYMENT_URL } },
			// The page itself, whatever its query is.
			{ kind: 'open', name: 'a', attributes: { href: '' } },
			{ kind: 'open', name: 'a', attributes: { href: BACK_URL } },
		]);
		const rest = page({ outcome, language, reference: REFERENCE });
		expect(rest).not.toMatch(/\/\/|url\(|@import|src=|href|<script|javascript:/i);
	});

	test('allows a browser only its own style', () => {
		const found = read();
		const [style, ...more] = textsOf(found, 'style');
		const digest = createHash('sha256')
			.update(style ?? '')
			.digest('base64');
		const policies = elementsOf(found, 'meta').filter(
			(meta) => meta['http-equiv'] === 'Content-Security-Policy',
		);

		expect(more).toStrictEqual([]);
		expect(policies.map(({ content = '' }) => directivesOf(content))).toStrictEqual([
			{
				'default-src': "'none'",
				'style-src': `'sha256-${digest}'`,
				'base-uri': "'none'",
				'form-action': "'none'",
			},
		]);
		// A policy applies only to the elements after it.
		expect(
			found.findIndex((token) => 'attributes' in token && 'http-equiv' in token.attributes),
		).toBeLessThan(found.findIndex((token) => 'name' in token && token.name === 'style'));
	});

	test('fits a phone, and is not indexed by search engines', () => {
		const found = read();
		expect(elementsOf(found, 'meta')).toEqual(
			expect.arrayContaining([
				{ charset: 'utf-8' },
				{ name: 'viewport', content: 'width=device-width, initial-scale=1' },
				{ name: 'robots', content: 'noindex' },
			]),
		);
	});
});

test('each outcome has its own icon, which screen readers skip', () => {
	const icons = OUTCOMES.map((outcome) => {
		const found = tokens({ outcome });
		expect(elementsOf(found, 'svg')).toMatchObject([{ 'aria-hidden': 'true' }]);
		return JSON.stringify([elementsOf(found, 'svg'), elementsOf(found, 'path')]);
	});

	expect(new Set(icons).size).toBe(OUTCOMES.length);
});

test('shows no shop, no reference, no amount and no button without them', () => {
	const found = tokens();

	expect(elementsOf(found, 'p')).toHaveLength(1);
	expect(elementsOf(found, 'bdi')).toStrictEqual([]);
	expect(elementsOf(found, 'a')).toStrictEqual([]);
	expect(textsOf(tokens({ reference: '0' }), 'bdi')).toStrictEqual(['0']);
});

test('the headers contain the policy of the page, and what a page cannot contain', () => {
	const { 'Content-Security-Policy': policy, ...headers } = PAGE_HEADERS;
	const [inPage] = elementsOf(tokens(), 'meta').flatMap(({ content = '' }) =>
		content.startsWith('default-src') ? [content] : [],
	);

	expect(policy).toBe(`${inPage}; frame-ancestors 'none'`);
	expect(headers).toStrictEqual({
		'Content-Type': 'text/html; charset=utf-8',
		'Cache-Control': 'no-store',
		'Referrer-Policy': 'no-referrer',
		'X-Content-Type-Options': 'nosniff',
		'X-Frame-Options': 'DENY',
		Vary: 'Accept-Language',
	});
});

test('keeps an ID or an amount in one line where it fits, in its own direction', () => {
	const [style = ''] = textsOf(tokens(), 'style');

	expect(style).toContain('bdi { display: inline-block; max-width: 100%;');
	expect(style).toContain('overflow-wrap: anywhere;');
});

describe('for any text and link', () => {
	/** Any text, and texts that break out of markup that is not escaped. */
	const text = fc.oneof(
		fc.string({ unit: 'binary', minLength: 1 }),
		fc
			.array(
				fc.constantFrom(
					'<script>alert(1)</script>',
					'</bdi>',
					'</style>',
					'</title>',
					'<img src=x onerror=alert(1)>',
					'<!--',
					'-->',
					'"',
					"'",
					'&',
					'&lt;',
					'&#x3c;',
					'>',
					'<',
					'` onmouseover=alert(1) ',
					'javascript:alert(1)',
					'https://partner.example.com',
					'${1}',
					'$&',
					'{{ 1 }}',
					'\u202e',
					'\u0000',
					'الفاتورة',
				),
				{ minLength: 1 },
			)
			.map((parts) => parts.join('')),
	);

	test('the page has the same structure, and shows them unchanged', () => {
		const plain = skeletonOf(tokens(FULL));
		const values = fc.record({
			shopName: text,
			reference: text,
			amount: text,
			paymentUrl: text,
			backUrl: text,
		});
		const languages = fc.constantFrom(...LANGUAGES);
		const outcomes = fc.constantFrom(...OUTCOMES);
		fc.assert(
			fc.property(values, languages, outcomes, (shown, language, outcome) => {
				const found = tokens({ ...FULL, outcome, language, ...shown });

				expect(skeletonOf(found)).toStrictEqual(plain);
				expect(textsOf(found, 'bdi')).toStrictEqual([
					shown.shopName,
					shown.reference,
					shown.amount,
				]);
				expect(elementsOf(found, 'a')).toStrictEqual([
					{ href: shown.paymentUrl },
					{ href: '' },
					{ href: shown.backUrl },
				]);
				expect(textsOf(found, 'h1')).toStrictEqual([TRANSLATIONS[language].outcomes[outcome][0]]);
			}),
			{ numRuns: 500 },
		);
	});
});
