import { setTimeout as wait } from 'node:timers/promises';

const { now } = Date;
const { setTimeout: realTimeout } = globalThis;
let advancedMs = 0;
let pace = { since: 0, factor: 1 };

// Replaced once, before the nodes are loaded: they may store a reference to the function.
Date.now = () => {
	const gainedMs = pace.factor === 1 ? 0 : (now() - pace.since) * (pace.factor - 1);
	return Math.floor(now() + gainedMs + advancedMs);
};

afterEach(() => {
	advancedMs = 0;
	pace = { since: 0, factor: 1 };
	globalThis.setTimeout = realTimeout;
});

/** Makes the clock and all new timers faster by a factor, until the test ends. */
export function speedUp(factor: number): void {
	pace = { since: now(), factor };
	const fastTimeout: typeof setTimeout = Object.assign(
		(work: () => void, ms = 0) => realTimeout(work, ms / factor),
		realTimeout,
	);
	globalThis.setTimeout = fastTimeout;
}

/** Advances `Date.now()` until the test ends. Timers are not affected. */
export function advanceClock(ms: number): void {
	advancedMs += ms;
}

/**
 * Waits until a condition is true.
 *
 * @throws when it is not true after five seconds
 */
export async function until(condition: () => boolean): Promise<void> {
	const deadline = performance.now() + 5000;
	while (!condition()) {
		if (performance.now() > deadline)
			throw new Error(`Not true after 5 seconds: ${condition.toString()}`);
		await wait(10);
	}
}
