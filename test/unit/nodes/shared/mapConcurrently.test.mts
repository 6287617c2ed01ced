import fc from 'fast-check';

import { mapConcurrently } from '../../../../nodes/shared/mapConcurrently.ts';
import { outcomeOf } from '../../support.mts';

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

/** Gives the function time to start every task it may start. */
const settle = async () => {
	await jest.advanceTimersByTimeAsync(10);
};

/** Creates a task that ends when the test says so. */
function controllableTask() {
	const started: number[] = [];
	const ends = new Map<number, PromiseWithResolvers<string>>();
	return {
		started,
		task: (value: number): Promise<string> => {
			started.push(value);
			const end = Promise.withResolvers<string>();
			ends.set(value, end);
			return end.promise;
		},
		finish: async (value: number): Promise<void> => {
			ends.get(value)?.resolve(`done ${value}`);
			await settle();
		},
		fail: async (value: number): Promise<void> => {
			ends.get(value)?.reject(new Error(`failed ${value}`));
			await settle();
		},
	};
}

test('starts the tasks in order, up to the concurrency', async () => {
	const { task, started, finish } = controllableTask();
	const running = mapConcurrently([10, 11, 12, 13], 2, task);
	await settle();
	expect(started).toStrictEqual([10, 11]);

	await finish(11);
	expect(started).toStrictEqual([10, 11, 12]);

	await finish(12);
	await finish(13);
	await finish(10);
	expect(await running).toStrictEqual(['done 10', 'done 11', 'done 12', 'done 13']);
});

test('passes each value with its index', async () => {
	const task = (value: string, index: number) => Promise.resolve(`${index}${value}`);

	expect(await outcomeOf(mapConcurrently(['a', 'b'], 1, task))).toStrictEqual(['0a', '1b']);
	expect(await mapConcurrently([], 3, task)).toStrictEqual([]);
});

test('starts no task after a failure and waits for the running ones', async () => {
	const { task, started, finish, fail } = controllableTask();
	const running = mapConcurrently([10, 11, 12, 13], 2, task);
	let failure: unknown;
	running.catch((error: unknown) => (failure = error));
	await settle();

	await fail(11);
	expect(started).toStrictEqual([10, 11]);
	expect(failure).toBeUndefined();

	await finish(10);
	expect(started).toStrictEqual([10, 11]);
	expect(failure).toStrictEqual(new Error('failed 11'));
});

test('throws the error of the first failed value, not of the first failure', async () => {
	const { task, fail } = controllableTask();
	const running = mapConcurrently([10, 11, 12], 3, task);
	const outcome = expect(running).rejects.toThrow('failed 10');
	await settle();

	await fail(12);
	await fail(11);
	await fail(10);
	await outcome;
});

test('rejects when a task throws synchronously', async () => {
	const task = () => {
		throw new Error('at once');
	};

	await expect(mapConcurrently([1], 1, task)).rejects.toThrow('at once');
});

test('keeps order and concurrency for any tasks', async () => {
	const delays = fc.array(fc.record({ takes: fc.nat(10), fails: fc.boolean() }), { maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(delays, fc.integer({ min: 1, max: 8 }), async (values, concurrency) => {
			let active = 0;
			let maxActive = 0;
			const started: number[] = [];
			const failed: number[] = [];
			const outcome = await outcomeOf(
				mapConcurrently(values, concurrency, async ({ takes, fails }, index) => {
					started.push(index);
					maxActive = Math.max(maxActive, ++active);
					await new Promise((resolve) => setTimeout(resolve, takes));
					active--;
					if (!fails) return index;
					failed.push(index);
					throw new Error(String(index));
				}).catch((error: unknown) => error),
			);

			expect(active).toBe(0);
			expect(maxActive).toBeLessThanOrEqual(concurrency);
			expect(started).toStrictEqual([...started.keys()]);
			expect(outcome).toStrictEqual(
				failed.length > 0 ? new Error(String(Math.min(...failed))) : [...values.keys()],
			);
		}),
	);
});
