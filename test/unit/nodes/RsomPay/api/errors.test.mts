import fc from 'fast-check';

import { toRsomPayError, unreadableResponse } from '../../../../../nodes/RsomPay/api/errors.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

const SUBJECT = 'the invoice "INV-PARTNER-001"';

const errorFor = (status: number, body?: unknown, retryAfter?: unknown) =>
	toRsomPayError({ status, retryAfter, body }, SUBJECT, SUBJECT);

/** The guide's envelope. */
const envelope = (message: string, data: unknown = null) => ({ status: false, message, data });

describe('toRsomPayError explains each status and what to do', () => {
	test.each<[number, string, string]>([
		[401, 'RsomPay did not accept the API token', 'Check the API Token in the credential'],
		[403, 'RsomPay does not allow this API token to do this', 'client-external-api'],
		[404, `RsomPay could not find ${SUBJECT}`, 'belongs to this account'],
		[422, `RsomPay could not take ${SUBJECT}`, 'Check the values of this item.'],
		[429, 'RsomPay is receiving too many requests', "lower 'Concurrency' in the options"],
		[500, 'because of a fault on its side (HTTP 500)', 'Try again later'],
		[503, 'because of a fault on its side (HTTP 503)', 'Try again later'],
		[400, 'an unexpected response (HTTP 400)', 'Base URL'],
		[302, 'an unexpected response (HTTP 302)', 'Base URL'],
	])('%d', (status, message, description) => {
		const error = errorFor(status, envelope(''));

		expect(error).toBeInstanceOf(ServiceError);
		expect(error.message).toContain(message);
		expect(error.description).toContain(description);
		expect(error.httpCode).toBe(status);
		expect(error.fields).toBeUndefined();
	});

	test.each([401, 403, 404, 422, 429, 500, 400])('%d quotes the message of RsomPay', (status) => {
		expect(errorFor(status, envelope(' غير مصرح ')).description).toMatch(
			/\. RsomPay said: غير مصرح$/,
		);
		expect(errorFor(status, envelope('  ')).description).not.toContain('RsomPay said');
		expect(errorFor(status, { message: 5 }).description).not.toContain('RsomPay said');
	});

	test('429 shows the Retry-After header', () => {
		const { description } = errorFor(429, undefined, '120');

		expect(description).toContain('Try again later (Retry-After: 120).');
		expect(errorFor(429).description).toContain('Try again later. ');
	});
});

describe('422 shows the messages of each field', () => {
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
		const error = errorFor(422, body);

		expect(error.fields).toStrictEqual(arabic);
		expect(error.message).toBe(
			`RsomPay could not take ${SUBJECT}: external_id: حقل external id مطلوب.; items.0.unit_price: يجب أن يكون رقمًا. يجب أن يكون 0.01 على الأقل.`,
		);
		expect(error.description).toBe('Correct the values named above and run the workflow again.');
		expect(error.httpCode).toBe(422);
	});

	test('when they are texts instead of lists, without empty ones', () => {
		const { fields } = errorFor(422, {
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
	])('or the message of RsomPay when there are none: %j', (body) => {
		const error = errorFor(422, body);

		expect(error.fields).toBeUndefined();
		expect(error.message).toBe(`RsomPay could not take ${SUBJECT}`);
		expect(error.description).toContain('RsomPay said: The data was invalid.');
	});
});

test.each<[unknown, string, Record<string, string[]>]>([
	['no', 'no', { '': ['no'] }],
	[['no', 'never'], 'no never', { '': ['no', 'never'] }],
	[{ customer: { id: ['no'] } }, 'customer.id: no', { 'customer.id': ['no'] }],
	[{ items: [{ unit_price: 'no' }] }, 'items.unit_price: no', { 'items.unit_price': ['no'] }],
	[{ notes: ['no', 5, null], count: 5 }, 'notes: no', { notes: ['no'] }],
])('422 finds the messages in any shape: %j', (errors, list, fields) => {
	const error = errorFor(422, { message: 'The data was invalid.', errors });

	expect(error.message).toBe(`RsomPay could not take ${SUBJECT}: ${list}`);
	expect(error.fields).toStrictEqual(fields);
});

test.each(['constructor', 'toString', '__proto__'])(
	'422 finds the messages of a field named %s',
	(name) => {
		const errors: unknown = JSON.parse(`{"${name}":["no"]}`);

		expect(errorFor(422, { errors }).message).toBe(
			`RsomPay could not take ${SUBJECT}: ${name}: no`,
		);
	},
);

test('404 points to the base URL when no invoice was looked up', () => {
	const error = toRsomPayError({ status: 404, body: {} });

	expect(error.message).toBe('There is nothing of RsomPay at this address (HTTP 404)');
	expect(error.description).toContain('/api/external/v1');
	expect(toRsomPayError({ status: 422, body: {} }).message).toBe(
		'RsomPay could not take the request',
	);
});

describe('an HTML page', () => {
	const page = '\n<!DOCTYPE html><html><body>Hello</body></html>';

	test.each([400, 401, 403, 404, 302, 405])('with %d points to the base URL', (status) => {
		const error = errorFor(status, page);

		expect(error.message).toBe(`RsomPay returned a web page instead of data (HTTP ${status})`);
		expect(error.description).toContain('The address is probably not that of the API');
		expect(error.httpCode).toBe(status);
	});

	test.each([
		[500, 'a fault on its side (HTTP 500)'],
		[502, 'a fault on its side (HTTP 502)'],
		[429, 'too many requests'],
	])('with %d is reported as the status of a proxy', (status, message) => {
		expect(errorFor(status, page).message).toContain(message);
	});

	test('is never quoted', () => {
		for (const status of [404, 429, 500]) {
			const { message, description } = errorFor(status, page);
			expect(message + description).not.toContain('Hello');
		}
	});
});

test('unreadableResponse points to the base URL', () => {
	const error = unreadableResponse({ status: 200, body: 'hello' });

	expect(error.message).toBe('RsomPay returned a response that could not be read (HTTP 200)');
	expect(error.description).toMatch(/Base URL.* creates nothing twice\.$/);
	expect(error.httpCode).toBe(200);
	expect(unreadableResponse({ status: 200, body: { message: 'Maintenance' } }).description).toMatch(
		/ RsomPay said: Maintenance$/,
	);
});

test('toRsomPayError explains any response', () => {
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
			const error = toRsomPayError({ status, body, retryAfter }, SUBJECT);
			expect(error).toBeInstanceOf(ServiceError);
			expect(error.message).toMatch(/^(RsomPay |There is nothing of RsomPay)/);
			expect(error.description).not.toBe('');
			expect(error.httpCode).toBe(status);
		}),
		{ numRuns: 500 },
	);
});
