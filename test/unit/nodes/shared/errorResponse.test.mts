import { toMoyasarError, unreadableResponse } from '../../../../nodes/Moyasar/api/errors.ts';
import {
	toRsomPayError,
	unreadableResponse as unreadableRsomPay,
} from '../../../../nodes/RsomPay/api/errors.ts';
import { failureOf } from '../../../../nodes/shared/errorResponse.ts';

const PAGE = '<html>Attention required</html>';

describe('failureOf', () => {
	test.each<[number, unknown, string | undefined]>([
		[200, 'hello', 'temporarily-unavailable'],
		[200, PAGE, 'temporarily-unavailable'],
		[204, '', 'temporarily-unavailable'],
		[301, '', 'configuration-invalid'],
		[302, PAGE, 'configuration-invalid'],
		[308, '', 'configuration-invalid'],
		[400, {}, 'configuration-invalid'],
		[400, PAGE, 'temporarily-unavailable'],
		[401, {}, 'credential-invalid'],
		[401, '', 'credential-invalid'],
		[403, {}, 'credential-invalid'],
		[403, PAGE, 'temporarily-unavailable'],
		[403, `\n ${PAGE}`, 'temporarily-unavailable'],
		[404, {}, 'configuration-invalid'],
		[404, PAGE, 'configuration-invalid'],
		[405, {}, 'configuration-invalid'],
		[405, PAGE, 'configuration-invalid'],
		[408, {}, 'temporarily-unavailable'],
		[410, {}, 'configuration-invalid'],
		[418, {}, undefined],
		[422, {}, 'configuration-invalid'],
		[429, {}, 'rate-limited'],
		[429, PAGE, 'rate-limited'],
		[500, {}, 'temporarily-unavailable'],
		[502, PAGE, 'temporarily-unavailable'],
		[503, {}, 'temporarily-unavailable'],
	])('of %d with %j is %s', (status, body, cause) => {
		expect(failureOf({ status, body })?.cause).toBe(cause);
	});

	test.each([408, 429, 500, 503])('of %d has the time of its Retry-After', (status) => {
		expect(failureOf({ status, retryAfter: '120' })).toHaveProperty('retryAfterMs', 120_000);
		expect(failureOf({ status, retryAfter: 'later' })).toHaveProperty('retryAfterMs', undefined);
		const inAMinute = new Date(Date.now() + 60_000).toUTCString();
		const { retryAfterMs } = failureOf({ status, retryAfter: inAMinute }) as {
			retryAfterMs: number;
		};
		expect(retryAfterMs).toBeGreaterThan(58_000);
		expect(retryAfterMs).toBeLessThanOrEqual(60_000);
	});

	test.each([401, 404])('of %d has no time', (status) => {
		expect(failureOf({ status, retryAfter: '120' })).not.toHaveProperty('retryAfterMs');
	});
});

describe.each([
	['RsomPay', toRsomPayError, unreadableRsomPay],
	['Moyasar', toMoyasarError, unreadableResponse],
])('the errors of %s', (_, toError, toUnreadable) => {
	test.each([302, 400, 401, 403, 404, 405, 408, 422, 429, 500])('have it: %d', (status) => {
		for (const body of [{ message: 'no', errors: { page: ['no'] } }, PAGE]) {
			const response = { status, body, retryAfter: '5' };
			expect(toError(response).failure).toStrictEqual(failureOf(response));
			expect(toError(response).failure).toBeDefined();
		}
	});

	test('have it when a response cannot be read', () => {
		expect(toUnreadable({ status: 200, body: PAGE }).failure).toStrictEqual({
			cause: 'temporarily-unavailable',
		});
	});
});
