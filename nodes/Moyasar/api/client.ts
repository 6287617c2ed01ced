import type { IDataObject } from 'n8n-workflow';
import type { z } from 'zod';

import type { HttpAnswer, Send } from '../../shared/http';
import type { Page } from '../../shared/pages';
import { readAnswer } from '../../shared/refusal';
import { refusal, unreadable } from './errors';
import { type Payment, paymentPageSchema, paymentSchema } from './schemas';

/** How many payments a page has. */
export const PAGE_SIZE = 40;

/** The filters of a list, by the API's own names. List Payments: query parameters. */
export type PaymentQuery = IDataObject;

/** The two calls of the payments API. Each throws a `ServiceProblem` when it is refused. */
export class MoyasarClient {
	private readonly send: Send;

	constructor(send: Send) {
		this.send = send;
	}

	/** Reads one payment. Moyasar's documentation: `GET /payments/{id}`. */
	async getPayment(id: string): Promise<Payment> {
		const answer = await this.send({ method: 'GET', path: `/payments/${encodeURIComponent(id)}` });
		const sought = `the payment "${id}"`;
		return read(answer, paymentSchema, sought, sought);
	}

	/**
	 * Reads a page of the account's payments, newest first. List Payments: `GET /payments`.
	 *
	 * @param page counted from 1
	 */
	async listPayments(query: PaymentQuery, page: number): Promise<Page<Payment>> {
		const answer = await this.send({
			method: 'GET',
			path: '/payments',
			query: { ...query, page },
		});
		const { payments, meta } = read(answer, paymentPageSchema, 'the filters of the payments');
		return { records: payments, total: meta.total_count, lastPage: meta.total_pages };
	}
}

function read<T extends z.ZodTypeAny>(
	answer: HttpAnswer,
	schema: T,
	subject: string,
	sought?: string,
): z.infer<T> {
	return readAnswer(answer, schema, (refused) => refusal(refused, subject, sought), unreadable);
}
