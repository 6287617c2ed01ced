import type { Payment } from './schemas';

/** The currencies whose minor unit is not a hundredth, with their number of decimals. ISO 4217. */
const DECIMALS: Readonly<Record<string, number>> = {
	...decimals(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
	...decimals(3, 'BHD IQD JOD KWD LYD OMR TND'),
	...decimals(4, 'CLF UYW'),
};

function decimals(count: number, currencies: string): Record<string, number> {
	return Object.fromEntries(currencies.split(' ').map((currency) => [currency, count]));
}

/**
 * Formats an amount in the currency's major unit, without floating-point arithmetic.
 *
 * @param amount in the minor unit, such as halalas
 * @param currency ISO 4217. The minor unit of an unknown code is a hundredth.
 * @returns such as `103.50` for 10350 SAR, or `null` when the amount is no whole number
 */
export function majorUnits(amount: number | undefined, currency: string): string | null {
	if (amount === undefined || !Number.isSafeInteger(amount)) return null;
	const count = DECIMALS[currency.toUpperCase()] ?? 2;
	const digits = String(Math.abs(amount)).padStart(count + 1, '0');
	const whole = digits.slice(0, digits.length - count);
	const sign = amount < 0 ? '-' : '';
	return count === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-count)}`;
}

/** The ten fields of a payment that most users need. n8n's output schemas are made of this type. */
export type SimplePayment = {
	id: string;
	status: string | null;
	/** In the currency's minor unit: halalas for SAR. */
	amount: number | null;
	/** In the currency's major unit, such as `103.50`. */
	amount_decimal: string | null;
	currency: string | null;
	source_type: string | null;
	source_company: string | null;
	source_number: string | null;
	description: string | null;
	created_at: string | null;
};

/** Reduces a payment to the fields that most users need. All of them are always present. */
export function simplify(payment: Payment): SimplePayment {
	const { source } = payment;
	return {
		id: payment.id,
		status: payment.status ?? null,
		amount: payment.amount ?? null,
		amount_decimal: majorUnits(payment.amount, payment.currency ?? ''),
		currency: payment.currency ?? null,
		source_type: source?.type ?? null,
		source_company: source?.company ?? null,
		source_number: source?.number ?? null,
		description: payment.description ?? null,
		created_at: payment.created_at ?? null,
	};
}
