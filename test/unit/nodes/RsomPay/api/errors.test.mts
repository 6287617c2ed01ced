import fc from 'fast-check';

import { toRsomPayError, unreadableResponse } from '../../../../../nodes/RsomPay/api/errors.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

const SUBJECT = 'the invoice "INV-PARTNER-001"';

const told = (status: number, body?: unknown, retryAfter?: unknown) =>
	toRsomPayError({ status, retryAfter, body }, SUBJECT, SUBJECT);

/** The guide's envelope. */
const envelope = (message: string, data: unknown = null) => ({ status: false, message, data });

describe('each status says what happened and what to do', () => {
	test.each<[number, string, string]>([
		[401, 'RsomPay did not accept the API token', 'Check the API Token in the credential'],
		[403, 'RsomPay does not allow this API token to do this', 'client-external-api'],
		[404, `RsomPay could not find ${SUBJECT}`, 'belongs to this account'],
		[422, `RsomPay could not take ${SUBJECT}`, 'Check the values of this item.'],
		[429, 'RsomPay is receiving too many requests', "lower 'Concurrency' in the options"],
		[500, 'because of a fault on its side (HTTP 500)', 'Try again later'],
		[503, 'because of a fault on its side (HTTP 503)', 'Try again later'],
		[400, 'an answer that was not expected (HTTP 400)', 'Base URL'],
		[302, 'an answer that was not expected (HTTP 302)', 'Base URL'],
	])('%d', (status, message, description) => {
		const problem = told(status, envelope(''));

		expect(problem).toBeInstanceOf(ServiceError);
		expect(problem.message).toContain(message);
		expect(problem.description).toContain(description);
		expect(problem.httpCode).toBe(status);
		expect(problem.fields).toBeUndefined();
	});

	test.each([401, 403, 404, 422, 429, 500, 400])('%d quotes what the service said', (status) => {
		expect(told(status, envelope(' غير مصرح ')).description).toMatch(/\. RsomPay said: غير مصرح$/);
		expect(told(status, envelope('  ')).description).not.toContain('RsomPay said');
		expect(told(status, { message: 5 }).description).not.toContain('RsomPay said');
	});

	test('429 tells when it may be tried again', () => {
		const { description } = told(429, undefined, '120');

		expect(description).toContain('Try again later (Retry-After: 120).');
		expect(told(429).description).toContain('Try again later. ');
	});
});

describe('422 tells the messages of each field', () => {
	const arabic = {
		external_id: ['حقل external id مطلوب.'],
		'items.0.unit_price': ['يجب أن يكون رقمًا.', 'يجب أن يكون 0.01 على الأقل.'],
	};

	test.each([
		['errors', { message: 'البيانات غير صالحة', errors: arabic }],
		['data', envelope('البيانات غير صالحة', arabic)],
		['errors before data', { errors: arabic, data: { other: ['no'] } }],
		['data where errors is empty', { errors: {}, data: arabic }],
		['data where errors is a list', { errors: [], data: arabic }],
		['data where errors is null', { errors: null, data: arabic }],
	])('under %s', (_, body) => {
		const problem = told(422, body);

		expect(problem.fields).toStrictEqual(arabic);
		expect(problem.message).toBe(
			`RsomPay could not take ${SUBJECT}: external_id: حقل external id مطلوب.; items.0.unit_price: يجب أن يكون رقمًا. يجب أن يكون 0.01 على الأقل.`,
		);
		expect(problem.description).toBe('Correct the values named above and run the workflow again.');
		expect(problem.httpCode).toBe(422);
	});

	test('as one text instead of a list, and without empty ones', () => {
		const { fields } = told(422, {
			errors: { due_date: 'is wrong', notes: ['is wrong', ' ', ''] },
		});

		expect(fields).toStrictEqual({ due_date: ['is wrong'], notes: ['is wrong'] });
	});

	test.each([
		[envelope('The data was invalid.')],
		[envelope('The data was invalid.', [])],
		[envelope('The data was invalid.', {})],
		[envelope('The data was invalid.', { code: 5 })],
		[{ message: 'The data was invalid.', errors: [' '] }],
	])('or, without any, what the service said: %j', (body) => {
		const problem = told(422, body);

		expect(problem.fields).toBeUndefined();
		expect(problem.message).toBe(`RsomPay could not take ${SUBJECT}`);
		expect(problem.description).toContain('RsomPay said: The data was invalid.');
	});
});

test.each<[unknown, string, Record<string, string[]>]>([
	['no', 'no', { '': ['no'] }],
	[['no', 'never'], 'no never', { '': ['no', 'never'] }],
	[{ customer: { id: ['no'] } }, 'customer.id: no', { 'customer.id': ['no'] }],
	[{ items: [{ unit_price: 'no' }] }, 'items.unit_price: no', { 'items.unit_price': ['no'] }],
	[{ notes: ['no', 5, null], count: 5 }, 'notes: no', { notes: ['no'] }],
])('422 finds the messages in whatever shape they come: %j', (errors, list, fields) => {
	const problem = told(422, { message: 'The data was invalid.', errors });

	expect(problem.message).toBe(`RsomPay could not take ${SUBJECT}: ${list}`);
	expect(problem.fields).toStrictEqual(fields);
});

test.each(['constructor', 'toString', '__proto__'])(
	'422 finds the messages of a field called %s',
	(name) => {
		const errors: unknown = JSON.parse(`{"${name}":["no"]}`);

		expect(told(422, { errors }).message).toBe(`RsomPay could not take ${SUBJECT}: ${name}: no`);
	},
);

test('404 is about the address where nothing was looked up', () => {
	const problem = toRsomPayError({ status: 404, body: {} });

	expect(problem.message).toBe('There is nothing of RsomPay at this address (HTTP 404)');
	expect(problem.description).toContain('/api/external/v1');
	expect(toRsomPayError({ status: 422, body: {} }).message).toBe(
		'RsomPay could not take the request',
	);
});

describe('a web page instead of data', () => {
	const page = '\n<!DOCTYPE html><html><body>Hello</body></html>';

	test.each([400, 401, 403, 404, 302, 405])('with %d points to the address', (status) => {
		const problem = told(status, page);

		expect(problem.message).toBe(
			`RsomPay answered with a web page instead of data (HTTP ${status})`,
		);
		expect(problem.description).toContain('The address is probably not that of the API');
		expect(problem.httpCode).toBe(status);
	});

	test.each([
		[500, 'a fault on its side (HTTP 500)'],
		[502, 'a fault on its side (HTTP 502)'],
		[429, 'too many requests'],
	])('with %d is what a proxy in between says', (status, message) => {
		expect(told(status, page).message).toContain(message);
	});

	test('is never shown', () => {
		for (const status of [404, 429, 500]) {
			const { message, description } = told(status, page);
			expect(message + description).not.toContain('Hello');
		}
	});
});

test('a success that cannot be read points to the address', () => {
	const problem = unreadableResponse({ status: 200, body: 'hello' });

	expect(problem.message).toBe('RsomPay gave an answer that could not be read (HTTP 200)');
	expect(problem.description).toMatch(/Base URL.* creates nothing twice\.$/);
	expect(problem.httpCode).toBe(200);
	expect(unreadableResponse({ status: 200, body: { message: 'Maintenance' } }).description).toMatch(
		/ RsomPay said: Maintenance$/,
	);
});

test('any answer is put into words', () => {
	const bodies = fc.oneof(
		fc.anything(),
		fc.string(),
		fc.record({ message: fc.anything(), errors: fc.anything(), data: fc.anything() }),
		fc.record({ errors: fc.dictionary(fc.string(), fc.array(fc.string())) }),
	);
	const statuses = fc.oneof(
		fc.constantFrom(401, 403, 404, 422, 429, 500),
		fc.integer({ min: 100, max: 999 }),
	);
	fc.assert(
		fc.property(statuses, bodies, fc.anything(), (status, body, retryAfter) => {
			const problem = toRsomPayError({ status, body, retryAfter }, SUBJECT);
			expect(problem).toBeInstanceOf(ServiceError);
			expect(problem.message).toMatch(/^(RsomPay |There is nothing of RsomPay)/);
			expect(problem.description).not.toBe('');
			expect(problem.httpCode).toBe(status);
		}),
		{ numRuns: 500 },
	);
});
