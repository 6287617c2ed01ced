import { failureOf, quoteMessage, toServiceError } from '../../shared/errorResponse';
import { ServiceError } from '../../shared/errors';
import type { HttpResponse } from '../../shared/http';

/**
 * Maps a non-2xx response to a ServiceError. List Payments: responses 401 and 403. The others are
 * those of Moyasar's error page.
 *
 * @param response a response whose status is not 2xx
 * @param subject what was requested, to be read after "take" (such as `the payment "…"`)
 * @param notFoundSubject what a 404 is about. Without it a 404 is about the address.
 */
export function toMoyasarError(
	response: HttpResponse,
	subject = 'the request',
	notFoundSubject?: string,
): ServiceError {
	return toServiceError(response, subject, {
		service: 'Moyasar',
		invalid: [400, 422],
		statuses: {
			401: [
				'Moyasar did not accept the secret key',
				'Check the Secret Key in the credential: it begins with sk_live_ or, for tests, with sk_test_.',
			],
			403: [
				'Moyasar does not allow this key to read payments',
				'It must be the secret key (sk_…) of the account, and not one of restricted rights. The Moyasar dashboard shows it.',
			],
			404:
				notFoundSubject === undefined
					? [
							'There is nothing of Moyasar at this address (HTTP 404)',
							'Check the Base URL in the credential: it ends with /v1.',
						]
					: [
							`Moyasar could not find ${notFoundSubject}`,
							'Check that the ID is spelled the same, and that the key is of the same account and mode (sk_live_ or sk_test_) as the payment.',
						],
			405: [
				'This Moyasar account is not activated for live payments',
				'Use the test key (sk_test_…), or finish the activation in the Moyasar dashboard.',
			],
		},
		webPage:
			'A firewall in front of Moyasar did not let the request through, or the address is not that of the API; the key was not looked at. Check the Base URL in the credential, and whether this machine or a proxy in between is blocked by Moyasar.',
		unexpected: 'Check the Base URL in the credential.',
		fault: 'Try again later.',
		tooMany: "lower 'Concurrency' in the options of the node, or let the trigger poll less often",
	});
}

/** The error for a 2xx response that does not match the documentation. */
export function unreadableResponse(response: HttpResponse): ServiceError {
	const { status, body } = response;
	return new ServiceError(`Moyasar returned a response that could not be read (HTTP ${status})`, {
		description: `It is not what Moyasar's documentation describes. Check the Base URL in the credential.${quoteMessage('Moyasar', body)}`,
		httpCode: status,
		failure: failureOf(response),
	});
}
