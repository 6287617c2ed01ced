import { tryToParseDateTime } from 'n8n-workflow';
import { z } from 'zod';

import { InputError } from './errors';

/**
 * The kinds of value that people put into fields, checked and turned into what an API takes. Each
 * message says what is wrong with the value, to be read after the field's label.
 */

/**
 * Checks what was filled in.
 *
 * @param toSentence puts an issue into a sentence without a final period; or the labels of the fields,
 * by their path
 * @throws InputProblem with all that is wrong
 */
export function validate<T extends z.ZodTypeAny>(
	schema: T,
	value: unknown,
	toSentence: Record<string, string> | ((issue: z.ZodIssue) => string),
): z.output<T> {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const sentence =
		typeof toSentence === 'function'
			? toSentence
			: ({ path, message }: z.ZodIssue) =>
					`'${toSentence[path.join('.')] ?? path.join('.')}' ${message}`;
	throw new InputError(parsed.error.issues.map(sentence));
}

const TEXT = z.union([z.string(), z.number().finite()]);

const isBlank = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** Lets a field be left empty: it is not sent then. */
export function optional<T extends z.ZodTypeAny>(schema: T) {
	return z.preprocess((value) => (isBlank(value) ? undefined : value), schema.optional());
}

/**
 * Text without white space around it; a number counts as its digits.
 *
 * @param maxLength how many characters it may have
 */
export function text(maxLength: number) {
	return z.unknown().transform((value, context) => {
		const parsed = TEXT.safeParse(value);
		const found = parsed.success ? String(parsed.data).trim() : '';
		const message = isBlank(value)
			? 'is empty'
			: !parsed.success
				? 'must be text'
				: Number.isInteger(parsed.data) && !Number.isSafeInteger(parsed.data)
					? 'has more digits than a number can hold: hand it on as text'
					: found.length > maxLength
						? `is too long: ${found.length} characters, at most ${maxLength} are allowed`
						: undefined;
		if (message === undefined) return found;
		context.addIssue({ code: 'custom', message, fatal: true });
		return z.NEVER;
	});
}

const WRITTEN_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

/**
 * A number; one that arrives as text (`"100.10"`) is taken for what it says.
 *
 * @param min the smallest that is allowed
 */
export function amount(min?: number) {
	return z.unknown().transform((value, context) => {
		const written = typeof value === 'string' ? value.trim() : undefined;
		const number =
			written === undefined ? value : WRITTEN_NUMBER.test(written) ? Number(written) : NaN;
		const message = isBlank(value)
			? 'is empty'
			: typeof number !== 'number' || !Number.isFinite(number)
				? `must be a number such as 100.10, not ${preview(value)}`
				: min !== undefined && number < min
					? `must be at least ${min}, not ${preview(value)}`
					: written !== undefined && significantDigits(written) > 15
						? `has more digits than can be sent exactly: ${preview(value)}`
						: undefined;
		if (message === undefined) return number as number;
		context.addIssue({ code: 'custom', message, fatal: true });
		return z.NEVER;
	});
}

function significantDigits(written: string): number {
	return written.replace(/[+.-]/g, '').replace(/^0+|0+$/g, '').length;
}

function preview(value: unknown): string {
	const json = JSON.stringify(value) ?? String(value);
	return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/** A whole number of a range, such as a limit. */
export function numberBetween(min: number, max: number) {
	const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
	return amount().refine(
		(value) => Number.isInteger(value) && value >= min && value <= max,
		`must be a whole number ${range}`,
	);
}

/** A boolean. An expression may have given any other value. */
export const booleanField = z.boolean({ message: 'must be on or off' });

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
	return z.custom<T[number]>(
		(value) => words.includes(value as string),
		`must be one of ${words.join(', ')}`,
	);
}

/** An e-mail address of at most 255 characters. */
export function email() {
	return text(255).pipe(z.string().email('must be an e-mail address such as customer@example.com'));
}

/**
 * A day as `YYYY-MM-DD`, taken from what n8n gives for a date: an ISO date or time, a date object.
 *
 * @param zone the workflow's time zone, for times that come without one
 */
export function dateOnly(zone: string) {
	return dateTime(zone).transform((found) => found.toFormat('yyyy-MM-dd'));
}

const DAY = /^\d{4}-\d\d-\d\d$/;

const ISO = /^(\d{4}-\d\d-\d\d)(?:$|[T ])/;

/** The last moment that is meant: of a day without a time it is the end. */
export function endOfRange(zone: string) {
	return z.unknown().transform((value, context) => {
		const found = readDateTime(value, zone, context);
		if (!found) return z.NEVER;
		const isDay = typeof value === 'string' && DAY.test(value.trim());
		return isDay ? found.endOf('day') : found;
	});
}

/**
 * A moment in time, taken from what n8n gives for one: an ISO date or time, a date object.
 *
 * @param zone the workflow's time zone, for times that come without one
 */
export function dateTime(zone: string) {
	return z.unknown().transform((value, context) => readDateTime(value, zone, context) ?? z.NEVER);
}

function readDateTime(value: unknown, zone: string, context: z.RefinementCtx) {
	const found = isDateTimeLike(value) ? parseDateTime(value, zone) : undefined;
	if (found) return found;
	const message = isBlank(value)
		? 'is empty'
		: `must be a date such as 2026-12-31, not ${preview(value)}`;
	context.addIssue({ code: 'custom', message, fatal: true });
	return undefined;
}

// n8n's parser makes a day of nearly anything, "net 10" or a bare number included.
function isDateTimeLike(value: unknown): boolean {
	return typeof value === 'string'
		? ISO.test(value.trim())
		: typeof value === 'object' && !Array.isArray(value);
}

function parseDateTime(value: unknown, zone: string) {
	try {
		const found = tryToParseDateTime(value, zone);
		const written = typeof value === 'string' ? ISO.exec(value.trim())?.[1] : undefined;
		// It takes the 30th of February for the 2nd of March.
		return written === undefined || found.toFormat('yyyy-MM-dd') === written ? found : undefined;
	} catch {
		return undefined;
	}
}
