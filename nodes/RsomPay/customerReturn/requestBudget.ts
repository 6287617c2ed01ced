/** How many requests fit at once. */
const CAPACITY = 600;

const PER_MINUTE = 600;

/**
 * Bounds the requests that visitors of one return URL cause. A request is paid for in advance, so that
 * those in flight count, too.
 */
export class RequestBudget {
	private left = CAPACITY;

	private at: number;

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
		this.at = now();
	}

	/**
	 * Pays for a request.
	 *
	 * @returns whether there was enough left
	 */
	take(cost: number): boolean {
		const now = this.now();
		this.giveBack((Math.max(0, now - this.at) * PER_MINUTE) / 60_000);
		this.at = now;
		if (this.left < cost) return false;
		this.left -= cost;
		return true;
	}

	/** Gives back a part of what was paid. */
	giveBack(cost: number): void {
		this.left = Math.min(CAPACITY, this.left + cost);
	}
}
