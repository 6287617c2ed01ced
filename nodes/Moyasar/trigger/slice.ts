/** How many new payments of a backlog are read together at most. */
export const SLICE_SIZE = 1_000;

/** Smaller slices are extended: each costs a few requests. */
const MIN_SIZE = SLICE_SIZE / 2;

/** The oldest and the newest time of a backlog, in ms since 1970, and how many new payments it has. */
export interface Backlog {
	start: number;
	end: number;
	count: number;
}

/**
 * Finds where to end the oldest part of a backlog, so that it has at most `SLICE_SIZE` new payments.
 * More only when they have the same time.
 *
 * @param countUntil returns how many new payments there are up to a time
 * @returns the end, inclusive, in ms since 1970
 */
export async function findSliceEnd(
	{ start, end, count }: Backlog,
	countUntil: (time: number) => Promise<number>,
): Promise<number> {
	let low = { time: start - 1, count: 0 };
	let high = { time: end, count };
	for (let step = 0; high.time - low.time > 1; step++) {
		// Payments are often spread evenly. Halving ends soon when they are not.
		const even = (SLICE_SIZE - MIN_SIZE / 2 - low.count) / (high.count - low.count);
		const offset = Math.floor((high.time - low.time) * (step % 2 === 0 ? even : 0.5));
		const time = low.time + Math.min(Math.max(offset, 1), high.time - low.time - 1);
		const found = { time, count: await countUntil(time) };
		if (found.count > SLICE_SIZE) high = found;
		else low = found;
		if (low.count >= MIN_SIZE) break;
	}
	return low.count > 0 ? low.time : high.time;
}
