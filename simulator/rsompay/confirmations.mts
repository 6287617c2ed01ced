import { setTimeout as sleep } from 'node:timers/promises';

/** Some 24 days: a timer that is set to more fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The waits of payments that are not confirmed yet. */
export class Confirmations {
	#stop = new AbortController();

	/** Resolves in `delayMs`; rejects if the confirmations are stopped or reset before that. */
	async due(delayMs: number): Promise<void> {
		await sleep(Math.min(delayMs, LONGEST_MS), undefined, { signal: this.#stop.signal });
	}

	/** Nothing is confirmed any more, for good. */
	stop(): void {
		this.#stop.abort();
	}

	/** What was not confirmed yet never is. */
	reset(): void {
		this.stop();
		this.#stop = new AbortController();
	}
}
