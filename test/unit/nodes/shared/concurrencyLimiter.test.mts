import fc from 'fast-check';

import { ConcurrencyLimiter } from '../../../../nodes/shared/concurrencyLimiter.ts';

const NAMES = 'abcdefghijklmnop'.split('');

beforeEach(() => {
	jest.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
	jest.useRealTimers();
});

const pass = async (ms: number) => {
	await jest.advanceTimersByTimeAsync(ms);
};

const passUntil = async (time: number) => {
	await pass(time - Date.now());
};

/** Gives the limiter time to start every task it may start: one per turn of the event loop. */
const settle = async () => {
	await pass(NAMES.length);
};

/** Runs named tasks in a limiter; each test decides when they end. */
function runIn(limiter: ConcurrencyLimiter) {
	const started: string[] = [];
	const tasks = new Map<string, PromiseWithResolvers<string>>();
	const find = (name: string) => {
		const task = tasks.get(name);
		if (!task) throw new Error(`${name} has not started`);
		return task;
	};
	const start = (name: string): Promise<string> =>
		limiter.run(() => {
			started.push(name);
			const task = Promise.withResolvers<string>();
			tasks.set(name, task);
			return task.promise;
		});
	return {
		/** The names of the tasks that have started, in order. */
		started,
		/** Queues a task, and returns its result. */
		start,
		/** Queues tasks, and starts as many as the limiter allows. */
		queue: async (...names: string[]): Promise<void> => {
			for (const name of names) void start(name);
			await settle();
		},
		finish: async (...names: string[]): Promise<void> => {
			for (const name of names) find(name).resolve(name);
			await settle();
		},
		fail: async (name: string): Promise<void> => {
			find(name).reject(new Error(name));
			await settle();
		},
	};
}

/** Counts how many tasks run at once in a limiter that is neither busy nor paused. */
async function measureLimit(limiter: ConcurrencyLimiter): Promise<number> {
	const names = Array.from({ length: 2 * NAMES.length }, (_, index) => `task ${index}`);
	const { start, started, finish } = runIn(limiter);
	const results = Promise.all(names.map(start));
	await settle();
	const limit = started.length;
	for (let finished = 0; finished < names.length; finished += limit) {
		await finish(...started.slice(finished));
	}
	await results;
	return limit;
}

test('runs as many tasks at once as the limit allows, in order', async () => {
	const { start, started, finish } = runIn(new ConcurrencyLimiter(2));
	const results = Promise.all(NAMES.slice(0, 4).map(start));
	await settle();
	expect(started).toStrictEqual(['a', 'b']);

	await finish('b');
	expect(started).toStrictEqual(['a', 'b', 'c']);
	await finish('a');
	expect(started).toStrictEqual(['a', 'b', 'c', 'd']);

	await finish('c');
	await finish('d');
	expect(await results).toStrictEqual(['a', 'b', 'c', 'd']);
});

test('starts one task per turn of the event loop', async () => {
	const { start, started, finish } = runIn(new ConcurrencyLimiter(3));
	for (const name of NAMES.slice(0, 4)) void start(name);
	// Promise callbacks run; no timer does.
	for (let callback = 0; callback < 10; callback++) await Promise.resolve();
	expect(started).toStrictEqual(['a']);
	await pass(0);
	expect(started).toStrictEqual(['a', 'b']);
	await pass(1);
	expect(started).toStrictEqual(['a', 'b', 'c']);

	await settle();
	expect(started).toStrictEqual(['a', 'b', 'c']);
	await finish('b');
	expect(started).toStrictEqual(['a', 'b', 'c', 'd']);
});

test('starts the next task after a failed one', async () => {
	const { start, started, fail, finish } = runIn(new ConcurrencyLimiter(1));
	const first = expect(start('a')).rejects.toThrow('a');
	const second = start('b');
	await pass(0);

	await fail('a');
	await first;
	expect(started).toStrictEqual(['a', 'b']);

	await finish('b');
	expect(await second).toBe('b');
});

describe('pause', () => {
	test('starts no task until it is over', async () => {
		const limiter = new ConcurrencyLimiter(4);
		const { queue, started } = runIn(limiter);
		limiter.pause(5_000);
		const end = Date.now() + 5_000;
		await queue('a', 'b');
		expect(jest.getTimerCount()).toBe(1);

		await passUntil(end - 1);
		expect(started).toStrictEqual([]);
		await passUntil(end);
		expect(started).toStrictEqual(['a']);
		await settle();
		expect(started).toStrictEqual(['a', 'b']);
	});

	test('delays a task that was queued before it', async () => {
		const limiter = new ConcurrencyLimiter(1);
		const { queue, started, finish } = runIn(limiter);
		await queue('a', 'b');
		limiter.pause(5_000);
		const end = Date.now() + 5_000;
		await finish('a');

		await passUntil(end - 1);
		expect(started).toStrictEqual(['a']);
		await passUntil(end);
		expect(started).toStrictEqual(['a', 'b']);
	});

	test('is extended by a longer pause', async () => {
		const limiter = new ConcurrencyLimiter(4);
		const { queue, started } = runIn(limiter);
		limiter.pause(5_000);
		await queue('a');
		await pass(3_000);
		limiter.pause(4_000);
		const end = Date.now() + 4_000;

		await passUntil(end - 1);
		expect(started).toStrictEqual([]);
		await passUntil(end);
		expect(started).toStrictEqual(['a']);
	});

	test('is not shortened by a shorter pause', async () => {
		const limiter = new ConcurrencyLimiter(4);
		const { queue, started } = runIn(limiter);
		limiter.pause(5_000);
		const end = Date.now() + 5_000;
		limiter.pause(1_000);
		await queue('a');

		await passUntil(end - 1);
		expect(started).toStrictEqual([]);
		await passUntil(end);
		expect(started).toStrictEqual(['a']);
	});

	test.each([
		[8, 4],
		[5, 2],
		[3, 1],
		[1, 1],
	])('halves a limit of %d to %d for the rest of the run', async (limit, halved) => {
		const limiter = new ConcurrencyLimiter(limit);
		expect(await measureLimit(limiter)).toBe(limit);

		limiter.pause(1_000);
		await pass(1_000);
		expect(await measureLimit(limiter)).toBe(halved);
		await pass(60_000);
		expect(await measureLimit(limiter)).toBe(halved);
	});

	test('halves the limit once for several 429s within one millisecond', async () => {
		const limiter = new ConcurrencyLimiter(8);
		for (let response = 0; response < 8; response++) limiter.pause(1_000);
		await pass(1_000);

		expect(await measureLimit(limiter)).toBe(4);
	});

	test('halves the limit once for the 429s of requests that ran side by side', async () => {
		const limiter = new ConcurrencyLimiter(8);
		const { queue, started, finish } = runIn(limiter);
		await queue(...NAMES);
		for (const name of NAMES.slice(0, 8)) {
			limiter.pause(1_000);
			await pass(1);
			await finish(name);
		}
		expect(started).toStrictEqual(NAMES.slice(0, 8));

		await pass(1_000);
		expect(started).toStrictEqual(NAMES.slice(0, 12));
	});

	test('does not halve the limit again until its last millisecond', async () => {
		const limiter = new ConcurrencyLimiter(8);
		limiter.pause(1_000);
		await pass(999);
		limiter.pause(1);
		await pass(1);

		expect(await measureLimit(limiter)).toBe(4);
	});

	test('does not halve the limit again after it was extended', async () => {
		const limiter = new ConcurrencyLimiter(8);
		limiter.pause(1_000);
		await pass(900);
		limiter.pause(1_000); // Ends 1,900 ms after the first.
		await pass(600);
		limiter.pause(100); // Changes nothing.
		await pass(400);

		expect(await measureLimit(limiter)).toBe(4);
	});

	test('halves the limit again as soon as the previous pause is over', async () => {
		const limiter = new ConcurrencyLimiter(8);
		limiter.pause(1_000);
		await pass(1_000);
		limiter.pause(1_000);
		await pass(1_000);

		expect(await measureLimit(limiter)).toBe(2);
	});

	test('halves the limit down to 1 and no further, one pause after the other', async () => {
		const limiter = new ConcurrencyLimiter(16);
		const limits: number[] = [];
		for (let pause = 0; pause < 6; pause++) {
			limiter.pause(1_000);
			await pass(1_000);
			limits.push(await measureLimit(limiter));
		}

		expect(limits).toStrictEqual([8, 4, 2, 1, 1, 1]);
	});

	test('halves the limit again for a task that started before the previous pause', async () => {
		const limiter = new ConcurrencyLimiter(8);
		const { queue, finish } = runIn(limiter);
		await queue('a', 'b');
		limiter.pause(1_000);
		await finish('a');
		await pass(1_000);
		limiter.pause(1_000);
		await finish('b');
		await pass(1_000);

		expect(await measureLimit(limiter)).toBe(2);
	});

	test('starts no task while at least as many run as the halved limit allows', async () => {
		const limiter = new ConcurrencyLimiter(4);
		const { queue, started, finish } = runIn(limiter);
		await queue('a', 'b', 'c', 'd', 'e', 'f');
		limiter.pause(1_000);
		await pass(2_000);
		await finish('a');
		await finish('b');
		expect(started).toStrictEqual(['a', 'b', 'c', 'd']);

		await finish('c');
		expect(started).toStrictEqual(['a', 'b', 'c', 'd', 'e']);
		await finish('d');
		expect(started).toStrictEqual(['a', 'b', 'c', 'd', 'e', 'f']);
	});
});

describe('runBefore', () => {
	const run = (limiter: ConcurrencyLimiter, deadline: number) => {
		const task = jest.fn(() => Promise.resolve('result'));
		return { task, outcome: limiter.runBefore(deadline, task) };
	};

	test('runs a task that starts in time to its end', async () => {
		const limiter = new ConcurrencyLimiter(1);
		const slow = limiter.runBefore(Date.now() + 1_000, async () => {
			await new Promise((resolve) => setTimeout(resolve, 5_000));
			return 'slow';
		});
		await pass(5_000);

		expect(await slow).toBe('slow');
		await pass(0);
		expect(jest.getTimerCount()).toBe(0);
	});

	test.each([
		['while the limit is reached', (limiter: ConcurrencyLimiter) => void runIn(limiter).start('a')],
		['during a pause', (limiter: ConcurrencyLimiter) => limiter.pause(60_000)],
	])('gives up a task at its deadline %s, and runs those behind it', async (_when, block) => {
		const limiter = new ConcurrencyLimiter(1);
		block(limiter);
		const end = Date.now() + 2_000;
		const early = run(limiter, end);
		const late = run(limiter, end + 1_000_000);
		let outcome: unknown = 'queued';
		void early.outcome.then((value) => (outcome = value));

		await passUntil(end - 1);
		expect(outcome).toBe('queued');
		await passUntil(end);
		expect(outcome).toBeUndefined();
		await pass(60_000);
		expect(early.task).not.toHaveBeenCalled();
		expect(late.task).toHaveBeenCalledTimes(_when === 'during a pause' ? 1 : 0);
	});

	test('starts no task whose deadline has passed', async () => {
		const { task, outcome } = run(new ConcurrencyLimiter(1), Date.now());

		expect(await outcome).toBeUndefined();
		expect(task).not.toHaveBeenCalled();
	});
});

describe('a limit that grows', () => {
	test('starts with the first limit, rises to the maximum, and starts again without tasks', async () => {
		const limiter = new ConcurrencyLimiter(2, undefined, 4);
		const { queue, started, finish } = runIn(limiter);
		await queue(...NAMES.slice(0, 10));
		expect(started).toHaveLength(2);
		for (let responses = 0; responses < 5; responses++) limiter.grow();
		await finish('a');
		expect(started).toHaveLength(5);

		for (const name of NAMES.slice(1, 10)) await finish(name);
		expect(await measureLimit(limiter)).toBe(2);
	});

	test('does not rise without a maximum', async () => {
		const limiter = new ConcurrencyLimiter(2);
		limiter.grow();

		expect(await measureLimit(limiter)).toBe(2);
	});

	test('is paused until the pause is over', async () => {
		const limiter = new ConcurrencyLimiter(2, undefined, 4);
		expect(limiter.isPaused()).toBe(false);
		limiter.pause(1_000);
		await pass(999);
		expect(limiter.isPaused()).toBe(true);
		await pass(1);
		expect(limiter.isPaused()).toBe(false);
	});
});

describe('when the execution is cancelled', () => {
	const reason = new Error('The execution was cancelled');

	test('starts no more tasks', async () => {
		const task = jest.fn();
		const controller = new AbortController();
		const limiter = new ConcurrencyLimiter(1, controller.signal);
		controller.abort(reason);

		await expect(limiter.run(task)).rejects.toBe(reason);
		await expect(new ConcurrencyLimiter(1, AbortSignal.abort(reason)).run(task)).rejects.toBe(
			reason,
		);
		expect(task).not.toHaveBeenCalled();
	});

	test('rejects paused tasks at once', async () => {
		const controller = new AbortController();
		const limiter = new ConcurrencyLimiter(2, controller.signal);
		const { start, started } = runIn(limiter);
		limiter.pause(60_000);
		const rejections = ['a', 'b'].map((name) => expect(start(name)).rejects.toBe(reason));
		await pass(1_000);

		controller.abort(reason);
		await Promise.all(rejections);
		expect(Date.now()).toBe(1_001_000);
		expect(started).toStrictEqual([]);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('rejects queued tasks at once and lets running tasks end', async () => {
		const controller = new AbortController();
		const { start, started, finish } = runIn(new ConcurrencyLimiter(1, controller.signal));
		const first = start('a');
		let failure: unknown;
		start('b').catch((error: unknown) => (failure = error));
		await pass(1_000);

		controller.abort(reason);
		await pass(0);
		expect(failure).toBe(reason);

		await finish('a');
		expect(await first).toBe('a');
		expect(started).toStrictEqual(['a']);
	});
});

test('sets no timer while the queue is empty', async () => {
	const limiter = new ConcurrencyLimiter(4);
	const { queue, finish } = runIn(limiter);
	await queue('a', 'b');
	limiter.pause(60_000);
	await finish('a', 'b');

	expect(jest.getTimerCount()).toBe(0);
});

test('keeps to its limit and its pauses, and runs every task to its end', async () => {
	const task = fc.record({
		arrives: fc.nat(40),
		// What happens each time it runs.
		attempts: fc.array(
			fc.record({
				takes: fc.integer({ min: 1, max: 30 }),
				outcome: fc.constantFrom('ok', 'ok', 'fails', '429'),
				pauseMs: fc.integer({ min: 1, max: 50 }),
			}),
			{ minLength: 1, maxLength: 3 },
		),
	});
	const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

	await fc.assert(
		fc.asyncProperty(
			fc.array(task, { minLength: 1, maxLength: 25 }),
			fc.integer({ min: 1, max: 8 }),
			async (tasks, limit) => {
				const limiter = new ConcurrencyLimiter(limit);
				let [allowed, pausedUntil, active, finished] = [limit, 0, 0, 0];
				const broken: string[] = [];

				const run = async ({
					takes,
					outcome,
					pauseMs,
				}: (typeof tasks)[number]['attempts'][number]) =>
					await limiter.run(async () => {
						active++;
						if (active > allowed) broken.push(`${active} at once, ${allowed} allowed`);
						if (Date.now() < pausedUntil) broken.push('started during a pause');
						await sleep(takes);
						if (outcome === '429') {
							if (Date.now() >= pausedUntil) allowed = Math.max(1, Math.floor(allowed / 2));
							limiter.pause(pauseMs);
							pausedUntil = Math.max(pausedUntil, Date.now() + pauseMs);
						}
						active--;
						if (outcome === 'fails') throw new Error('failed');
					});

				for (const { arrives, attempts } of tasks) {
					void (async () => {
						await sleep(arrives);
						for (const attempt of attempts) {
							await run(attempt).catch((error: unknown) => {
								if (!(error instanceof Error) || error.message !== 'failed')
									broken.push(String(error));
							});
						}
						finished++;
					})();
				}
				await jest.runAllTimersAsync();

				expect(broken).toStrictEqual([]);
				expect(finished).toBe(tasks.length);
				expect(active).toBe(0);
				await pass(60_000);
				expect(await measureLimit(limiter)).toBe(allowed);
			},
		),
		{ numRuns: 150 },
	);
});
