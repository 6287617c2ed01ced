import { ConcurrencyLimiter } from './concurrencyLimiter';

/**
 * Runs a task for each value with bounded concurrency, in order. After the first failure it starts no
 * further task and waits for the running ones, so that no work continues after it has thrown.
 *
 * @param values what to run over
 * @param concurrency how many tasks run at once, at least 1
 * @returns the results in the order of the values
 * @throws the error of the first value, in order, whose task failed
 */
export async function mapConcurrently<T, R>(
	values: readonly T[],
	concurrency: number,
	task: (value: T, index: number) => Promise<R>,
): Promise<R[]> {
	const limiter = new ConcurrencyLimiter(concurrency);
	const results = new Array<R>(values.length);
	const failures: Array<{ index: number; error: unknown }> = [];
	await Promise.all(
		values.map((value, index) =>
			limiter.run(async () => {
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
