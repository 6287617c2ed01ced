import type { Invoice } from '../../../../nodes/RsomPay/api/schemas.ts';
import { ServiceError } from '../../../../nodes/shared/errors.ts';

export const invoice = (status: string): Invoice => ({ external_id: 'INV-PARTNER-001', status });

/** What is thrown for an answer that is no success; without a status there was no answer. */
export const problem = (httpCode?: number): ServiceError =>
	new ServiceError(`HTTP ${httpCode}`, { description: '', httpCode });

/** The statuses of problems that may pass while somebody waits for it, and of some that do not. */
export const PASSING = [undefined, 408, 500, 502, 503, 504];
export const LASTING = [200, 400, 401, 403, 404, 422, 429];

/** RsomPay, which answers each question in turn, and at last always the same. */
export function rsomPay(...answers: ReadonlyArray<Invoice | undefined | Error>) {
	const start = Date.now();
	const askedAt: number[] = [];
	const answerTo = (question: number) => answers[Math.min(question, answers.length - 1)];
	return {
		/** When it was asked, in ms since it was made. */
		askedAt,
		/** What it answered, as far as it was asked. */
		answered: () => askedAt.map((_, question) => answerTo(question)),
		ask: async (): Promise<Invoice | undefined> => {
			const answer = answerTo(askedAt.length);
			askedAt.push(Date.now() - start);
			await Promise.resolve();
			if (answer instanceof Error) throw answer;
			return answer;
		},
	};
}

export type RsomPay = ReturnType<typeof rsomPay>;
