import type { Invoice } from '../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../nodes/shared/errors.ts';

export const invoice = (status: string): Invoice => ({ external_id: 'INV-PARTNER-001', status });

/** The error for a response without success, or without a status for no response. */
export const serviceError = (
	httpCode?: number,
	failure: ServiceError['failure'] = httpCode === 429 ? { cause: 'rate-limited' } : undefined,
): ServiceError => new ServiceError(`HTTP ${httpCode}`, { description: '', httpCode, failure });

/** HTTP statuses that are transient while polling, and some that are permanent. */
export const TRANSIENT = [undefined, 408, 429, 500, 502, 503, 504];
export const PERMANENT = [200, 400, 401, 403, 404, 422];

/** A stand-in for RsomPay that gives one outcome per request, and repeats the last one. */
export function rsomPay(...outcomes: ReadonlyArray<Invoice | undefined | Error>) {
	const start = Date.now();
	const requestedAt: number[] = [];
	const outcomeAt = (index: number) => outcomes[Math.min(index, outcomes.length - 1)];
	const request = async (): Promise<Invoice | undefined> => {
		const outcome = outcomeAt(requestedAt.length);
		requestedAt.push(Date.now() - start);
		await Promise.resolve();
		if (outcome instanceof Error) throw outcome;
		return outcome;
	};
	return {
		/** The times of the requests, in ms since its creation. */
		requestedAt,
		/** The outcomes of the requests so far. */
		outcomes: () => requestedAt.map((_, index) => outcomeAt(index)),
		request,
	};
}

export type RsomPay = ReturnType<typeof rsomPay>;
