/** Currencies whose minor unit is not a hundredth (ISO 4217). */
const DECIMALS: Record<string, number> = {
	BHD: 3,
	IQD: 3,
	JOD: 3,
	JPY: 0,
	KRW: 0,
	KWD: 3,
	OMR: 3,
	TND: 3,
};

/** Formats an amount of minor units with the currency's number of decimals: `1.00 SAR`. */
export function formatAmount(amount: number, currency: string): string {
	const decimals = DECIMALS[currency] ?? 2;
	if (decimals === 0) return `${amount} ${currency}`;
	const digits = String(amount).padStart(decimals + 1, '0');
	return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)} ${currency}`;
}
