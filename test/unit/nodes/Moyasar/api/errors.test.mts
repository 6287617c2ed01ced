import fc from 'fast-check';

import { toMoyasarError, unreadableResponse } from '../../../../../nodes/Moyasar/api/errors.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

const SUBJECT = 'the filters of the payments';

const SOUGHT = 'the payment "A"';

const told = (status: number, body?: unknown, retryAfter?: unknown, sought?: string) =>
	toMoyasarError({ status, retryAfter, body }, SUBJECT, sought);

/** Moyasar's error body. */
const errorBody = (message: string, errors: unknown = null) => ({
	type: 'api_error',
	message,
	errors,
});

describe('each status says what happened and what to do', () => {
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
		[500, 'Moyasar could not answer because of a fault on its side (HTTP 500)', 'Try again later.'],
		[503, 'Moyasar could not answer because of a fault on its side (HTTP 503)', 'Try again later.'],
		[
			302,
			'Moyasar gave an answer that was not expected (HTTP 302)',
			'Check the Base URL in the credential.',
		],
		[
			418,
			'Moyasar gave an answer that was not expected (HTTP 418)',
			'Check the Base URL in the credential.',
		],
	])('%d', (status, message, description) => {
		const problem = told(status, errorBody('Nothing doing'));

		expect(problem).toBeInstanceOf(ServiceError);
		expect(problem.message).toBe(message);
		expect(problem.description).toBe(`${description} Moyasar said: Nothing doing`);
		expect(problem.httpCode).toBe(status);
		expect(problem.fields).toBeUndefined();
		expect(told(status).description).toBe(description);
	});

	test('404 of what was looked up', () => {
		const problem = told(404, errorBody('Object not found'), undefined, SOUGHT);

		expect(problem.message).toBe('Moyasar could not find the payment "A"');
		expect(problem.description).toBe(
			'Check that the ID is spelled the same, and that the key is of the same account and mode (sk_live_ or sk_test_) as the payment. Moyasar said: Object not found',
		);
	});

	test('429 tells when it may be tried again', () => {
		expect(told(429, undefined, '120').description).toContain(
			'Try again later (Retry-After: 120).',
		);
	});

	test('what was asked for need not be named', () => {
		expect(toMoyasarError({ status: 400 }).message).toBe('Moyasar could not take the request');
	});
});

describe.each([400, 422])('%d tells the messages', (status) => {
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
		const problem = told(status, errorBody('Validation Failed', errors));

		expect(problem.message).toBe(`Moyasar could not take ${SUBJECT}: ${list}`);
		expect(problem.description).toBe('Correct the values named above and run the workflow again.');
		expect(problem.fields).toStrictEqual(fields);
		expect(problem.httpCode).toBe(status);
	});

	test.each([[null], [undefined], [{}], [[]], [''], [{ code: 5 }]])(
		'or, where errors is %j, what Moyasar said',
		(errors) => {
			const problem = told(status, errorBody('Validation Failed', errors));

			expect(problem.message).toBe(`Moyasar could not take ${SUBJECT}`);
			expect(problem.description).toContain('Moyasar said: Validation Failed');
			expect(problem.fields).toBeUndefined();
		},
	);
});

describe("a firewall's page instead of data", () => {
	const page = '\n<!DOCTYPE html><html><body>Attention required</body></html>';

	test.each([400, 401, 403, 404, 405, 302])('with %d does not blame the key', (status) => {
		const problem = told(status, page, undefined, SOUGHT);

		expect(problem.message).toBe(
			`Moyasar answered with a web page instead of data (HTTP ${status})`,
		);
		expect(problem.description).toBe(
			'A firewall in front of Moyasar did not let the request through, or the address is not that of the API; the key was not looked at. Check the Base URL in the credential, and whether this machine or a proxy in between is blocked by Moyasar.',
		);
		expect(problem.httpCode).toBe(status);
	});

	test.each([
		[500, 'a fault on its side (HTTP 500)'],
		[503, 'a fault on its side (HTTP 503)'],
		[429, 'too many requests'],
	])('with %d is what a proxy in between says', (status, message) => {
		expect(told(status, page).message).toContain(message);
	});
});

test('a success that cannot be read points to the address', () => {
	const problem = unreadableResponse({ status: 200, body: 'hello' });

	expect(problem.message).toBe('Moyasar gave an answer that could not be read (HTTP 200)');
	expect(problem.description).toBe(
		"It is not what Moyasar's documentation describes. Check the Base URL in the credential.",
	);
	expect(problem.httpCode).toBe(200);
	expect(unreadableResponse({ status: 200, body: { message: 'Maintenance' } }).description).toMatch(
		/ Moyasar said: Maintenance$/,
	);
});

test('any answer is put into words', () => {
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
			const problem = toMoyasarError({ status, body, retryAfter }, SUBJECT);
			expect(problem).toBeInstanceOf(ServiceError);
			expect(problem.message).toMatch(/Moyasar/);
			expect(problem.description).not.toBe('');
			expect(problem.httpCode).toBe(status);
		}),
		{ numRuns: 300 },
	);
});
