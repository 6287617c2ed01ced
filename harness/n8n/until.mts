import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until there is an answer.
 * @param what names what is waited for, for the error: "the e-mail".
 * @param probe gives the answer, or undefined while there is none.
 * @param timeout in milliseconds.
 * @throws Error when the time is over, and whatever the probe throws.
 */
export async function until<T>(
	what: string,
	probe: () => Promise<T | undefined> | T | undefined,
	timeout = 30_000,
): Promise<T> {
	const deadline = Date.now() + timeout;
	for (;;) {
		const answer = await probe();
		if (answer !== undefined) return answer;
		if (Date.now() > deadline) {
			throw new Error(`Waited ${timeout / 1000} s in vain for ${what}.`);
		}
		await sleep(100);
	}
}
