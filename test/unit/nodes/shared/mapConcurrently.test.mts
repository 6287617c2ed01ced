import fc from 'fast-check';

import { mapConcurrently } from '../../../../nodes/shared/mapConcurrently.ts';
import { outcomeOf } from '../../support.mts';

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

/** Lets everything start that may. */
const settle = async () => {
	await jest.advanceTimersByTimeAsync(10);
};

/** A task whose end each test decides. */
function controlled() {
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

test('starts in order, as many at a time as the bound allows', async () => {
	const { task, started, finish } = controlled();
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

test('tells the task the place of its value', async () => {
	const task = (value: string, index: number) => Promise.resolve(`${index}${value}`);

	expect(await outcomeOf(mapConcurrently(['a', 'b'], 1, task))).toStrictEqual(['0a', '1b']);
	expect(await mapConcurrently([], 3, task)).toStrictEqual([]);
});

test('starts nothing more after a failure, and waits for what is under way', async () => {
	const { task, started, finish, fail } = controlled();
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

test('throws the failure of the first value, however late it came', async () => {
	const { task, fail } = controlled();
	const running = mapConcurrently([10, 11, 12], 3, task);
	const outcome = expect(running).rejects.toThrow('failed 10');
	await settle();

	await fail(12);
	await fail(11);
	await fail(10);
	await outcome;
});

test('takes a task that throws before it has begun for one that failed', async () => {
	const task = () => {
		throw new Error('at once');
	};

	await expect(mapConcurrently([1], 1, task)).rejects.toThrow('at once');
});

test('keeps order and bound whatever the tasks do', async () => {
	const delays = fc.array(fc.record({ takes: fc.nat(10), fails: fc.boolean() }), { maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(delays, fc.integer({ min: 1, max: 8 }), async (values, bound) => {
			let active = 0;
			let most = 0;
			const started: number[] = [];
			const failed: number[] = [];
			const outcome = await outcomeOf(
				mapConcurrently(values, bound, async ({ takes, fails }, index) => {
					started.push(index);
					most = Math.max(most, ++active);
					await new Promise((resolve) => setTimeout(resolve, takes));
					active--;
					if (!fails) return index;
					failed.push(index);
					throw new Error(String(index));
				}).catch((error: unknown) => error),
			);

			expect(active).toBe(0);
			expect(most).toBeLessThanOrEqual(bound);
			expect(started).toStrictEqual([...started.keys()]);
			expect(outcome).toStrictEqual(
				failed.length > 0 ? new Error(String(Math.min(...failed))) : [...values.keys()],
			);
		}),
	);
});
