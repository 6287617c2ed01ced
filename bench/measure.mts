/** The middle one of some measurements. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted[Math.floor(sorted.length / 2)];
	if (middle === undefined) throw new Error('Nothing was measured');
	return middle;
}

export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How long something takes, in ms. */
export async function elapsed(work: () => Promise<void>): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}

/** A promise about two things measured in one run. */
export interface Claim {
	what: string;
	/** What was measured, with its unit, ours first. */
	measured: string;
	ratio: number;
	/** Without one nothing is promised. */
	bound?: { atMost: number } | { atLeast: number } | undefined;
}

export function holds({ ratio, bound }: Claim): boolean {
	if (bound === undefined) return true;
	return 'atMost' in bound ? ratio <= bound.atMost : ratio >= bound.atLeast;
}

export function printed(claim: Claim): string {
	const { bound, ratio, what, measured } = claim;
	const [verdict, promise] =
		bound === undefined
			? ['', '(no promise)']
			: [
					holds(claim) ? 'holds' : 'MISSED',
					'atMost' in bound ? `(at most ${bound.atMost})` : `(at least ${bound.atLeast})`,
				];
	return `${verdict.padEnd(7)}${ratio.toFixed(2).padStart(6)} ${promise}  ${what}\n               ${measured}`;
}

/**
 * Runs things in turn, so that whatever else the machine does meets all of them alike; once each
 * before anything counts, so that none is measured cold.
 */
export async function alternate<K extends string>(
	rounds: number,
	runs: Record<K, () => Promise<number>>,
): Promise<Record<K, number[]>> {
	const names = Object.keys(runs) as K[];
	const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
		K,
		number[]
	>;
	for (const name of names) await runs[name]();
	for (let round = 0; round < rounds; round++) {
		for (const name of names) results[name].push(await runs[name]());
	}
	return results;
}
