import fc from 'fast-check';

import { pollUntil, type PollOptions } from '../../../../../nodes/RsomPay/api/pollUntil.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';
import { outcomeOf } from '../../../support.mts';
import { invoice, LASTING, PASSING, problem, rsomPay, type RsomPay } from '../pollingSupport.mts';

const START = 1_000_000;

beforeEach(() => {
	jest.useFakeTimers({ now: START });
});

afterEach(() => {
	expect(jest.getTimerCount()).toBe(0);
	jest.useRealTimers();
});

/** What somebody asks for: whether an invoice is paid. */
type Answer = Invoice | undefined;

const isDone = (answer: Answer) => answer?.status === 'paid';

const [ISSUED, PENDING, PAID] = ['issued', 'pending', 'paid'].map(invoice);

/** What comes of asking for so long: an answer, or what is thrown. */
const ask = async (service: RsomPay, forMs: number, more: Partial<PollOptions<Answer>> = {}) =>
	await outcomeOf<unknown>(
		pollUntil(service.ask, {
			isDone,
			until: Date.now() + forMs,
			retryErrors: true,
			...more,
		}).catch((error: unknown) => error),
	);

test('asks once for what is done', async () => {
	const service = rsomPay(PAID);

	expect(await ask(service, 60_000)).toBe(PAID);
	expect(service.askedAt).toStrictEqual([0]);
});

test('asks again at growing intervals, for the last time when the time is up', async () => {
	const service = rsomPay(ISSUED);

	expect(await ask(service, 5_000)).toBe(ISSUED);
	expect(service.askedAt).toStrictEqual([0, 500, 1_250, 2_375, 4_062, 5_000]);
});

test('asks every 15 seconds at the least', async () => {
	const service = rsomPay(ISSUED);
	await ask(service, 600_000);
	const { askedAt } = service;
	const waits = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
	const longest = waits.indexOf(15_000);

	expect(waits.slice(0, longest)).toStrictEqual([
		500, 750, 1_125, 1_687, 2_531, 3_796, 5_695, 8_542, 12_814,
	]);
	expect(new Set(waits.slice(longest, -1))).toStrictEqual(new Set([15_000]));
	expect(waits.at(-1)).toBeLessThanOrEqual(15_000);
	expect(askedAt.at(-1)).toBe(600_000);
});

test('stops when it is done', async () => {
	const service = rsomPay(ISSUED, PENDING, PAID, ISSUED);

	expect(await ask(service, 60_000)).toBe(PAID);
	expect(service.askedAt).toStrictEqual([0, 500, 1_250]);
});

test('finds at the last moment that it is done', async () => {
	const service = rsomPay(PENDING, PENDING, PAID);

	expect(await ask(service, 600)).toBe(PAID);
	expect(service.askedAt).toStrictEqual([0, 500, 600]);
});

test.each([[0], [-1]])('asks once where there is no time: %d ms', async (forMs) => {
	for (const answer of [ISSUED, problem(503)]) {
		const service = rsomPay(answer, PAID);

		expect(await ask(service, forMs)).toBe(answer);
		expect(service.askedAt).toStrictEqual([0]);
	}
});

test('asks nothing more when the time is up, however long the answers take', async () => {
	const startedAt: number[] = [];
	const slow = (answer: Invoice | Error) => async () => {
		startedAt.push(Date.now() - START);
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		if (answer instanceof Error) throw answer;
		return answer;
	};
	const patience = () => ({ isDone, until: Date.now() + 5_000, retryErrors: true });

	expect(await outcomeOf(pollUntil(slow(invoice('issued')), patience()))).toStrictEqual(ISSUED);
	expect(startedAt).toStrictEqual([0, 3_500]);

	jest.setSystemTime(START);
	startedAt.length = 0;
	const failure = pollUntil(slow(problem()), patience()).catch((error: unknown) => error);
	expect(await outcomeOf(failure)).toStrictEqual(problem());
	expect(startedAt).toStrictEqual([0, 3_500]);
});

test('goes by the clock that it is given', async () => {
	let now = 0;
	const service = rsomPay(ISSUED);
	await ask(service, 0, { until: 10_000, now: () => (now += 1_000) });

	expect(service.askedAt.length).toBeGreaterThan(1);
	expect(service.askedAt.length).toBeLessThan(10);
});

describe('a problem', () => {
	test.each(PASSING)('that may pass (HTTP %s) is asked over', async (status) => {
		const service = rsomPay(problem(status), problem(status), PAID);

		expect(await ask(service, 5_000)).toBe(PAID);
		expect(service.askedAt).toStrictEqual([0, 500, 1_250]);
	});

	test.each(PASSING)('that did not pass (HTTP %s) is told', async (status) => {
		const last = problem(status);
		const service = rsomPay(problem(500), problem(500), problem(500), last);

		expect(await ask(service, 2_000)).toBe(last);
		expect(service.askedAt).toStrictEqual([0, 500, 1_250, 2_000]);
	});

	test.each(LASTING)('that does not pass (HTTP %s) is told at once', async (status) => {
		const error = problem(status);
		const service = rsomPay(error, PAID);

		expect(await ask(service, 5_000)).toBe(error);
		expect(service.askedAt).toStrictEqual([0]);
	});

	test('that is none of the service is told at once', async () => {
		const error = new Error('no credential');
		const service = rsomPay(PENDING, error, PAID);

		expect(await ask(service, 5_000)).toBe(error);
		expect(service.askedAt).toStrictEqual([0, 500]);
	});

	test.each(PASSING)(
		'that may pass (HTTP %s) hides nothing that was told before',
		async (status) => {
			const service = rsomPay(ISSUED, PENDING, problem(status));

			expect(await ask(service, 2_000)).toBe(PENDING);
			expect(service.askedAt).toStrictEqual([0, 500, 1_250, 2_000]);
		},
	);

	test('hides nothing either when the answer was that there is nothing', async () => {
		expect(await ask(rsomPay(ISSUED, undefined, problem(503)), 2_000)).toBeUndefined();
	});
});

describe('without going through faults', () => {
	const once = { retryErrors: false };

	test.each(PASSING)('the first problem (HTTP %s) is told at once', async (status) => {
		const error = problem(status);
		const service = rsomPay(error, PAID);

		expect(await ask(service, 5_000, once)).toBe(error);
		expect(service.askedAt).toStrictEqual([0]);
	});

	test.each(PASSING)('the first problem (HTTP %s) ends it with the last answer', async (status) => {
		const service = rsomPay(ISSUED, PENDING, problem(status), PAID);

		expect(await ask(service, 60_000, once)).toBe(PENDING);
		expect(service.askedAt).toStrictEqual([0, 500, 1_250]);
	});

	test('an answer that there is nothing counts, too', async () => {
		const service = rsomPay(undefined, problem(503), PAID);

		expect(await ask(service, 60_000, once)).toBeUndefined();
		expect(service.askedAt).toStrictEqual([0, 500]);
	});

	test.each(LASTING)('a problem that does not pass (HTTP %s) is told as ever', async (status) => {
		const error = problem(status);
		const service = rsomPay(ISSUED, error, PAID);

		expect(await ask(service, 60_000, once)).toBe(error);
		expect(service.askedAt).toStrictEqual([0, 500]);
	});

	test('what is not done yet is asked for again', async () => {
		const service = rsomPay(ISSUED, PENDING, PAID);

		expect(await ask(service, 60_000, once)).toBe(PAID);
		expect(service.askedAt).toStrictEqual([0, 500, 1_250]);
	});
});

describe('an execution that is cancelled', () => {
	const reason = new Error('cancelled');

	test('waits no longer', async () => {
		const controller = new AbortController();
		const service = rsomPay(ISSUED);
		const outcome = expect(
			pollUntil(service.ask, {
				isDone,
				until: START + 600_000,
				retryErrors: true,
				signal: controller.signal,
			}),
		).rejects.toBe(reason);
		await jest.advanceTimersByTimeAsync(700);
		controller.abort(reason);
		await outcome;

		expect(service.askedAt).toStrictEqual([0, 500]);
	});

	test('does not begin to wait', async () => {
		const service = rsomPay(ISSUED);

		expect(await ask(service, 600_000, { signal: AbortSignal.abort(reason) })).toBeInstanceOf(
			Error,
		);
		expect(service.askedAt).toStrictEqual([0]);
	});
});

test('whatever is answered, the last of it is told, after no more questions than are needed', async () => {
	const answer = fc.oneof(
		fc.constantFrom(ISSUED, PENDING, ISSUED, PENDING, PAID, invoice('odd'), undefined),
		fc.constantFrom(...PASSING, ...PASSING, ...LASTING).map(problem),
	);
	const mayPass = (found: unknown) =>
		found instanceof ServiceError && PASSING.includes(found.httpCode);
	const isOver = (found: Answer | Error) =>
		found instanceof Error ? !mayPass(found) : isDone(found);

	await fc.assert(
		fc.asyncProperty(
			fc.array(answer, { minLength: 1, maxLength: 12 }),
			fc.integer({ min: 0, max: 30_000 }),
			async (answers, forMs) => {
				const service = rsomPay(...answers);
				const outcome = await ask(service, forMs);
				const answered = service.answered();
				const last = answered.at(-1);
				const told = answered.filter((found) => !(found instanceof Error));

				expect(outcome).toBe(mayPass(last) && told.length > 0 ? told.at(-1) : last);
				expect(answered.slice(0, -1).map(isOver)).not.toContain(true);
				const lastAt = service.askedAt.at(-1);
				if (isOver(last)) expect(lastAt).toBeLessThanOrEqual(forMs);
				else expect(lastAt).toBe(forMs);
			},
		),
		{ numRuns: 200 },
	);
});
