/** The median of some measurements. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted[Math.floor(sorted.length / 2)];
	if (middle === undefined) throw new Error('Nothing was measured');
	return middle;
}

export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The standard error of the ratio of two means, whose values were measured in pairs: other load on the
 * machine that affects both of a pair does not count.
 */
export function ratioError(values: readonly number[], others: readonly number[]): number {
	const ratio = mean(values) / mean(others);
	const squares = values.map((value, index) => (value - ratio * (others[index] ?? NaN)) ** 2);
	return Math.sqrt(mean(squares) / (values.length - 1)) / mean(others);
}

/** Returns how long something takes, in ms. */
export async function elapsed(work: () => Promise<void>): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}

/** What the plot shows of a comparison. */
export interface Bars {
	/** The same for comparisons that share a group of bars: "200 creates, in ms". */
	title: string;
	/** The lengths of the bars, by what was measured. Ours is named `OURS`. */
	lengths: Readonly<Record<string, number>>;
}

/** The name of our bars. */
export const OURS = 'this package';

/** Our measurement compared with another one of the same run. */
export interface Comparison {
	what: string;
	/** Both measurements with their units, ours first. */
	measured: string;
	/** Ours divided by the other. */
	ratio: number;
	/** What is promised of the ratio, if anything. */
	limit?: { atMost: number } | { atLeast: number } | undefined;
	/** Absent if the plot does not show it. */
	bars?: Bars;
}

export function isWithinLimit({ ratio, limit }: Comparison): boolean {
	if (limit === undefined) return true;
	return 'atMost' in limit ? ratio <= limit.atMost : ratio >= limit.atLeast;
}

export function format(comparison: Comparison): string {
	const { limit, ratio, what, measured } = comparison;
	const [verdict, promise] =
		limit === undefined
			? ['', '(no promise)']
			: [
					isWithinLimit(comparison) ? 'OK' : 'MISSED',
					'atMost' in limit ? `(at most ${limit.atMost})` : `(at least ${limit.atLeast})`,
				];
	return `${verdict.padEnd(7)}${ratio.toFixed(2).padStart(6)} ${promise}  ${what}\n               ${measured}`;
}

/**
 * Measures several things in turn, so that other load on the machine affects all of them equally.
 * The first run of each is a warm-up and does not count.
 * @returns the measurements of each, one per round.
 */
export async function alternate<K extends string, T>(
	rounds: number,
	runs: Record<K, () => Promise<T>>,
): Promise<Record<K, T[]>> {
	const names = Object.keys(runs) as K[];
	const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, T[]>;
	for (const name of names) await runs[name]();
	for (let round = 0; round < rounds; round++) {
		for (const name of names) results[name].push(await runs[name]());
	}
	return results;
}
