import fc from 'fast-check';

import { formatAmount } from '../../../../../nodes/RsomPay/customerReturn/formatAmount.ts';
import { LANGUAGES } from '../../../../../nodes/RsomPay/customerReturn/translations.ts';

/** Formats in English, with plain spaces. */
const english = (amount: unknown, currencyCode?: string) =>
	formatAmount(amount, currencyCode, 'en')?.replace(/\s/g, ' ');

test.each<[unknown, string | undefined, string]>([
	[103.5, 'SAR', 'SAR 103.50'],
	['103.50', 'SAR', 'SAR 103.50'],
	[0.1, 'SAR', 'SAR 0.10'],
	[1234567.89, 'sar', 'SAR 1,234,567.89'],
	[103.5, 'USD', '$103.50'],
	[1.5, 'KWD', 'KWD 1.500'],
	[103.5, undefined, '103.50'],
	// RsomPay takes up to 8 characters, Intl three letters.
	[103.5, 'POINTS', '103.50 POINTS'],
	[103.5, '<b>', '103.50 <b>'],
])('formats %j in the currency %j as %s', (amount, currencyCode, expected) => {
	expect(english(amount, currencyCode)).toBe(expected);
});

test.each([
	// As a binary number this is less than 1.0005.
	[1.0005, 'SAR 1.001'],
	[0.1 + 0.2, 'SAR 0.30'],
	['12345678901234567.89', 'SAR 12,345,678,901,234,567.89'],
])('has no rounding error of binary arithmetic: %j', (amount, expected) => {
	expect(english(amount, 'SAR')).toBe(expected);
});

test('formats in Arabic', () => {
	expect(formatAmount(1103.5, 'SAR', 'ar')).toMatch(/^\P{L}*1,103\.50\s*ر\.س\P{L}*$/u);
});

test.each([undefined, null, '', 'abc', '1e3', '-5', ' 5', '٥', NaN, Infinity, {}, [5]])(
	'shows nothing for what is no amount: %j',
	(amount) => {
		expect(formatAmount(amount, 'SAR', 'en')).toBeUndefined();
	},
);

test('shows each amount of two decimals exactly, whatever the currency', () => {
	const cents = fc.integer({ min: 0, max: 1_000_000_000_000 });
	const currencies = fc.constantFrom('SAR', 'USD', 'KWD', 'POINTS', undefined);
	fc.assert(
		fc.property(cents, currencies, fc.constantFrom(...LANGUAGES), (amount, code, language) => {
			const shown = formatAmount(amount / 100, code, language) ?? '';

			expect(shown.replace(/[^\d.]/g, '')).toContain(
				`${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`,
			);
		}),
	);
});
