import { sleep } from 'n8n-workflow';

interface QueuedTask {
	start: () => void;
	reject: (reason: unknown) => void;
}

/**
 * FIFO concurrency limiter, like p-limit, plus `pause()`: after a 429 every task waits and the limit
 * is halved. It starts one task per turn of the event loop. If all tasks started in one turn, no
 * request would leave before the last one is built.
 *
 * It is not built on p-limit: p-limit can neither pause nor start one task per turn, and it is
 * missing where this package is used outside n8n.
 */
export class ConcurrencyLimiter {
	private limit: number;

	private readonly initial: number;

	private readonly max: number;

	private readonly signal: AbortSignal | undefined;

	private active = 0;

	private pausedUntil = 0;

	private isTimerSet = false;

	private queue: QueuedTask[] = [];

	/**
	 * @param limit how many tasks run at once, at least 1
	 * @param signal rejects all queued tasks when the execution is cancelled
	 * @param max lets `grow()` raise the limit up to this, until no task is left
	 */
	constructor(limit: number, signal?: AbortSignal, max = 0) {
		this.limit = limit;
		this.initial = limit;
		this.max = max;
		this.signal = signal;
		signal?.addEventListener('abort', () => this.startNext(), { once: true });
	}

	/**
	 * Runs a task as soon as fewer than `limit` tasks run and no pause is in force.
	 *
	 * @returns what the task returns
	 * @throws what the task throws, or the reason of the cancellation
	 */
	async run<T>(task: () => Promise<T>): Promise<T> {
		await this.turn(Infinity);
		return await this.finish(task);
	}

	/**
	 * Like `run`, for a task that leaves the queue at a deadline.
	 *
	 * @param deadline in ms since 1970
	 * @returns what the task returns, or `undefined` when it could not start before the deadline
	 */
	async runBefore<T>(deadline: number, task: () => Promise<T>): Promise<T | undefined> {
		if (Date.now() >= deadline || !(await this.turn(deadline))) return undefined;
		return await this.finish(task);
	}

	/** Waits for a task's turn. Returns whether it came before the deadline. */
	private async turn(deadline: number): Promise<boolean> {
		const timer = new AbortController();
		const turn = new Promise<boolean>((resolve, reject) => {
			const queued = { start: () => resolve(true), reject };
			this.queue.push(queued);
			this.startNext();
			if (deadline === Infinity) return;
			const leave = () => {
				this.queue = this.queue.filter((other) => other !== queued);
				resolve(false);
			};
			void sleep(deadline - Date.now(), timer.signal).then(leave, () => undefined);
		});
		return await turn.finally(() => timer.abort());
	}

	private async finish<T>(task: () => Promise<T>): Promise<T> {
		try {
			return await task();
		} finally {
			this.active--;
			if (this.active === 0 && this.queue.length === 0) {
				this.limit = Math.min(this.limit, this.initial);
			}
			this.startNext();
		}
	}

	/**
	 * Starts no task for a while, and halves the limit. A call during a pause extends it and does not
	 * halve again, because requests that ran side by side get their 429 for the same reason. A call
	 * after the pause halves again.
	 *
	 * @param delayMs how long to pause, more than 0
	 */
	pause(delayMs: number): void {
		const now = Date.now();
		if (this.pausedUntil <= now) this.limit = Math.max(1, Math.floor(this.limit / 2));
		this.pausedUntil = Math.max(this.pausedUntil, now + delayMs);
	}

	/** Raises the limit by one, up to `max`: the service has responded well. */
	grow(): void {
		if (this.limit < this.max) this.limit++;
	}

	/** Returns whether a pause is in force. */
	isPaused(): boolean {
		return this.pausedUntil > Date.now();
	}

	private startNext(): void {
		if (this.signal?.aborted) {
			for (const { reject } of this.queue.splice(0)) reject(this.signal.reason);
			return;
		}
		if (this.isTimerSet || this.queue.length === 0) return;
		const pauseMs = this.pausedUntil - Date.now();
		if (pauseMs > 0) {
			this.startNextAfter(pauseMs);
			return;
		}
		if (this.active >= this.limit) return;
		this.active++;
		this.queue.shift()?.start();
		this.startNextAfter(0);
	}

	private startNextAfter(delayMs: number): void {
		this.isTimerSet = true;
		const startNext = () => {
			this.isTimerSet = false;
			this.startNext();
		};
		// A cancelled sleep rejects; startNext() handles the cancellation.
		void sleep(delayMs, this.signal).then(startNext, startNext);
	}
}
