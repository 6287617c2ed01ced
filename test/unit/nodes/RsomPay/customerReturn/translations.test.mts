import type { Outcome } from '../../../../../nodes/RsomPay/api/invoiceStatus.ts';
import {
	type Language,
	LANGUAGES,
	TRANSLATIONS,
} from '../../../../../nodes/RsomPay/customerReturn/translations.ts';

const OUTCOMES: readonly Outcome[] = ['paid', 'pending', 'failed', 'canceled'];

const LABELS = [
	'invoiceLabel',
	'amountLabel',
	'tryAgainButton',
	'payButton',
	'checkAgainButton',
	'continueButton',
] as const;

const textsOf = (language: Language): string[] => {
	const translation = TRANSLATIONS[language];
	const { outcomes } = translation;
	return [
		...LABELS.map((name) => translation[name]),
		...OUTCOMES.flatMap((outcome) => outcomes[outcome]),
	];
};

const headingsOf = (language: Language) =>
	OUTCOMES.map((outcome) => TRANSLATIONS[language].outcomes[outcome][0]);

test('English comes first, because it is the default', () => {
	expect(LANGUAGES).toStrictEqual(['en', 'ar']);
	expect(Object.keys(TRANSLATIONS).toSorted()).toStrictEqual(['ar', 'en']);
});

test('each language has its direction', () => {
	expect(TRANSLATIONS.en.direction).toBe('ltr');
	expect(TRANSLATIONS.ar.direction).toBe('rtl');
});

describe.each(LANGUAGES)('%s', (language) => {
	test('has every text', () => {
		expect(Object.keys(TRANSLATIONS[language].outcomes).toSorted()).toStrictEqual(
			OUTCOMES.toSorted(),
		);
		for (const text of textsOf(language)) expect(text.trim()).not.toBe('');
		expect(textsOf(language)).toHaveLength(14);
	});

	test('has different texts for each outcome', () => {
		expect(new Set(textsOf(language)).size).toBe(14);
		expect(new Set(headingsOf(language)).size).toBe(OUTCOMES.length);
	});
});

test.each(textsOf('en'))('is English: %s', (text) => {
	expect(text).toMatch(/^[ -~]+$/);
});

test.each(textsOf('ar'))('is Arabic: %s', (text) => {
	expect(text).toMatch(/\p{Script=Arabic}/u);
	expect(text).not.toMatch(/[A-Za-z]/);
});

test('only the outcome paid says that the payment was received', () => {
	for (const outcome of OUTCOMES) {
		const english = TRANSLATIONS.en.outcomes[outcome].join(' ');
		const arabic = TRANSLATIONS.ar.outcomes[outcome].join(' ');

		expect(/paid|received/i.test(english)).toBe(outcome === 'paid');
		expect(/(?<!\p{L})تم الدفع|وصلتنا/u.test(arabic)).toBe(outcome === 'paid');
	}
});
