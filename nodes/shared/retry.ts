const RETRYABLE_STATUSES = new Set([408, 429]);

/** The longest delay that a `Retry-After` is honoured for. */
const MAX_DELAY_MS = 60_000;

const BASE_DELAY_MS = 500;

/**
 * Returns whether a request with this response may succeed when it is sent again.
 *
 * @param status the HTTP status of the response
 */
export function isRetryableStatus(status: number): boolean {
	return status >= 500 || RETRYABLE_STATUSES.has(status);
}

/**
 * Parses a `Retry-After` header (RFC 9110, 10.2.3).
 *
 * @param header its value: seconds, or an HTTP date
 * @param now the current time in ms
 * @returns the delay in ms, 0 for a date in the past, `undefined` where the header is absent or
 * unreadable
 */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' && typeof header !== 'number') return undefined;
	const text = String(header).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
	// Date.parse accepts nearly any text, so only an HTTP date reaches it.
	const date = / GMT$/.test(text) ? Date.parse(text) : NaN;
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * Computes the delay before a retry: the longer of the exponential backoff and the `Retry-After`, at
 * most a minute. Half of the backoff is jitter, so that clients do not come back together. A
 * `Retry-After` of 0 must not use up all retries at once.
 *
 * @param attempt how many retries came before (0 for the first retry)
 * @param retryAfterMs what the service asked for
 * @param random a number from 0 up to 1
 * @returns the delay in ms, more than 0
 */
export function retryDelay(
	attempt: number,
	retryAfterMs: number | undefined,
	random: number,
): number {
	const backoff = BASE_DELAY_MS * 2 ** attempt * (0.5 + random / 2);
	return Math.min(Math.max(backoff, retryAfterMs ?? 0), MAX_DELAY_MS);
}
