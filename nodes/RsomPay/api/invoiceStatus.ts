/**
 * Returns whether an invoice stays as it is. API guide: statuses.
 *
 * @param status as Get by Reference returns it
 */
export function isFinal(status: string | undefined): boolean {
	return status === 'paid' || status === 'canceled';
}

/**
 * Returns whether a wait for an invoice is over.
 *
 * @param status as Get by Reference returns it
 * @param failedCounts whether a failed payment ends the wait. The customer may try again.
 */
export function isSettled(status: string, failedCounts: boolean): boolean {
	return isFinal(status) || (failedCounts && status === 'failed');
}

/**
 * Returns whether a payment may be about to be confirmed. API guide: confirming on the return page.
 *
 * @param status as Get by Reference returns it
 * @param isAnnounced whether something says that there is a payment. `failed` may then be the status of
 * an earlier attempt.
 */
export function isPending(status: string, isAnnounced: boolean): boolean {
	return status === 'issued' || status === 'pending' || (isAnnounced && status === 'failed');
}

/** The outcome of a payment as a customer sees it. `pending` is everything that is not certain. */
export type Outcome = 'paid' | 'pending' | 'failed' | 'canceled';

/**
 * Maps the status of an invoice to the outcome that a customer sees. API guide: statuses.
 *
 * @param status as Get by Reference returns it, or `undefined` when RsomPay did not return it
 */
export function toOutcome(status: string | undefined): Outcome {
	return status === 'paid' || status === 'failed' || status === 'canceled' ? status : 'pending';
}
