import { setTimeout as sleep } from 'node:timers/promises';

/** 24.8 days: Node.js fires a longer timer at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The delays of payments that are not confirmed yet. */
export class Confirmations {
	#stop = new AbortController();

	/** Resolves after `delayMs`; rejects if the confirmations are stopped or reset before that. */
	async wait(delayMs: number): Promise<void> {
		await sleep(Math.min(delayMs, MAX_DELAY_MS), undefined, { signal: this.#stop.signal });
	}

	/** Aborts every delay; later ones are aborted at once, until `reset`. */
	stop(): void {
		this.#stop.abort();
	}

	/** Aborts every delay. */
	reset(): void {
		this.stop();
		this.#stop = new AbortController();
	}
}
