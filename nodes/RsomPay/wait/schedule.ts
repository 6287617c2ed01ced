/** The longest interval between two polls of a suspended execution. */
const MAX_INTERVAL_MS = 60 * 60_000;

/** n8n checks once a minute what is due. A poll that near to the end would be the end. */
const PRECISION_MS = 60_000;

/** n8n's timer may be this much early. */
const TIMER_TOLERANCE_MS = 1_000;

/** When a suspended execution polls RsomPay, in case a webhook is lost. */
export interface Schedule {
	/** When the wait ends, in ms since 1970. */
	until: number;
	/** When to resume the execution: for the next poll, or at the end. */
	wakeAt?: number;
	/** The time from now to the next poll, in ms. `undefined` for no polls. */
	intervalMs?: number;
}

/**
 * Schedules the next poll. The intervals double up to an hour.
 *
 * @param now in ms since 1970
 */
export function nextWake(
	{ until, intervalMs }: Schedule,
	now: number,
): Required<Pick<Schedule, 'wakeAt'>> & Pick<Schedule, 'intervalMs'> {
	const wakeAt = intervalMs === undefined ? until : now + intervalMs;
	return {
		wakeAt: wakeAt + PRECISION_MS > until ? until : wakeAt,
		intervalMs: intervalMs && Math.min(intervalMs * 2, MAX_INTERVAL_MS),
	};
}

/** n8n looks a minute and ten seconds ahead. */
const TIMER_LOOKAHEAD_MS = 75_000;

/**
 * Returns whether n8n may have set the timer that resumes the execution. n8n does not clear it when a
 * webhook resumes the execution before.
 */
export function isTimerSet({ until, wakeAt = until }: Schedule, now: number): boolean {
	return Math.abs(wakeAt - now) < TIMER_LOOKAHEAD_MS;
}

/** Returns whether the wait has ended by time. */
export function isOver({ until }: Schedule, now: number): boolean {
	return now + TIMER_TOLERANCE_MS >= until;
}
