import fc from 'fast-check';

import { isRetryableStatus, parseRetryAfter, retryDelay } from '../../../../nodes/shared/retry.ts';

const NOW = Date.parse('2026-05-18T12:00:00Z');

describe('isRetryableStatus', () => {
	test.each([408, 429, 500, 502, 503, 504, 599])('is true for %d', (status) => {
		expect(isRetryableStatus(status)).toBe(true);
	});

	test.each([200, 201, 301, 400, 401, 403, 404, 407, 409, 410, 422, 428, 430, 499])(
		'is false for %d',
		(status) => {
			expect(isRetryableStatus(status)).toBe(false);
		},
	);
});

describe('parseRetryAfter', () => {
	test.each<[unknown, number]>([
		['0', 0],
		['2', 2_000],
		[' 30 ', 30_000],
		['1.5', 1_500],
		[7, 7_000],
		['86400', 86_400_000],
	])('reads %j as seconds', (header, delayMs) => {
		expect(parseRetryAfter(header, NOW)).toBe(delayMs);
	});

	test.each<[string, number]>([
		['Mon, 18 May 2026 12:00:30 GMT', 30_000],
		['Monday, 18-May-26 12:00:30 GMT', 30_000],
		['Mon, 18 May 2026 11:59:59 GMT', 0],
		['Mon, 18 May 2026 12:00:00 GMT', 0],
	])('reads %j as a date', (header, delayMs) => {
		expect(parseRetryAfter(header, NOW)).toBe(delayMs);
	});

	test.each<[unknown]>([
		[undefined],
		[null],
		[''],
		['soon'],
		['1 minute'],
		['12:00'],
		['120,120'],
		['-1'],
		['+5'],
		['5, 10'],
		['try 5'],
		['Mon, 18 May 2026 12:00:30 GMT+0300'],
		['2026-05-18T12:00:30Z'],
		[['5']],
		[{}],
		[NaN],
	])('returns undefined for %j', (header) => {
		expect(parseRetryAfter(header, NOW)).toBeUndefined();
	});

	test('returns no negative delay for any header and never throws', () => {
		const headers = fc.oneof(fc.string(), fc.anything(), fc.date().map(String), fc.float());
		fc.assert(
			fc.property(headers, (header) => {
				const delayMs = parseRetryAfter(header, NOW);
				if (delayMs !== undefined) expect(delayMs).toBeGreaterThanOrEqual(0);
			}),
		);
	});
});

describe('retryDelay', () => {
	test.each([
		[2_000, 2_000],
		[59_999, 59_999],
		[60_000, 60_000],
		[60_001, 60_000],
		[Infinity, 60_000],
	])('waits for a Retry-After of %d ms: %d ms', (retryAfter, delay) => {
		expect(retryDelay(0, retryAfter, 0.5)).toBe(delay);
		expect(retryDelay(2, retryAfter, 0)).toBe(delay);
	});

	test.each([0, 1, 249])(
		'waits at least as long as the backoff for a Retry-After of %d ms',
		(retryAfter) => {
			expect(retryDelay(0, retryAfter, 0)).toBe(250);
			expect(retryDelay(2, retryAfter, 0)).toBe(1_000);
		},
	);

	test.each([
		[0, 250, 500],
		[1, 500, 1_000],
		[2, 1_000, 2_000],
	])('waits before retry %d from %d to %d ms', (attempt, min, max) => {
		expect(retryDelay(attempt, undefined, 0)).toBe(min);
		expect(retryDelay(attempt, undefined, 0.5)).toBe((min + max) / 2);
		expect(retryDelay(attempt, undefined, 1)).toBe(max);
	});

	test('waits more than 0 and at most 60 seconds', () => {
		const retryAfters = fc.option(fc.nat(200_000), { nil: undefined });
		const randoms = fc.double({ min: 0, max: 1, noNaN: true });
		fc.assert(
			fc.property(fc.nat(50), retryAfters, randoms, (attempt, retryAfter, random) => {
				const delay = retryDelay(attempt, retryAfter, random);
				expect(delay).toBeGreaterThan(0);
				expect(delay).toBeLessThanOrEqual(60_000);
			}),
		);
	});
});
