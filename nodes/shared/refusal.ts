import { z } from 'zod';

import type { HttpAnswer } from './http';
import { ServiceProblem } from './problems';

/** How one service's refusals are put into words. */
export interface RefusalWords {
	/** The service's name, for sentences about it. */
	service: string;
	/** The statuses that are about the values sent; their messages are listed by field. */
	invalid: readonly number[];
	/** By status: what happened, without a final period, and what to do about it. */
	statuses: Readonly<Record<number, readonly [string, string]>>;
	/** What to do when a web page comes instead of data. */
	webPage: string;
	/** What to do about an answer that nobody expected. */
	unexpected: string;
	/** What to do when the service is at fault. */
	fault: string;
	/** What to do when there are too many requests often; without a final period. */
	tooMany: string;
}

const bodySchema = z.object({
	message: z.string().trim().min(1).optional().catch(undefined),
	errors: z.unknown(),
	data: z.unknown(),
});

/**
 * The sentence that a service gave for its answer, to be put behind another one.
 *
 * @returns the sentence with its introduction and a space before it, or an empty text
 */
export function saidIn(service: string, body: unknown): string {
	const { data } = bodySchema.safeParse(body);
	return data?.message ? ` ${service} said: ${data.message}` : '';
}

/**
 * Puts an answer that is no success into words: what happened and what to do about it. The
 * service's own sentences are quoted in whatever language they come.
 *
 * @param answer an answer whose status is not 2xx
 * @param subject what was asked for, to be read after "take" (such as `the invoice "INV-1"`)
 */
export function putRefusal(
	{ status, retryAfter, body }: HttpAnswer,
	subject: string,
	words: RefusalWords,
): ServiceProblem {
	const { service } = words;
	const said = saidIn(service, body);
	const problem = (message: string, description: string) =>
		new ServiceProblem(message, { description: description + said, httpCode: status });

	const isWebPage = typeof body === 'string' && /^\s*</.test(body);
	if (isWebPage && status < 500 && status !== 429) {
		return problem(
			`${service} answered with a web page instead of data (HTTP ${status})`,
			words.webPage,
		);
	}
	const told = words.statuses[status];
	if (told) return problem(...told);
	if (words.invalid.includes(status)) {
		const fields = fieldsOf(body);
		if (!fields) {
			return problem(`${service} could not take ${subject}`, 'Check the values of this item.');
		}
		const list = Object.entries(fields).map(([name, messages]) =>
			name === '' ? messages.join(' ') : `${name}: ${messages.join(' ')}`,
		);
		return new ServiceProblem(`${service} could not take ${subject}: ${list.join('; ')}`, {
			description: 'Correct the values named above and run the workflow again.',
			httpCode: status,
			fields,
		});
	}
	if (status === 429) {
		const wait = typeof retryAfter === 'string' ? ` (Retry-After: ${retryAfter})` : '';
		return problem(
			`${service} is receiving too many requests`,
			`Try again later${wait}. If it happens often, ${words.tooMany}.`,
		);
	}
	return status >= 500
		? problem(
				`${service} could not answer because of a fault on its side (HTTP ${status})`,
				words.fault,
			)
		: problem(`${service} gave an answer that was not expected (HTTP ${status})`, words.unexpected);
}

/**
 * Takes what a success holds.
 *
 * @param refused puts an answer that is no success into words
 * @param unreadable says that a success does not hold what the schema asks for
 * @throws ServiceProblem of one of the two
 */
export function readAnswer<T extends z.ZodTypeAny>(
	answer: HttpAnswer,
	schema: T,
	refused: (answer: HttpAnswer) => ServiceProblem,
	unreadable: (answer: HttpAnswer) => ServiceProblem,
): z.infer<T> {
	if (answer.status < 200 || answer.status > 299) throw refused(answer);
	const parsed = schema.safeParse(answer.body);
	if (!parsed.success) throw unreadable(answer);
	return parsed.data;
}

/** Every sentence in a part of a body, by its dotted path, whatever shape the part has. */
function messagesIn(part: unknown, path: string[] = []): Array<[string, string]> {
	if (typeof part === 'string') return part.trim() === '' ? [] : [[path.join('.'), part]];
	if (Array.isArray(part)) return part.flatMap((entry) => messagesIn(entry, path));
	if (typeof part !== 'object' || part === null) return [];
	return Object.entries(part).flatMap(([name, entry]) => messagesIn(entry, [...path, name]));
}

/** The messages of a validation error, keyed by field; `undefined` where there are none. */
function fieldsOf(body: unknown): Record<string, string[]> | undefined {
	const { data: parsed } = bodySchema.safeParse(body);
	const fields = new Map<string, string[]>();
	const messages = [parsed?.errors, parsed?.data]
		.map((part) => messagesIn(part))
		.find((found) => found.length > 0);
	for (const [name, message] of messages ?? []) {
		fields.set(name, [...(fields.get(name) ?? []), message]);
	}
	return fields.size > 0 ? Object.fromEntries(fields) : undefined;
}
