import { Throttle } from './throttle';

/**
 * Runs a task for each value, so many at a time, in order. After the first failure nothing new is
 * started; what is under way is waited for, so that nothing goes on behind the caller's back.
 *
 * @param values what to run over
 * @param bound how many at a time, at least 1
 * @returns the results in the order of the values
 * @throws the error of the first value, in order, whose task failed
 */
export async function mapBounded<T, R>(
	values: readonly T[],
	bound: number,
	task: (value: T, index: number) => Promise<R>,
): Promise<R[]> {
	const throttle = new Throttle(bound);
	const results = new Array<R>(values.length);
	const failures: Array<{ index: number; error: unknown }> = [];
	await Promise.all(
		values.map((value, index) =>
			throttle.run(async () => {
				if (failures.length > 0) return;
				try {
					results[index] = await task(value, index);
				} catch (error) {
					failures.push({ index, error });
				}
			}),
		),
	);
	const [first] = failures.sort((a, b) => a.index - b.index);
	if (first) throw first.error;
	return results;
}
