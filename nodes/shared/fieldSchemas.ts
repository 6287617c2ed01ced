import { tryToParseDateTime } from 'n8n-workflow';
import { z } from 'zod';

import { InputError } from './errors';

/**
 * Schemas of the values that users put into fields. They validate a value and convert it to what an
 * API takes. Each message is read after the field's label.
 */

/**
 * Validates the values of fields.
 *
 * @param labels the labels of the fields by their path, or a function that maps an issue to a sentence
 * without a final period
 * @returns the converted values
 * @throws InputError with all problems
 */
export function validate<T extends z.ZodTypeAny>(
	schema: T,
	value: unknown,
	labels: Record<string, string> | ((issue: z.ZodIssue) => string),
): z.output<T> {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const toSentence =
		typeof labels === 'function'
			? labels
			: ({ path, message }: z.ZodIssue) =>
					`'${labels[path.join('.')] ?? path.join('.')}' ${message}`;
	throw new InputError(parsed.error.issues.map(toSentence));
}

const TEXT = z.union([z.string(), z.number().finite()]);

/** Returns whether a field is left empty. */
export const isBlank = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** Makes a field optional. A blank field becomes `undefined` and is not sent. */
export function optional<T extends z.ZodTypeAny>(schema: T) {
	return z.preprocess((value) => (isBlank(value) ? undefined : value), schema.optional());
}

/**
 * A text, trimmed. A number counts as its digits.
 *
 * @param maxLength in characters
 */
export function text(maxLength: number) {
	return z.unknown().transform((value, context) => {
		const parsed = TEXT.safeParse(value);
		const trimmed = parsed.success ? String(parsed.data).trim() : '';
		const message = isBlank(value)
			? 'is empty'
			: !parsed.success
				? 'must be text'
				: Number.isInteger(parsed.data) && !Number.isSafeInteger(parsed.data)
					? 'has more digits than a number can hold: pass it as text'
					: trimmed.length > maxLength
						? `is too long: ${trimmed.length} characters, at most ${maxLength} are allowed`
						: undefined;
		if (message === undefined) return trimmed;
		context.addIssue({ code: 'custom', message, fatal: true });
		return z.NEVER;
	});
}

const DECIMAL_TEXT = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

/** More significant digits than this cannot be sent exactly as a JSON number. */
const MAX_SIGNIFICANT_DIGITS = 15;

/**
 * A number. A text such as `"100.10"` counts as the number it shows. The rounding error of an
 * expression is removed: `1.1 * 3`, which is 3.3000000000000003, becomes 3.3.
 *
 * @param min the smallest allowed number
 */
export function amount(min?: number) {
	return z.unknown().transform((value, context) => {
		const number = readNumber(value);
		const message = isBlank(value)
			? 'is empty'
			: !Number.isFinite(number)
				? `must be a number such as 100.10, not ${preview(value)}`
				: min !== undefined && number < min
					? `must be at least ${min}, not ${preview(value)}`
					: typeof value === 'string' && significantDigits(value) > MAX_SIGNIFICANT_DIGITS
						? `has more digits than can be sent exactly: ${preview(value)}`
						: undefined;
		if (message === undefined) return number;
		context.addIssue({ code: 'custom', message, fatal: true });
		return z.NEVER;
	});
}

function readNumber(value: unknown): number {
	if (typeof value === 'number') return withoutRoundingError(value);
	return typeof value === 'string' && DECIMAL_TEXT.test(value.trim()) ? Number(value) : NaN;
}

/**
 * Rounds to six decimals and twelve digits where that removes no more than binary arithmetic adds: a
 * few units in the last place, or what a sum or a difference of larger amounts leaves. No number of at
 * most nine decimals is changed.
 */
function withoutRoundingError(value: number): number {
	const rounded = Number(Number(value.toPrecision(12)).toFixed(6));
	const maxError = Math.max(4e-10, Math.abs(value) * (3 * Number.EPSILON));
	return Math.abs(value - rounded) <= maxError ? rounded : value;
}

function significantDigits(digits: string): number {
	return digits.replace(/[+.\s-]/g, '').replace(/^0+|0+$/g, '').length;
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

/** A boolean. An expression may give any other value. */
export const booleanField = z.boolean({ message: 'must be on or off' });

/** One of several values. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
	return z.custom<T[number]>(
		(value) => values.includes(value as string),
		`must be one of ${values.join(', ')}`,
	);
}

/** An e-mail address of at most 255 characters. */
export function email() {
	return text(255).pipe(z.string().email('must be an e-mail address such as customer@example.com'));
}

/**
 * A day as `YYYY-MM-DD`. Takes what n8n gives for a date: an ISO date or time, or a date object. A
 * moment, which carries a zone, becomes its day in the workflow's zone. A text without a zone keeps
 * its day.
 *
 * @param zone the workflow's time zone
 */
export function dateOnly(zone: string) {
	return dateTime(zone).transform((found) => found.toFormat('yyyy-MM-dd'));
}

const DATE_WITHOUT_TIME = /^\d{4}-\d\d-\d\d$/;

const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:$|[T ])/;

/**
 * The last moment of a range. A day without a time counts to its end.
 *
 * @param zone the workflow's time zone, for times without one
 */
export function endOfRange(zone: string) {
	return z.unknown().transform((value, context) => {
		const found = readDateTime(value, zone, context);
		if (!found) return z.NEVER;
		const isDay = typeof value === 'string' && DATE_WITHOUT_TIME.test(value.trim());
		return isDay ? found.endOf('day') : found;
	});
}

/**
 * A date and time. Takes what n8n gives for one: an ISO date or time, or a date object.
 *
 * @param zone the workflow's time zone, for times without one
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

// n8n's parser reads nearly anything as a date, "net 10" and a bare number included.
function isDateTimeLike(value: unknown): boolean {
	return typeof value === 'string'
		? ISO_DATE.test(value.trim())
		: typeof value === 'object' && !Array.isArray(value);
}

function parseDateTime(value: unknown, zone: string) {
	try {
		const found = tryToParseDateTime(value, zone);
		const day = typeof value === 'string' ? ISO_DATE.exec(value.trim())?.[1] : undefined;
		// The parser reads the 30th of February as the 2nd of March.
		if (day !== undefined && found.toFormat('yyyy-MM-dd') !== day) return undefined;
		const local = found.setZone(zone);
		return local.isValid ? local : undefined;
	} catch {
		return undefined;
	}
}
