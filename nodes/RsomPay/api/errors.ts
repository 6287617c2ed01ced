import { z } from 'zod';

import type { HttpAnswer } from '../../shared/http';
import { ServiceProblem } from '../../shared/problems';

const bodySchema = z.object({
	message: z.string().trim().min(1).optional().catch(undefined),
	errors: z.unknown(),
	data: z.unknown(),
});

/** Every sentence in a part of a body, by its dotted path, whatever shape the part has. */
function messagesIn(part: unknown, path: string[] = []): Array<[string, string]> {
	if (typeof part === 'string') return part.trim() === '' ? [] : [[path.join('.'), part]];
	if (Array.isArray(part)) return part.flatMap((entry) => messagesIn(entry, path));
	if (typeof part !== 'object' || part === null) return [];
	return Object.entries(part).flatMap(([name, entry]) => messagesIn(entry, [...path, name]));
}

/** The messages of a validation error, keyed by field; `undefined` where there are none. */
function fieldsOf({
	errors,
	data,
}: z.infer<typeof bodySchema>): Record<string, string[]> | undefined {
	const fields = new Map<string, string[]>();
	const messages = [errors, data].map((part) => messagesIn(part)).find((found) => found.length > 0);
	for (const [name, message] of messages ?? []) {
		fields.set(name, [...(fields.get(name) ?? []), message]);
	}
	return fields.size > 0 ? Object.fromEntries(fields) : undefined;
}

/**
 * Puts an answer that is no success into words: what happened and what to do about it. The
 * service's own sentences are quoted in whatever language they come.
 * API guide: HTTP errors, and troubleshooting.
 *
 * @param answer an answer whose status is not 2xx
 * @param subject what was asked for, to be read after "take" (such as `the invoice "INV-1"`)
 * @param sought what a 404 says is not there; without it a 404 is about the address
 */
export function refusal(
	{ status, retryAfter, body }: HttpAnswer,
	subject = 'the request',
	sought?: string,
): ServiceProblem {
	const parsed = bodySchema.safeParse(body);
	const isWebPage = typeof body === 'string' && /^\s*</.test(body);
	if (isWebPage && status < 500 && status !== 429) {
		return new ServiceProblem(`RsomPay answered with a web page instead of data (HTTP ${status})`, {
			description:
				'The address is probably not that of the API, or a firewall stands in between. Check the environment and the Base URL in the credential.',
			httpCode: status,
		});
	}
	const said = parsed.success && parsed.data.message ? ` RsomPay said: ${parsed.data.message}` : '';
	const problem = (message: string, description: string) =>
		new ServiceProblem(message, { description: description + said, httpCode: status });

	switch (status) {
		case 401:
			return problem(
				'RsomPay did not accept the API token',
				'Check the API Token in the credential, and that it belongs to the environment chosen there.',
			);
		case 403:
			return problem(
				'RsomPay does not allow this API token to do this',
				'It is of the wrong kind, or the account is suspended. The token must be the one named client-external-api; ask RsomPay if it is.',
			);
		case 404:
			if (sought === undefined) {
				return problem(
					'There is nothing of RsomPay at this address (HTTP 404)',
					'Check the environment in the credential, and with Custom that the Base URL is whole, with /api/external/v1 at its end.',
				);
			}
			return problem(
				`RsomPay could not find ${sought}`,
				'Check that it is spelled the same, belongs to this account, and was made in the environment chosen in the credential.',
			);
		case 422: {
			const fields = parsed.success ? fieldsOf(parsed.data) : undefined;
			if (!fields) {
				return problem(`RsomPay could not take ${subject}`, 'Check the values of this item.');
			}
			const list = Object.entries(fields).map(([name, messages]) =>
				name === '' ? messages.join(' ') : `${name}: ${messages.join(' ')}`,
			);
			return new ServiceProblem(`RsomPay could not take ${subject}: ${list.join('; ')}`, {
				description: 'Correct the values named above and run the workflow again.',
				httpCode: status,
				fields,
			});
		}
		case 429:
			return problem(
				'RsomPay is receiving too many requests',
				`Try again later${inWords(retryAfter)}. If it happens often, lower 'Concurrency' in the options of the node.`,
			);
		default:
			return status >= 500
				? problem(
						`RsomPay could not answer because of a fault on its side (HTTP ${status})`,
						'Try again later; an invoice is not created twice by that.',
					)
				: problem(
						`RsomPay gave an answer that was not expected (HTTP ${status})`,
						'Check the environment and the Base URL in the credential.',
					);
	}
}

function inWords(retryAfter: unknown): string {
	return typeof retryAfter === 'string' ? ` (Retry-After: ${retryAfter})` : '';
}

/** What to say when a success does not hold what the guide promises. */
export function unreadable({ status, body }: HttpAnswer): ServiceProblem {
	const parsed = bodySchema.safeParse(body);
	const said = parsed.success && parsed.data.message ? ` RsomPay said: ${parsed.data.message}` : '';
	return new ServiceProblem(`RsomPay gave an answer that could not be read (HTTP ${status})`, {
		description: `It is not what its API guide describes. Check the environment and the Base URL in the credential. Running this again creates nothing twice.${said}`,
		httpCode: status,
	});
}
