import { failureOf, quoteMessage, toServiceError } from '../../shared/errorResponse';
import { ServiceError } from '../../shared/errors';
import type { HttpResponse } from '../../shared/http';

const CHECK_ADDRESS = 'Check the environment and the Base URL in the credential.';

const NOT_THE_API = [
	'There is nothing of RsomPay at this address (HTTP 404)',
	'Check the environment in the credential, and with Custom that the Base URL is whole, with /api/external/v1 at its end.',
] as const;

const notFound = (subject: string) =>
	[
		`RsomPay could not find ${subject}`,
		'Check that it is spelled the same, belongs to this account, and was made in the environment chosen in the credential.',
	] as const;

/**
 * Maps a non-2xx response to a ServiceError. API guide: HTTP errors, and troubleshooting.
 *
 * @param response a response whose status is not 2xx
 * @param subject what was requested, to be read after "take" (such as `the invoice "INV-1"`)
 * @param notFoundSubject what a 404 is about. Without it a 404 is about the address.
 */
export function toRsomPayError(
	response: HttpResponse,
	subject = 'the request',
	notFoundSubject?: string,
): ServiceError {
	return toServiceError(response, subject, {
		service: 'RsomPay',
		invalid: [422],
		statuses: {
			401: [
				'RsomPay did not accept the API token',
				'Check the API Token in the credential, and that it belongs to the environment chosen there.',
			],
			403: [
				'RsomPay does not allow this API token to do this',
				'It is of the wrong kind, or the account is suspended. The token must be the one named client-external-api; ask RsomPay if it is.',
			],
			404: notFoundSubject === undefined ? NOT_THE_API : notFound(notFoundSubject),
		},
		webPage: `The address is probably not that of the API, or a firewall stands in between. ${CHECK_ADDRESS}`,
		unexpected: CHECK_ADDRESS,
		tooMany: "lower 'Concurrency' in the options of the node",
		fault: 'Try again later; an invoice is not created twice by that.',
	});
}

/** The error for a 2xx response that does not match the API guide. */
export function unreadableResponse(response: HttpResponse): ServiceError {
	const { status, body } = response;
	return new ServiceError(`RsomPay returned a response that could not be read (HTTP ${status})`, {
		description: `It is not what its API guide describes. ${CHECK_ADDRESS} Running this again creates nothing twice.${quoteMessage('RsomPay', body)}`,
		httpCode: status,
		failure: failureOf(response),
	});
}
