import type { Failure } from 'n8n-workflow';
import { z } from 'zod';

import { ServiceError } from './errors';
import type { HttpResponse } from './http';
import { isRetryableStatus, parseRetryAfter } from './retry';

/** The sentences of one service's errors. */
export interface ErrorMessages {
	/** The service's name. */
	service: string;
	/** The statuses of a validation error. Their messages are listed by field. */
	invalid: readonly number[];
	/** By status: what happened, without a final period, and what to do about it. */
	statuses: Readonly<Record<number, readonly [string, string]>>;
	/** What to do about a web page instead of data. */
	webPage: string;
	/** What to do about any other 4xx status. */
	unexpected: string;
	/** What to do about a 5xx status. */
	fault: string;
	/** What to do about frequent 429s, without a final period. */
	tooMany: string;
}

const bodySchema = z.object({
	message: z.string().trim().min(1).optional().catch(undefined),
	errors: z.unknown(),
	data: z.unknown(),
});

/**
 * Quotes the `message` of a response body, to be appended to a sentence.
 *
 * @returns the message with an introduction and a leading space, or an empty text without a message
 */
export function quoteMessage(service: string, body: unknown): string {
	const { data } = bodySchema.safeParse(body);
	return data?.message ? ` ${service} said: ${data.message}` : '';
}

/**
 * Maps a non-2xx response to a ServiceError that says what happened and what to do about it. Quotes
 * the service's own messages in whatever language they come.
 *
 * @param response a response whose status is not 2xx
 * @param subject what was requested, to be read after "take" (such as `the invoice "INV-1"`)
 * @param messages the sentences of this service
 */
export function toServiceError(
	response: HttpResponse,
	subject: string,
	messages: ErrorMessages,
): ServiceError {
	const { status, retryAfter, body } = response;
	const { service } = messages;
	const failure = failureOf(response);
	const quoted = quoteMessage(service, body);
	const toError = (message: string, description: string) =>
		new ServiceError(message, { description: description + quoted, httpCode: status, failure });

	if (isWebPage(body) && status < 500 && status !== 429) {
		return toError(
			`${service} returned a web page instead of data (HTTP ${status})`,
			messages.webPage,
		);
	}
	const known = messages.statuses[status];
	if (known) return toError(...known);
	if (messages.invalid.includes(status)) {
		const fields = fieldMessages(body);
		if (!fields) {
			return toError(`${service} could not take ${subject}`, 'Check the values of this item.');
		}
		const list = Object.entries(fields).map(([name, texts]) =>
			name === '' ? texts.join(' ') : `${name}: ${texts.join(' ')}`,
		);
		return new ServiceError(`${service} could not take ${subject}: ${list.join('; ')}`, {
			description: 'Correct the values named above and run the workflow again.',
			httpCode: status,
			fields,
			failure,
		});
	}
	if (status === 429) {
		const hint = typeof retryAfter === 'string' ? ` (Retry-After: ${retryAfter})` : '';
		return toError(
			`${service} is receiving too many requests`,
			`Try again later${hint}. If it happens often, ${messages.tooMany}.`,
		);
	}
	return status >= 500
		? toError(
				`${service} could not respond because of a fault on its side (HTTP ${status})`,
				messages.fault,
			)
		: toError(`${service} returned an unexpected response (HTTP ${status})`, messages.unexpected);
}

const isWebPage = (body: unknown): boolean => typeof body === 'string' && /^\s*</.test(body);

/** Statuses of an address or a request that stays wrong until someone corrects it. */
const WRONG_ADDRESS = new Set([301, 302, 303, 307, 308, 404, 405, 410]);
const WRONG_REQUEST = new Set([400, 422]);

/**
 * Maps a response to the reason of the failure, as n8n reads it to schedule its polls. A web page with
 * another status than that of a wrong address comes from a firewall or a proxy in between. A 2xx
 * response that cannot be read is most likely a maintenance page: a wrong address is noticed when the
 * workflow is made.
 *
 * @param response a response that is an error
 * @returns `undefined` where the reason is not known
 */
export function failureOf({ status, retryAfter, body }: HttpResponse): Failure | undefined {
	const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
	if (status === 429) return { cause: 'rate-limited', retryAfterMs };
	if (isRetryableStatus(status)) return { cause: 'temporarily-unavailable', retryAfterMs };
	if (WRONG_ADDRESS.has(status)) return { cause: 'configuration-invalid' };
	if (isWebPage(body) || status < 300) return { cause: 'temporarily-unavailable' };
	if (status === 401 || status === 403) return { cause: 'credential-invalid' };
	return WRONG_REQUEST.has(status) ? { cause: 'configuration-invalid' } : undefined;
}

/**
 * Parses the body of a 2xx response.
 *
 * @param toError maps a non-2xx response to an error
 * @param toUnreadableError maps a 2xx response that does not match the schema to an error
 * @returns the parsed body
 * @throws ServiceError from one of the two
 */
export function parseResponse<T extends z.ZodTypeAny>(
	response: HttpResponse,
	schema: T,
	toError: (response: HttpResponse) => ServiceError,
	toUnreadableError: (response: HttpResponse) => ServiceError,
): z.infer<T> {
	if (response.status < 200 || response.status > 299) throw toError(response);
	const parsed = schema.safeParse(response.body);
	if (!parsed.success) throw toUnreadableError(response);
	return parsed.data;
}

/** Collects every text of a part of a body with its dotted path, whatever shape the part has. */
function collectMessages(part: unknown, path: string[] = []): Array<[string, string]> {
	if (typeof part === 'string') return part.trim() === '' ? [] : [[path.join('.'), part]];
	if (Array.isArray(part)) return part.flatMap((entry) => collectMessages(entry, path));
	if (typeof part !== 'object' || part === null) return [];
	return Object.entries(part).flatMap(([name, entry]) => collectMessages(entry, [...path, name]));
}

/** The messages of a validation error, keyed by field. `undefined` where there are none. */
function fieldMessages(body: unknown): Record<string, string[]> | undefined {
	const { data: parsed } = bodySchema.safeParse(body);
	const fields = new Map<string, string[]>();
	const messages = [parsed?.errors, parsed?.data]
		.map((part) => collectMessages(part))
		.find((found) => found.length > 0);
	for (const [name, message] of messages ?? []) {
		fields.set(name, [...(fields.get(name) ?? []), message]);
	}
	return fields.size > 0 ? Object.fromEntries(fields) : undefined;
}
