const RETRIED_STATUSES = new Set([408, 429]);

/** The longest wait that a `Retry-After` is honoured for. */
const LONGEST_WAIT_MS = 60_000;

const FIRST_BACK_OFF_MS = 500;

/**
 * Whether a request that was answered so may succeed when it is sent again.
 *
 * @param status the HTTP status of the answer
 */
export function isRetriedStatus(status: number): boolean {
	return status >= 500 || RETRIED_STATUSES.has(status);
}

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3).
 *
 * @param header its value: seconds, or an HTTP date
 * @param now the current time in ms
 * @returns the wait in ms, 0 where the moment has passed, `undefined` where the header is absent
 * or unreadable
 */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' && typeof header !== 'number') return undefined;
	const text = String(header).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
	// Date.parse makes a day of nearly anything, so what does not look like an HTTP date is none.
	const moment = / GMT$/.test(text) ? Date.parse(text) : NaN;
	return Number.isNaN(moment) ? undefined : Math.max(0, moment - now);
}

/**
 * How long to wait before a request is sent again: what the service asked for, up to a minute, or
 * else an exponential back-off of which half is chance, so that clients do not come back together.
 *
 * @param attempt how often it was sent again so far (0 before the first retry)
 * @param retryAfterMs what the service asked for
 * @param chance a number from 0 up to 1
 * @returns the wait in ms
 */
export function retryWait(
	attempt: number,
	retryAfterMs: number | undefined,
	chance: number,
): number {
	if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_WAIT_MS);
	const backOff = FIRST_BACK_OFF_MS * 2 ** attempt;
	return Math.min(backOff * (0.5 + chance / 2), LONGEST_WAIT_MS);
}
