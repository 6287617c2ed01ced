import { setTimeout as wait } from 'node:timers/promises';

const { now } = Date;
let travelled = 0;

// For good and from the beginning: the nodes may keep the function itself.
Date.now = () => now() + travelled;

afterEach(() => {
	travelled = 0;
});

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
