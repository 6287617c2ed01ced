/** An exact decimal: `units / 10^scale`. */
export type Decimal = { units: bigint; scale: number };

/**
 * The decimal of a JSON number's shortest notation, e.g. 0.1 is exactly one tenth.
 *
 * @throws RangeError if the number is not finite.
 */
export function decimal(value: number): Decimal {
	const [, sign = '', whole, fraction = '', exponent = '0'] =
		/^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
	if (whole === undefined) throw new RangeError(`${value} is not a decimal`);
	const scale = fraction.length - Number(exponent);
	const units = BigInt(sign + whole + fraction);
	return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}

/** The exact product. */
export function multiply(a: Decimal, b: Decimal): Decimal {
	return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** In hundredths (halalas for SAR); rounds half away from zero, as PHP's `round` does. */
export function toHundredths({ units, scale }: Decimal): bigint {
	if (scale <= 2) return units * 10n ** BigInt(2 - scale);
	const divisor = 10n ** BigInt(scale - 2);
	const magnitude = units < 0n ? -units : units;
	const rounded = (2n * magnitude + divisor) / (2n * divisor);
	return units < 0n ? -rounded : rounded;
}

/** The number of these hundredths; exact up to {@link MAX_HUNDREDTHS}. */
export function fromHundredths(hundredths: bigint): number {
	return Number(hundredths) / 100;
}

/** The largest amount that a JSON number represents to the hundredth. */
export const MAX_HUNDREDTHS = 999_999_999_999_999n;
