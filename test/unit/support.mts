import type { Decimal } from '../../nodes/shared/decimal.ts';
import { InputError } from '../../nodes/shared/errors.ts';

/** The messages of the `InputError` that `check` throws, or an empty list when it throws nothing. */
export function inputErrorsOf(check: () => unknown): readonly string[] {
	try {
		check();
	} catch (error) {
		if (error instanceof InputError) return error.messages;
		throw error;
	}
	return [];
}

/** Formats a decimal number without trailing zeros, such as `103.5`. */
export function formatDecimal({ digits, scale }: Decimal): string {
	const padded = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
	const fraction = padded.slice(padded.length - scale).replace(/0+$/, '');
	const whole = padded.slice(0, padded.length - scale);
	return (digits < 0n ? '-' : '') + whole + (fraction === '' || scale === 0 ? '' : `.${fraction}`);
}

/** Waits until all pending promise callbacks have run. Timers and I/O are not waited for. */
export async function settle(): Promise<void> {
	await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Runs all fake timers, and returns the result of `work`. */
export async function outcomeOf<T>(work: Promise<T>): Promise<T> {
	const [outcome] = await Promise.all([work, jest.runAllTimersAsync()]);
	return outcome;
}

/** The keys of all maps of an object, to assert that it deletes what it no longer needs. */
export function keysKeptBy(object: object): unknown[] {
	return Object.values(object).flatMap((value: unknown): unknown[] =>
		value instanceof Map ? [...(value as Map<unknown, unknown>).keys()] : [],
	);
}
