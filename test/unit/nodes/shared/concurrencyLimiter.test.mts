import fc from 'fast-check';

import { ConcurrencyLimiter } from '../../../../nodes/shared/concurrencyLimiter.ts';

const NAMES = 'abcdefghijkl'.split('');

beforeEach(() => {
	jest.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
	jest.useRealTimers();
});

const pass = async (ms: number) => {
	await jest.advanceTimersByTimeAsync(ms);
};

const passTo = async (moment: number) => {
	await pass(moment - Date.now());
};

/** Lets all start that may: one in a millisecond. */
const settle = async () => {
	await pass(NAMES.length);
};

/** Runs tasks in a limiter; each test decides when they end. */
function running(limiter: ConcurrencyLimiter) {
	const started: string[] = [];
	const ends = new Map<string, PromiseWithResolvers<string>>();
	const end = (name: string) => {
		const found = ends.get(name);
		if (!found) throw new Error(`${name} has not started`);
		return found;
	};
	const finish = async (name: string): Promise<void> => {
		end(name).resolve(name);
		await settle();
	};
	const start = (name: string): Promise<string> =>
		limiter.run(() => {
			started.push(name);
			const ending = Promise.withResolvers<string>();
			ends.set(name, ending);
			return ending.promise;
		});
	return {
		started,
		start,
		/** Starts tasks, as far as the limiter lets them. */
		begin: async (...names: string[]): Promise<void> => {
			for (const name of names) void start(name);
			await settle();
		},
		finish,
		/** The service has answered tasks with 429, asking for a wait. Gives the end of it. */
		slowDown: async (names: string | string[], waitMs: number): Promise<number> => {
			const end = Date.now() + waitMs;
			for (const _ of names) limiter.pause(waitMs);
			for (const name of names) await finish(name);
			return end;
		},
		fail: async (name: string): Promise<void> => {
			end(name).reject(new Error(name));
			await settle();
		},
	};
}

test('runs as many tasks at once as the bound allows, in order', async () => {
	const { start, started, finish } = running(new ConcurrencyLimiter(2));
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

test('starts one in a turn, so that it is on its way before the next is begun', async () => {
	const { start, started, finish } = running(new ConcurrencyLimiter(3));
	for (const name of NAMES.slice(0, 4)) void start(name);
	await Promise.resolve();
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

test('gives the place of a task that failed to the next one', async () => {
	const { start, started, fail, finish } = running(new ConcurrencyLimiter(1));
	const first = expect(start('a')).rejects.toThrow('a');
	const second = start('b');
	await pass(0);

	await fail('a');
	await first;
	expect(started).toStrictEqual(['a', 'b']);

	await finish('b');
	expect(await second).toBe('b');
});

describe('being held back', () => {
	test('lets nobody start until the time has passed', async () => {
		const { begin, started, slowDown } = running(new ConcurrencyLimiter(4));
		await begin('a');
		const end = await slowDown('a', 5_000);
		await begin('b', 'c');
		expect(jest.getTimerCount()).toBe(1);

		await passTo(end - 1);
		expect(started).toStrictEqual(['a']);
		await passTo(end);
		expect(started).toStrictEqual(['a', 'b']);
		await settle();
		expect(started).toStrictEqual(['a', 'b', 'c']);
	});

	test('holds those who were waiting for a place, too', async () => {
		const { begin, started, slowDown } = running(new ConcurrencyLimiter(1));
		await begin('a', 'b');
		const end = await slowDown('a', 5_000);

		await passTo(end - 1);
		expect(started).toStrictEqual(['a']);
		await passTo(end);
		expect(started).toStrictEqual(['a', 'b']);
	});

	test('goes on until the last of the times that were asked for', async () => {
		const { begin, started, slowDown } = running(new ConcurrencyLimiter(4));
		await begin('a', 'b');
		await slowDown('a', 5_000);
		await begin('c');
		await pass(3_000);
		const end = await slowDown('b', 4_000);
		await passTo(end - 1);
		expect(started).toStrictEqual(['a', 'b']);

		await passTo(end);
		expect(started).toStrictEqual(['a', 'b', 'c']);
	});

	test('is not cut short by a shorter time', async () => {
		const { begin, started, slowDown } = running(new ConcurrencyLimiter(4));
		await begin('a', 'b');
		const end = await slowDown('a', 5_000);
		await slowDown('b', 1_000);
		await begin('c');

		await passTo(end - 1);
		expect(started).toStrictEqual(['a', 'b']);
	});

	test('halves the bound for the rest of the run', async () => {
		const { begin, started, slowDown, finish } = running(new ConcurrencyLimiter(5));
		await begin('a');
		await pass(10);
		await slowDown('a', 1_000);
		await begin(...NAMES.slice(1));
		await pass(1_000);
		expect(started).toStrictEqual(['a', 'b', 'c']);

		await pass(60_000);
		await finish('b');
		await finish('c');
		expect(started).toStrictEqual(['a', 'b', 'c', 'd', 'e']);
	});

	test('halves the bound once for all that were under way together', async () => {
		const { begin, started, slowDown } = running(new ConcurrencyLimiter(8));
		await begin(...NAMES);
		await pass(10);
		for (const name of NAMES.slice(0, 8)) {
			await slowDown(name, 1_000);
			await pass(1);
		}
		await pass(1_000);
		expect(started.toSorted()).toStrictEqual(NAMES);
	});

	test('halves it once for them even when it is told so within the same millisecond', async () => {
		const { begin, started, slowDown } = running(new ConcurrencyLimiter(8));
		await begin(...NAMES);
		await slowDown(NAMES.slice(0, 8), 1_000);
		await pass(1_000);
		expect(started).toStrictEqual(NAMES);
	});

	test('gives up its place when the bound was halved meanwhile', async () => {
		const { begin, started, slowDown, finish } = running(new ConcurrencyLimiter(8));
		await begin('a', 'b');
		await pass(10);
		await slowDown('a', 100); // 4 at once from now on
		await pass(100);
		await begin('c', 'd');
		await pass(10);
		await slowDown('b', 1_000); // started with 'a', so this halves nothing
		await begin('e', 'f');
		await pass(10);
		await slowDown('c', 1); // 2 at once from now on
		await pass(1_000);
		expect(started).toStrictEqual(['a', 'b', 'c', 'd', 'e']);

		await finish('d');
		expect(started).toStrictEqual(['a', 'b', 'c', 'd', 'e', 'f']);
	});

	test('halves it again when the next wave is told the same', async () => {
		const { begin, started, slowDown, finish } = running(new ConcurrencyLimiter(8));
		await begin(...NAMES);
		await pass(10);
		for (const name of NAMES.slice(0, 8)) await slowDown(name, 1_000);
		await pass(1_010);
		for (const name of NAMES.slice(8)) await slowDown(name, 1_000);
		await begin('m', 'n', 'o');
		await pass(1_000);
		expect(started).toStrictEqual([...NAMES, 'm', 'n']);

		await finish('m');
		expect(started).toStrictEqual([...NAMES, 'm', 'n', 'o']);
	});

	test('never stops everything', async () => {
		const limiter = new ConcurrencyLimiter(1);
		const { begin, slowDown } = running(limiter);
		for (const name of NAMES) {
			await begin(name);
			await pass(10);
			await slowDown(name, 10);
		}
		await pass(1_000);

		expect(await limiter.run(() => Promise.resolve('still running'))).toBe('still running');
	});
});

describe('when the execution is cancelled', () => {
	const reason = new Error('The execution was cancelled');

	test('nothing starts any more', async () => {
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

	test('whoever is held back stops waiting at once', async () => {
		const controller = new AbortController();
		const limiter = new ConcurrencyLimiter(2, controller.signal);
		const { start, started } = running(limiter);
		limiter.pause(60_000);
		const waiting = ['a', 'b'].map((name) => expect(start(name)).rejects.toBe(reason));
		await pass(1_000);

		controller.abort(reason);
		await Promise.all(waiting);
		expect(Date.now()).toBe(1_001_000);
		expect(started).toStrictEqual([]);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('whoever waits for a place stops waiting at once, and what is under way may end', async () => {
		const controller = new AbortController();
		const { start, started, finish } = running(new ConcurrencyLimiter(1, controller.signal));
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

test('leaves no timer behind when nobody waits any more', async () => {
	const { begin, slowDown } = running(new ConcurrencyLimiter(4));
	await begin('a', 'b');
	await slowDown('a', 60_000);
	await slowDown('b', 60_000);

	expect(jest.getTimerCount()).toBe(0);
});

test('keeps its bound, holds everyone, and loses no place, whatever the tasks do', async () => {
	const task = fc.record({
		arrives: fc.nat(40),
		// How it is answered each time that it is sent.
		answers: fc.array(
			fc.record({
				takes: fc.integer({ min: 1, max: 30 }),
				outcome: fc.constantFrom('ok', 'ok', 'fails', 'slow down'),
				wait: fc.integer({ min: 1, max: 50 }),
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

				const send = async ({ takes, outcome, wait }: (typeof tasks)[number]['answers'][number]) =>
					await limiter.run(async () => {
						active++;
						if (active > allowed) broken.push(`${active} at once, ${allowed} allowed`);
						if (Date.now() < pausedUntil) broken.push('started during a pause');
						await sleep(takes);
						if (outcome === 'slow down') {
							if (Date.now() >= pausedUntil) allowed = Math.max(1, Math.floor(allowed / 2));
							limiter.pause(wait);
							pausedUntil = Math.max(pausedUntil, Date.now() + wait);
						}
						active--;
						if (outcome === 'fails') throw new Error('failed');
					});

				for (const { arrives, answers } of tasks) {
					void (async () => {
						await sleep(arrives);
						for (const answer of answers) {
							await send(answer).catch((error: unknown) => {
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
			},
		),
		{ numRuns: 150 },
	);
});
