import { sleep } from 'n8n-workflow';

/**
 * How many requests of one run are under way at once. A service that answers 429 holds all of
 * them back, and halves the bound for the rest of the run.
 */
export class Throttle {
	private active = 0;

	private heldUntil = 0;

	private lastHalved = 0;

	private readonly waiting: Array<() => void> = [];

	/** @param bound how many tasks run at once, at least 1 */
	constructor(private bound: number) {}

	/**
	 * Runs a task as soon as there is room and nothing holds requests back.
	 *
	 * @param task is given the time (ms) at which it started, for `holdBack`
	 * @param signal stops the waiting when the execution is cancelled
	 * @throws what the task throws, or the reason of the cancellation
	 */
	async run<T>(task: (startedAt: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
		if (this.active >= this.bound) {
			await new Promise<void>((resolve) => this.waiting.push(resolve));
		} else {
			this.active++;
		}
		try {
			for (let wait = this.heldFor(); wait > 0; wait = this.heldFor()) await sleep(wait, signal);
			signal?.throwIfAborted();
			return await task(Date.now());
		} finally {
			this.leave();
		}
	}

	/**
	 * Lets nothing start for a while. The bound is halved once for all tasks that were under way
	 * together, however many of them were told to slow down.
	 *
	 * @param startedAt when the task that was told so had started (ms)
	 * @param waitMs how long to wait
	 */
	holdBack(startedAt: number, waitMs: number): void {
		this.heldUntil = Math.max(this.heldUntil, Date.now() + waitMs);
		if (startedAt < this.lastHalved) return;
		this.lastHalved = Date.now();
		this.bound = Math.max(1, Math.floor(this.bound / 2));
	}

	private heldFor(): number {
		return this.heldUntil - Date.now();
	}

	private leave(): void {
		const next = this.active > this.bound ? undefined : this.waiting.shift();
		// The place is handed on, so that nobody slips in between.
		if (next) next();
		else this.active--;
	}
}
