import fc from 'fast-check';

import { findSliceEnd, SLICE_SIZE } from '../../../../../nodes/Moyasar/trigger/slice.ts';

/** Finds the end of a slice of payments at these times, and counts the requests. */
async function find(times: readonly number[], start = Math.min(...times)) {
	const countUntil = (time: number) => times.filter((one) => one <= time).length;
	let requests = 0;
	const end = await findSliceEnd(
		{ start, end: Math.max(...times), count: times.length },
		async (time) => {
			requests++;
			return await Promise.resolve(countUntil(time));
		},
	);
	return { end, requests, size: countUntil(end) };
}

const DAY = 86_400_000;

test('of payments that are spread evenly needs one request', async () => {
	const { size, requests } = await find(
		Array.from({ length: 20_000 }, (_, index) => 1_700_000_000_000 + index * 30_000),
	);

	expect(requests).toBe(1);
	expect(size).toBeGreaterThanOrEqual(SLICE_SIZE / 2);
	expect(size).toBeLessThanOrEqual(SLICE_SIZE);
});

test('of payments that came at once after years without any needs few requests', async () => {
	const burst = Array.from({ length: 5_000 }, (_, index) => 1_700_000_000_000 + index);

	const { size, requests } = await find([0, ...burst]);

	expect(size).toBeGreaterThan(0);
	expect(size).toBeLessThanOrEqual(SLICE_SIZE);
	expect(requests).toBeLessThan(60);
});

test('ends before payments of one time that are too many', async () => {
	const sameTime = Array.from({ length: SLICE_SIZE + 1 }, () => DAY);

	expect(await find([1, 2, ...sameTime])).toMatchObject({ size: 2 });
});

test('takes more payments than a slice has when they have the same time', async () => {
	const times = Array.from({ length: SLICE_SIZE + 1 }, () => DAY);

	expect(await find(times)).toMatchObject({ end: DAY, size: SLICE_SIZE + 1 });
	expect(await find([...times, DAY + 1], DAY)).toMatchObject({ end: DAY });
});

test('always has a payment, and not too many, for any times', async () => {
	const times = fc
		.array(fc.tuple(fc.integer({ min: 0, max: 400 * DAY }), fc.integer({ min: 1, max: 900 })), {
			minLength: 3,
			maxLength: 12,
		})
		.map((groups) => groups.flatMap(([time, count]) => Array.from({ length: count }, () => time)))
		.filter((all) => all.length > SLICE_SIZE);
	await fc.assert(
		fc.asyncProperty(times, async (all) => {
			const { size, requests } = await find(all);
			expect(size).toBeGreaterThan(0);
			const largestGroup = Math.max(
				...[...new Set(all)].map((time) => all.filter((one) => one === time).length),
			);
			expect(size).toBeLessThanOrEqual(Math.max(SLICE_SIZE, largestGroup));
			expect(requests).toBeLessThan(80);
		}),
		{ numRuns: 100 },
	);
});
