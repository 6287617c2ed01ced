/** What a returning customer is told; `pending` is whatever is not known for certain. */
export type Outcome = 'paid' | 'pending' | 'failed' | 'canceled';

/**
 * What an invoice's status means to the customer. API guide: statuses.
 *
 * @param status as Get by Reference gives it, or `undefined` when RsomPay did not tell
 */
export function toOutcome(status: string | undefined): Outcome {
	return status === 'paid' || status === 'failed' || status === 'canceled' ? status : 'pending';
}

/** Whether a payment may be just about to be confirmed. API guide: confirming on the return page. */
export function isPending(status: string): boolean {
	return status === 'issued' || status === 'pending';
}
