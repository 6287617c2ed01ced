import { z } from 'zod';

import type { HttpAnswer } from '../../shared/http';
import { ServiceProblem } from '../../shared/problems';

const messagesSchema = z
	.union([z.string().transform((message) => [message]), z.array(z.string())])
	.transform((messages) => messages.filter((message) => message.trim() !== ''));

const fieldsSchema = z.record(messagesSchema).refine((fields) => Object.keys(fields).length > 0);

const errorBodySchema = z.object({
	message: z.string().trim().min(1).optional().catch(undefined),
	errors: fieldsSchema.optional().catch(undefined),
	data: fieldsSchema.optional().catch(undefined),
});

/**
 * Puts an answer that is no success into words: what happened and what to do about it. The
 * service's own sentences are quoted in whatever language they come.
 * API guide: HTTP errors, and troubleshooting.
 *
 * @param answer an answer whose status is not 2xx
 * @param subject what was asked for, to be read after "find" or "take" (such as `the invoice "INV-1"`)
 */
export function refusal({ status, headers, body }: HttpAnswer, subject: string): ServiceProblem {
	const parsed = errorBodySchema.safeParse(body);
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
			return problem(
				`RsomPay could not find ${subject}`,
				'Check that it is spelled the same, belongs to this account, and was made in the environment chosen in the credential.',
			);
		case 422: {
			const fields = parsed.data?.errors ?? parsed.data?.data;
			if (!fields) {
				return problem(`RsomPay could not take ${subject}`, 'Check the values of this item.');
			}
			const list = Object.entries(fields).map(
				([name, messages]) => `${name}: ${messages.join(' ')}`,
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
				`Try again later${retryAfter(headers)}. If it happens often, lower 'Concurrency' in the options of the node.`,
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

function retryAfter(headers: HttpAnswer['headers']): string {
	const value = headers['retry-after'];
	return typeof value === 'string' ? ` (Retry-After: ${value})` : '';
}

/** What to say when a success does not hold what the guide promises. */
export function unreadable({ status }: HttpAnswer): ServiceProblem {
	return new ServiceProblem(`RsomPay gave an answer that could not be read (HTTP ${status})`, {
		description:
			'It is not what its API guide describes. Check the environment and the Base URL in the credential.',
		httpCode: status,
	});
}
