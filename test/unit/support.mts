import type { Decimal } from '../../nodes/shared/decimal.ts';
import { InputError } from '../../nodes/shared/errors.ts';

/** The sentences of the `InputProblem` that `check` throws; an empty list where it throws none. */
export function inputErrorsOf(check: () => unknown): readonly string[] {
	try {
		check();
	} catch (error) {
		if (error instanceof InputError) return error.messages;
		throw error;
	}
	return [];
}

/** A decimal number as text without needless zeros, such as `103.5`. */
export function written({ digits, scale }: Decimal): string {
	const padded = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
	const fraction = padded.slice(padded.length - scale).replace(/0+$/, '');
	const whole = padded.slice(0, padded.length - scale);
	return (digits < 0n ? '-' : '') + whole + (fraction === '' || scale === 0 ? '' : `.${fraction}`);
}

/** Lets everything run that does not wait for a timer or for the outside. */
export async function settle(): Promise<void> {
	await new Promise<void>((resolve) => setImmediate(resolve));
}

/** What comes of work that waits for timers, which must be faked. */
export async function outcomeOf<T>(work: Promise<T>): Promise<T> {
	const [outcome] = await Promise.all([work, jest.runAllTimersAsync()]);
	return outcome;
}

/** The keys of all maps that an object has, to see that nothing is kept for nothing. */
export function keysKeptBy(object: object): unknown[] {
	return Object.values(object).flatMap((value: unknown): unknown[] =>
		value instanceof Map ? [...(value as Map<unknown, unknown>).keys()] : [],
	);
}
