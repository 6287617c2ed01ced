import fc from 'fast-check';

import { toMoyasarError, unreadableResponse } from '../../../../../nodes/Moyasar/api/errors.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

const SUBJECT = 'the filters of the payments';

const NOT_FOUND_SUBJECT = 'the payment "A"';

const errorFor = (status: number, body?: unknown, retryAfter?: unknown, notFoundSubject?: string) =>
	toMoyasarError({ status, retryAfter, body }, SUBJECT, notFoundSubject);

/** Moyasar's error body. */
const errorBody = (message: string, errors: unknown = null) => ({
	type: 'api_error',
	message,
	errors,
});

describe('toMoyasarError explains each status and what to do', () => {
	test.each<[number, string, string]>([
		[
			401,
			'Moyasar did not accept the secret key',
			'Check the Secret Key in the credential: it begins with sk_live_ or, for tests, with sk_test_.',
		],
		[
			403,
			'Moyasar does not allow this key to read payments',
			'It must be the secret key (sk_…) of the account, and not one of restricted rights. The Moyasar dashboard shows it.',
		],
		[
			404,
			'There is nothing of Moyasar at this address (HTTP 404)',
			'Check the Base URL in the credential: it ends with /v1.',
		],
		[
			405,
			'This Moyasar account is not activated for live payments',
			'Use the test key (sk_test_…), or finish the activation in the Moyasar dashboard.',
		],
		[400, `Moyasar could not take ${SUBJECT}`, 'Check the values of this item.'],
		[422, `Moyasar could not take ${SUBJECT}`, 'Check the values of this item.'],
		[
			429,
			'Moyasar is receiving too many requests',
			"Try again later. If it happens often, lower 'Concurrency' in the options of the node, or let the trigger poll less often.",
		],
		[
			500,
			'Moyasar could not respond because of a fault on its side (HTTP 500)',
			'Try again later.',
		],
		[
			503,
			'Moyasar could not respond because of a fault on its side (HTTP 503)',
			'Try again later.',
		],
		[
			302,
			'Moyasar returned an unexpected response (HTTP 302)',
			'Check the Base URL in the credential.',
		],
		[
			418,
			'Moyasar returned an unexpected response (HTTP 418)',
			'Check the Base URL in the credential.',
		],
	])('%d', (status, message, description) => {
		const error = errorFor(status, errorBody('Nothing doing'));

		expect(error).toBeInstanceOf(ServiceError);
		expect(error.message).toBe(message);
		expect(error.description).toBe(`${description} Moyasar said: Nothing doing`);
		expect(error.httpCode).toBe(status);
		expect(error.fields).toBeUndefined();
		expect(errorFor(status).description).toBe(description);
	});

	test('404 names the payment that was not found', () => {
		const error = errorFor(404, errorBody('Object not found'), undefined, NOT_FOUND_SUBJECT);

		expect(error.message).toBe('Moyasar could not find the payment "A"');
		expect(error.description).toBe(
			'Check that the ID is spelled the same, and that the key is of the same account and mode (sk_live_ or sk_test_) as the payment. Moyasar said: Object not found',
		);
	});

	test('429 shows the Retry-After header', () => {
		expect(errorFor(429, undefined, '120').description).toContain(
			'Try again later (Retry-After: 120).',
		);
	});

	test('says "the request" when there is no subject', () => {
		expect(toMoyasarError({ status: 400 }).message).toBe('Moyasar could not take the request');
	});
});

describe.each([400, 422])('%d shows the messages', (status) => {
	test.each<[string, unknown, string, Record<string, string[]>]>([
		[
			'of each field',
			{ status: ['is not included in the list'], page: ['is invalid', 'is too small'] },
			'status: is not included in the list; page: is invalid is too small',
			{ status: ['is not included in the list'], page: ['is invalid', 'is too small'] },
		],
		['of a text', 'page is invalid', 'page is invalid', { '': ['page is invalid'] }],
		['of a list', ['no', 'never'], 'no never', { '': ['no', 'never'] }],
	])('%s', (_, errors, list, fields) => {
		const error = errorFor(status, errorBody('Validation Failed', errors));

		expect(error.message).toBe(`Moyasar could not take ${SUBJECT}: ${list}`);
		expect(error.description).toBe('Correct the values named above and run the workflow again.');
		expect(error.fields).toStrictEqual(fields);
		expect(error.httpCode).toBe(status);
	});

	test.each([[null], [undefined], [{}], [[]], [''], [{ code: 5 }]])(
		"or Moyasar's message when errors is %j",
		(errors) => {
			const error = errorFor(status, errorBody('Validation Failed', errors));

			expect(error.message).toBe(`Moyasar could not take ${SUBJECT}`);
			expect(error.description).toContain('Moyasar said: Validation Failed');
			expect(error.fields).toBeUndefined();
		},
	);
});

describe('an HTML page of a firewall', () => {
	const page = '\n<!DOCTYPE html><html><body>Attention required</body></html>';

	test.each([400, 401, 403, 404, 405, 302])('with %d is not reported as a wrong key', (status) => {
		const error = errorFor(status, page, undefined, NOT_FOUND_SUBJECT);

		expect(error.message).toBe(`Moyasar returned a web page instead of data (HTTP ${status})`);
		expect(error.description).toBe(
			'A firewall in front of Moyasar did not let the request through, or the address is not that of the API; the key was not looked at. Check the Base URL in the credential, and whether this machine or a proxy in between is blocked by Moyasar.',
		);
		expect(error.httpCode).toBe(status);
	});

	test.each([
		[500, 'a fault on its side (HTTP 500)'],
		[503, 'a fault on its side (HTTP 503)'],
		[429, 'too many requests'],
	])('with %d is reported as the status of a proxy', (status, message) => {
		expect(errorFor(status, page).message).toContain(message);
	});
});

test('unreadableResponse points to the base URL', () => {
	const error = unreadableResponse({ status: 200, body: 'hello' });

	expect(error.message).toBe('Moyasar returned a response that could not be read (HTTP 200)');
	expect(error.description).toBe(
		"It is not what Moyasar's documentation describes. Check the Base URL in the credential.",
	);
	expect(error.httpCode).toBe(200);
	expect(unreadableResponse({ status: 200, body: { message: 'Maintenance' } }).description).toMatch(
		/ Moyasar said: Maintenance$/,
	);
});

test('toMoyasarError explains any response', () => {
	const bodies = fc.oneof(
		fc.anything(),
		fc.record({ message: fc.anything(), errors: fc.anything() }),
		fc.record({ errors: fc.dictionary(fc.string(), fc.array(fc.string())) }),
	);
	const statuses = fc.oneof(
		fc.constantFrom(400, 401, 403, 404, 405, 422, 429, 500, 503),
		fc.integer({ min: 300, max: 999 }),
	);
	fc.assert(
		fc.property(statuses, bodies, fc.anything(), (status, body, retryAfter) => {
			const error = toMoyasarError({ status, body, retryAfter }, SUBJECT);
			expect(error).toBeInstanceOf(ServiceError);
			expect(error.message).toMatch(/Moyasar/);
			expect(error.description).not.toBe('');
			expect(error.httpCode).toBe(status);
		}),
		{ numRuns: 300 },
	);
});
