import { setTimeout as wait } from 'node:timers/promises';

const { now } = Date;
const { setTimeout: realTimeout } = globalThis;
let travelled = 0;
let pace = { since: 0, factor: 1 };

// For good and from the beginning: the nodes may keep the function itself.
Date.now = () => {
	const hastened = pace.factor === 1 ? 0 : (now() - pace.since) * (pace.factor - 1);
	return Math.floor(now() + hastened + travelled);
};

afterEach(() => {
	travelled = 0;
	pace = { since: 0, factor: 1 };
	globalThis.setTimeout = realTimeout;
});

/** Lets the clock, and the timers that are set from now on, run so many times as fast. */
export function hasten(factor: number): void {
	pace = { since: now(), factor };
	const hastened: typeof setTimeout = Object.assign(
		(work: () => void, ms = 0) => realTimeout(work, ms / factor),
		realTimeout,
	);
	globalThis.setTimeout = hastened;
}

/** Sets `Date.now()` forward, until the test ends. Timers keep their pace. */
export function travel(ms: number): void {
	travelled += ms;
}

/**
 * Waits until something is so.
 *
 * @throws if it is not after five seconds
 */
export async function until(isSo: () => boolean): Promise<void> {
	const deadline = performance.now() + 5000;
	while (!isSo()) {
		if (performance.now() > deadline) throw new Error(`Never came true: ${isSo.toString()}`);
		await wait(10);
	}
}
