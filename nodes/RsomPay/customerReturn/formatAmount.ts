import { z } from 'zod';

import type { Language } from './translations';

const amountSchema = z
	.union([z.number().finite(), z.string().regex(/^\d+(\.\d+)?$/)])
	// As text, because Intl rounds a number by its binary value: 1.005 would become 1.00.
	.transform((value) => String(value) as Intl.StringNumericLiteral);

/** What Intl takes as a currency. */
const CURRENCY_CODE = /^[A-Z]{3}$/i;

/** No currency of RsomPay has more. The digits behind them are a rounding error of binary arithmetic. */
const DIGITS = { maximumFractionDigits: 3 } as const;

/**
 * Formats an amount for a customer, such as `SAR 103.50`.
 *
 * @param amount as RsomPay returned it
 * @param currencyCode without it the number stands alone
 * @returns `undefined` when the amount is not a number
 */
export function formatAmount(
	amount: unknown,
	currencyCode: string | undefined,
	language: Language,
): string | undefined {
	const { data } = amountSchema.safeParse(amount);
	if (data === undefined) return undefined;
	if (currencyCode !== undefined && CURRENCY_CODE.test(currencyCode)) {
		const style = { style: 'currency', currency: currencyCode, ...DIGITS } as const;
		return new Intl.NumberFormat(language, style).format(data);
	}
	const number = new Intl.NumberFormat(language, { minimumFractionDigits: 2, ...DIGITS });
	return [number.format(data), currencyCode].filter(Boolean).join(' ');
}
