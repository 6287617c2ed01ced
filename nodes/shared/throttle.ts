import { sleep } from 'n8n-workflow';

/**
 * How many requests of one run are under way at once. A service that answers 429 holds all of
 * them back, and halves the bound for the rest of the run.
 */
export class Throttle {
	private bound: number;

	private active = 0;

	private heldUntil = 0;

	/** Goes up each time the bound is halved. */
	private wave = 0;

	private readonly waiting = new Set<() => void>();

	/** @param bound how many tasks run at once, at least 1 */
	constructor(bound: number) {
		this.bound = bound;
	}

	/**
	 * Runs a task as soon as there is room and nothing holds requests back.
	 *
	 * @param task is given the wave it belongs to, for `holdBack`
	 * @param signal stops the waiting when the execution is cancelled
	 * @throws what the task throws, or the reason of the cancellation
	 */
	async run<T>(task: (wave: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
		await this.enter(signal);
		try {
			return await task(this.wave);
		} finally {
			this.active--;
			this.wakeNext();
		}
	}

	/**
	 * Lets nothing start for a while. The bound is halved once for all tasks of a wave, however many
	 * of them were told to slow down.
	 *
	 * @param wave the wave of the task that was told so
	 * @param waitMs how long to wait
	 */
	holdBack(wave: number, waitMs: number): void {
		this.heldUntil = Math.max(this.heldUntil, Date.now() + waitMs);
		if (wave !== this.wave) return;
		this.wave++;
		this.bound = Math.max(1, Math.floor(this.bound / 2));
	}

	private async enter(signal?: AbortSignal): Promise<void> {
		for (;;) {
			signal?.throwIfAborted();
			const hold = this.heldUntil - Date.now();
			if (hold > 0) await sleep(hold, signal);
			else if (this.active >= this.bound) await this.room(signal);
			else break;
		}
		this.active++;
		this.wakeNext();
	}

	// Whoever is woken looks again: the bound may have been halved, or a hold begun, meanwhile.
	private wakeNext(): void {
		if (this.active >= this.bound) return;
		const [next] = this.waiting;
		next?.();
	}

	private async room(signal?: AbortSignal): Promise<void> {
		await new Promise<void>((resolve) => {
			const wake = () => {
				signal?.removeEventListener('abort', wake);
				this.waiting.delete(wake);
				resolve();
			};
			signal?.addEventListener('abort', wake);
			this.waiting.add(wake);
		});
	}
}
