import fc from 'fast-check';

import { isOver, nextWake } from '../../../../../nodes/RsomPay/wait/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The times of all resumes of a wait, in ms from its beginning. */
function wakes(limit: number, first: number | undefined): number[] {
	const times: number[] = [];
	let schedule = { until: limit, intervalMs: first };
	for (let now = 0; ;) {
		const { wakeAt, intervalMs } = nextWake(schedule, now);
		times.push(wakeAt);
		if (isOver(schedule, wakeAt)) return times;
		now = wakeAt;
		schedule = { until: limit, intervalMs };
	}
}

test('polls after 5, 10, 20 and 40 minutes, then every hour', () => {
	expect(wakes(4 * HOUR, 5 * MINUTE).map((time) => time / MINUTE)).toStrictEqual([
		5, 15, 35, 75, 135, 195, 240,
	]);
});

test('without an interval resumes only at the end', () => {
	expect(wakes(DAY, undefined)).toStrictEqual([DAY]);
});

test('does not poll in the last minute before the end', () => {
	expect(wakes(5 * MINUTE + 59_999, 5 * MINUTE)).toStrictEqual([5 * MINUTE + 59_999]);
	expect(wakes(6 * MINUTE, 5 * MINUTE)).toStrictEqual([5 * MINUTE, 6 * MINUTE]);
});

test('is over up to a second before the end, because timers are early', () => {
	expect(isOver({ until: 10_000 }, 8_999)).toBe(false);
	expect(isOver({ until: 10_000 }, 9_000)).toBe(true);
});

test('any wait ends at its limit, polls at most 28 times a day and never twice in a minute', () => {
	fc.assert(
		fc.property(
			fc.integer({ min: MINUTE, max: 30 * DAY }),
			fc.integer({ min: 1, max: 60 }),
			(limit, first) => {
				const times = wakes(limit, first * MINUTE);
				expect(times.at(-1)).toBe(limit);
				expect(times.length).toBeLessThanOrEqual(28 * Math.ceil(limit / DAY));
				times.forEach((time, index) => {
					const gap = time - (times[index - 1] ?? 0);
					expect(gap).toBeGreaterThanOrEqual(MINUTE);
					expect(gap).toBeLessThanOrEqual(HOUR + MINUTE);
				});
			},
		),
	);
});
