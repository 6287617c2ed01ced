import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls every 100 ms until there is a result.
 * @param what names what is waited for, for the error: "the e-mail".
 * @param probe returns the result, or undefined while there is none.
 * @param timeout in milliseconds.
 * @throws Error after the timeout, and any error of the probe.
 */
export async function until<T>(
	what: string,
	probe: () => Promise<T | undefined> | T | undefined,
	timeout = 30_000,
): Promise<T> {
	const deadline = Date.now() + timeout;
	for (;;) {
		const result = await probe();
		if (result !== undefined) return result;
		if (Date.now() > deadline) {
			throw new Error(`Timed out after ${timeout / 1000} s waiting for ${what}.`);
		}
		await sleep(100);
	}
}
