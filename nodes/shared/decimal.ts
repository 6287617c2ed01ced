/** An exact decimal number: `digits` divided by ten to the power of `scale`. */
export interface Decimal {
	digits: bigint;
	/** How many of the digits are decimals, 0 or more. */
	scale: number;
}

const NUMBER = /^([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/**
 * Converts a number to the decimal that it prints as, so that 0.1 is one tenth.
 *
 * @param value a finite number
 * @throws RangeError when it is not finite
 */
export function decimal(value: number): Decimal {
	const match = NUMBER.exec(String(value));
	if (!match) throw new RangeError(`${value} is not a finite number`);
	const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
	const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
	const scale = fraction.length - Number(exponent);
	return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

export function add(a: Decimal, b: Decimal): Decimal {
	const scale = Math.max(a.scale, b.scale);
	return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
	return add(a, negate(b));
}

function negate({ digits, scale }: Decimal): Decimal {
	return { digits: -digits, scale };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
	return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** Rounds to the next smaller decimal of at most `scale` decimals. */
export function roundDown(a: Decimal, scale: number): Decimal {
	if (a.scale <= scale) return a;
	const divisor = 10n ** BigInt(a.scale - scale);
	// A division of bigints rounds towards zero.
	const remainder = ((a.digits % divisor) + divisor) % divisor;
	return { digits: (a.digits - remainder) / divisor, scale };
}

/** Rounds to the next larger decimal of at most `scale` decimals. */
export function roundUp(a: Decimal, scale: number): Decimal {
	return negate(roundDown(negate(a), scale));
}

/** Converts to the nearest number. */
export function toNumber({ digits, scale }: Decimal): number {
	return Number(`${digits}e-${scale}`);
}

/** Compares two decimals: below 0 when `a` is smaller, above 0 when it is larger, 0 when equal. */
export function compare(a: Decimal, b: Decimal): number {
	const { digits } = subtract(a, b);
	return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

function digitsAt({ digits, scale }: Decimal, targetScale: number): bigint {
	return digits * 10n ** BigInt(targetScale - scale);
}
