/**
 * Whether nothing more is to be waited for. API guide: statuses.
 *
 * @param status the invoice's, as Get by Reference gives it
 * @param failedCounts whether a payment that failed ends the wait; the customer may try again
 */
export function isSettled(status: string, failedCounts: boolean): boolean {
	return isFinal(status) || (failedCounts && status === 'failed');
}

/** Whether an invoice stays as it is. */
export function isFinal(status: string | undefined): boolean {
	return status === 'paid' || status === 'canceled';
}
