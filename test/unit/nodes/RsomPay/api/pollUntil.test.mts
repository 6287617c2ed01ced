import fc from 'fast-check';

import { pollUntil, type PollOptions } from '../../../../../nodes/RsomPay/api/pollUntil.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';
import { outcomeOf } from '../../../support.mts';
import {
	invoice,
	PERMANENT,
	TRANSIENT,
	serviceError,
	rsomPay,
	type RsomPay,
} from '../pollingSupport.mts';

const START = 1_000_000;

beforeEach(() => {
	jest.useFakeTimers({ now: START });
});

afterEach(() => {
	expect(jest.getTimerCount()).toBe(0);
	jest.useRealTimers();
});

type Result = Invoice | undefined;

const isDone = (result: Result) => result?.status === 'paid';

const [ISSUED, PENDING, PAID] = ['issued', 'pending', 'paid'].map(invoice);

/** Polls for `forMs`, and returns the result or the error thrown. */
const poll = async (service: RsomPay, forMs: number, options: Partial<PollOptions<Result>> = {}) =>
	await outcomeOf<unknown>(
		pollUntil(service.request, {
			isDone,
			until: Date.now() + forMs,
			retryErrors: true,
			...options,
		}).catch((error: unknown) => error),
	);

test('polls once when the first result is done', async () => {
	const service = rsomPay(PAID);

	expect(await poll(service, 60_000)).toBe(PAID);
	expect(service.requestedAt).toStrictEqual([0]);
});

test('polls at growing intervals, the last time at the deadline', async () => {
	const service = rsomPay(ISSUED);

	expect(await poll(service, 5_000)).toBe(ISSUED);
	expect(service.requestedAt).toStrictEqual([0, 500, 1_250, 2_375, 4_062, 5_000]);
});

test('polls at least every 15 seconds', async () => {
	const service = rsomPay(ISSUED);
	await poll(service, 600_000);
	const { requestedAt } = service;
	const waits = requestedAt.slice(1).map((at, index) => at - (requestedAt[index] ?? 0));
	const longest = waits.indexOf(15_000);

	expect(waits.slice(0, longest)).toStrictEqual([
		500, 750, 1_125, 1_687, 2_531, 3_796, 5_695, 8_542, 12_814,
	]);
	expect(new Set(waits.slice(longest, -1))).toStrictEqual(new Set([15_000]));
	expect(waits.at(-1)).toBeLessThanOrEqual(15_000);
	expect(requestedAt.at(-1)).toBe(600_000);
});

test('stops as soon as a result is done', async () => {
	const service = rsomPay(ISSUED, PENDING, PAID, ISSUED);

	expect(await poll(service, 60_000)).toBe(PAID);
	expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
});

test('stops when n8n does not let a request through', async () => {
	const blocked = new ServiceError('n8n could not send the request', {
		description: '',
		failure: { cause: 'configuration-invalid' },
	});
	const service = rsomPay(blocked, PAID);

	expect(await poll(service, 60_000)).toBe(blocked);
	expect(service.requestedAt).toStrictEqual([0]);
});

test('returns a result that is done at the deadline', async () => {
	const service = rsomPay(PENDING, PENDING, PAID);

	expect(await poll(service, 600)).toBe(PAID);
	expect(service.requestedAt).toStrictEqual([0, 500, 600]);
});

test.each([[0], [-1]])('polls once when the time is %d ms', async (forMs) => {
	for (const outcome of [ISSUED, serviceError(503)]) {
		const service = rsomPay(outcome, PAID);

		expect(await poll(service, forMs)).toBe(outcome);
		expect(service.requestedAt).toStrictEqual([0]);
	}
});

test('does not poll after the deadline when responses are slow', async () => {
	const startedAt: number[] = [];
	const slow = (outcome: Invoice | Error) => async () => {
		startedAt.push(Date.now() - START);
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		if (outcome instanceof Error) throw outcome;
		return outcome;
	};
	const options = () => ({ isDone, until: Date.now() + 5_000, retryErrors: true });

	expect(await outcomeOf(pollUntil(slow(invoice('issued')), options()))).toStrictEqual(ISSUED);
	expect(startedAt).toStrictEqual([0, 3_500]);

	jest.setSystemTime(START);
	startedAt.length = 0;
	const failure = pollUntil(slow(serviceError()), options()).catch((error: unknown) => error);
	expect(await outcomeOf(failure)).toStrictEqual(serviceError());
	expect(startedAt).toStrictEqual([0, 3_500]);
});

test('reads the time from the given clock', async () => {
	let now = 0;
	const service = rsomPay(ISSUED);
	await poll(service, 0, { until: 10_000, now: () => (now += 1_000) });

	expect(service.requestedAt.length).toBeGreaterThan(1);
	expect(service.requestedAt.length).toBeLessThan(10);
});

describe('an error', () => {
	test.each(TRANSIENT)('that is transient (HTTP %s) is retried', async (status) => {
		const service = rsomPay(serviceError(status), serviceError(status), PAID);

		expect(await poll(service, 5_000)).toBe(PAID);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
	});

	test.each(TRANSIENT)('that is transient (HTTP %s) is thrown at the deadline', async (status) => {
		const last = serviceError(status);
		const service = rsomPay(serviceError(500), serviceError(500), serviceError(500), last);

		expect(await poll(service, 2_000)).toBe(last);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250, 2_000]);
	});

	test.each(PERMANENT)('that is permanent (HTTP %s) is thrown at once', async (status) => {
		const error = serviceError(status);
		const service = rsomPay(error, PAID);

		expect(await poll(service, 5_000)).toBe(error);
		expect(service.requestedAt).toStrictEqual([0]);
	});

	test('that is not a ServiceError is thrown at once', async () => {
		const error = new Error('no credential');
		const service = rsomPay(PENDING, error, PAID);

		expect(await poll(service, 5_000)).toBe(error);
		expect(service.requestedAt).toStrictEqual([0, 500]);
	});

	test.each(TRANSIENT)(
		'that is transient (HTTP %s) does not replace an earlier result',
		async (status) => {
			const service = rsomPay(ISSUED, PENDING, serviceError(status));

			expect(await poll(service, 2_000)).toBe(PENDING);
			expect(service.requestedAt).toStrictEqual([0, 500, 1_250, 2_000]);
		},
	);

	test('that is transient does not replace an earlier result of undefined', async () => {
		expect(await poll(rsomPay(ISSUED, undefined, serviceError(503)), 2_000)).toBeUndefined();
	});
});

describe('without retryErrors', () => {
	const options = { retryErrors: false };

	test.each(TRANSIENT)(
		'throws the first error (HTTP %s) when there is no result',
		async (status) => {
			const error = serviceError(status);
			const service = rsomPay(error, PAID);

			expect(await poll(service, 5_000, options)).toBe(error);
			expect(service.requestedAt).toStrictEqual([0]);
		},
	);

	test.each(TRANSIENT)('returns the last result at the first error (HTTP %s)', async (status) => {
		const service = rsomPay(ISSUED, PENDING, serviceError(status), PAID);

		expect(await poll(service, 60_000, options)).toBe(PENDING);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
	});

	test('returns undefined at the first error when that was the last result', async () => {
		const service = rsomPay(undefined, serviceError(503), PAID);

		expect(await poll(service, 60_000, options)).toBeUndefined();
		expect(service.requestedAt).toStrictEqual([0, 500]);
	});

	test.each(PERMANENT)('throws a permanent error (HTTP %s) at once', async (status) => {
		const error = serviceError(status);
		const service = rsomPay(ISSUED, error, PAID);

		expect(await poll(service, 60_000, options)).toBe(error);
		expect(service.requestedAt).toStrictEqual([0, 500]);
	});

	test('polls again while no result is done', async () => {
		const service = rsomPay(ISSUED, PENDING, PAID);

		expect(await poll(service, 60_000, options)).toBe(PAID);
		expect(service.requestedAt).toStrictEqual([0, 500, 1_250]);
	});
});

describe('when the execution is cancelled', () => {
	const reason = new Error('cancelled');

	test('stops waiting at once', async () => {
		const controller = new AbortController();
		const service = rsomPay(ISSUED);
		const outcome = expect(
			pollUntil(service.request, {
				isDone,
				until: START + 600_000,
				retryErrors: true,
				signal: controller.signal,
			}),
		).rejects.toBe(reason);
		await jest.advanceTimersByTimeAsync(700);
		controller.abort(reason);
		await outcome;

		expect(service.requestedAt).toStrictEqual([0, 500]);
	});

	test('does not start to wait', async () => {
		const service = rsomPay(ISSUED);

		expect(await poll(service, 600_000, { signal: AbortSignal.abort(reason) })).toBeInstanceOf(
			Error,
		);
		expect(service.requestedAt).toStrictEqual([0]);
	});
});

test('returns the last result after no more requests than necessary, for any responses', async () => {
	const outcomes = fc.oneof(
		fc.constantFrom(ISSUED, PENDING, ISSUED, PENDING, PAID, invoice('odd'), undefined),
		fc.constantFrom(...TRANSIENT, ...TRANSIENT, ...PERMANENT).map(serviceError),
	);
	const isTransient = (found: unknown) =>
		found instanceof ServiceError && TRANSIENT.includes(found.httpCode);
	const isLast = (found: Result | Error) =>
		found instanceof Error ? !isTransient(found) : isDone(found);

	await fc.assert(
		fc.asyncProperty(
			fc.array(outcomes, { minLength: 1, maxLength: 12 }),
			fc.integer({ min: 0, max: 30_000 }),
			async (responses, forMs) => {
				const service = rsomPay(...responses);
				const outcome = await poll(service, forMs);
				const received = service.outcomes();
				const last = received.at(-1);
				const results = received.filter((found) => !(found instanceof Error));

				expect(outcome).toBe(isTransient(last) && results.length > 0 ? results.at(-1) : last);
				expect(received.slice(0, -1).map(isLast)).not.toContain(true);
				const lastAt = service.requestedAt.at(-1);
				if (isLast(last)) expect(lastAt).toBeLessThanOrEqual(forMs);
				else expect(lastAt).toBe(forMs);
			},
		),
		{ numRuns: 200 },
	);
});
