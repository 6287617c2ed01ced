import type { Invoice } from '../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../nodes/shared/errors.ts';

export const invoice = (status: string): Invoice => ({ external_id: 'INV-PARTNER-001', status });

/** The error for a response without success, or without a status for no response. */
export const problem = (httpCode?: number): ServiceError =>
	new ServiceError(`HTTP ${httpCode}`, { description: '', httpCode });

/** HTTP statuses that are transient while polling, and some that are permanent. */
export const PASSING = [undefined, 408, 500, 502, 503, 504];
export const LASTING = [200, 400, 401, 403, 404, 422, 429];

/** A stand-in for RsomPay that gives one outcome per request, and repeats the last one. */
export function rsomPay(...outcomes: ReadonlyArray<Invoice | undefined | Error>) {
	const start = Date.now();
	const askedAt: number[] = [];
	const outcomeAt = (index: number) => outcomes[Math.min(index, outcomes.length - 1)];
	return {
		/** The times of the requests, in ms since its creation. */
		askedAt,
		/** The outcomes of the requests so far. */
		outcomes: () => askedAt.map((_, index) => outcomeAt(index)),
		ask: async (): Promise<Invoice | undefined> => {
			const outcome = outcomeAt(askedAt.length);
			askedAt.push(Date.now() - start);
			await Promise.resolve();
			if (outcome instanceof Error) throw outcome;
			return outcome;
		},
	};
}

export type RsomPay = ReturnType<typeof rsomPay>;
