import { sleep } from 'n8n-workflow';

interface Waiting {
	admit: () => void;
	refuse: (reason: unknown) => void;
}

/**
 * Bounds how many tasks are under way at once, in the order in which they came, and starts one in
 * a turn of the event loop: started all together, none of their requests would leave before the
 * last was made, and their answers would come together again. A service that
 * answers 429 holds back all requests of a run, and halves the bound for the rest of it: the one
 * thing that p-limit, which n8n ships, cannot do, and which would be missing where this package is
 * used from code.
 */
export class Throttle {
	private bound: number;

	private readonly signal: AbortSignal | undefined;

	private active = 0;

	private heldUntil = 0;

	private isSleeping = false;

	/** Goes up each time the bound is halved. */
	private wave = 0;

	private readonly queue: Waiting[] = [];

	/**
	 * @param bound how many tasks run at once, at least 1
	 * @param signal ends all waiting when the execution is cancelled
	 */
	constructor(bound: number, signal?: AbortSignal) {
		this.bound = bound;
		this.signal = signal;
		signal?.addEventListener('abort', () => this.admit(), { once: true });
	}

	/**
	 * Runs a task as soon as there is room and nothing holds requests back.
	 *
	 * @param task is given the wave it belongs to, for `holdBack`
	 * @throws what the task throws, or the reason of the cancellation
	 */
	async run<T>(task: (wave: number) => Promise<T>): Promise<T> {
		await new Promise<void>((admit, refuse) => {
			this.queue.push({ admit, refuse });
			this.admit();
		});
		try {
			return await task(this.wave);
		} finally {
			this.active--;
			this.admit();
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

	private admit(): void {
		if (this.signal?.aborted) {
			for (const { refuse } of this.queue.splice(0)) refuse(this.signal.reason);
			return;
		}
		if (this.isSleeping || this.queue.length === 0) return;
		const hold = this.heldUntil - Date.now();
		if (hold > 0) {
			this.admitAfter(hold);
			return;
		}
		if (this.active >= this.bound) return;
		this.active++;
		this.queue.shift()?.admit();
		this.admitAfter(0);
	}

	private admitAfter(waitMs: number): void {
		this.isSleeping = true;
		const again = () => {
			this.isSleeping = false;
			this.admit();
		};
		// Cancelled or not: what is to be done then is seen there.
		void sleep(waitMs, this.signal).then(again, again);
	}
}
