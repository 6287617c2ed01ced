import type { IDataObject } from 'n8n-workflow';
import type { z } from 'zod';

import type { HttpResponse, Send } from '../../shared/http';
import type { Page } from '../../shared/pagination';
import { parseResponse } from '../../shared/errorResponse';
import { toMoyasarError, unreadableResponse } from './errors';
import { type Payment, paymentPageSchema, paymentSchema } from './schemas';

/** How many payments a page has. */
export const PAGE_SIZE = 40;

/** A `Date` header tells whole seconds: the moment may be as much later. */
const WITHIN_A_SECOND_MS = 999;

/** The filters of a list, by the API's own names. List Payments: query parameters. */
export type PaymentQuery = IDataObject;

/** A page of payments. */
export interface PaymentPage extends Page<Payment> {
	/**
	 * When it was read, in ms since 1970, by Moyasar's clock: what the times of payments are compared
	 * with, since this machine's clock may differ.
	 */
	now: number;
}

/** The two calls of the payments API. Each throws a `ServiceProblem` when it is refused. */
export class MoyasarClient {
	private readonly send: Send;

	constructor(send: Send) {
		this.send = send;
	}

	/** Reads one payment. Moyasar's documentation: `GET /payments/{id}`. */
	async getPayment(id: string): Promise<Payment> {
		const answer = await this.send({ method: 'GET', path: `/payments/${encodeURIComponent(id)}` });
		const subject = `the payment "${id}"`;
		return read(answer, paymentSchema, subject, subject);
	}

	/**
	 * Reads a page of the account's payments, newest first. List Payments: `GET /payments`.
	 *
	 * @param page counted from 1
	 */
	async listPayments(query: PaymentQuery, page: number): Promise<PaymentPage> {
		const answer = await this.send({
			method: 'GET',
			path: '/payments',
			query: { ...query, page },
		});
		const { payments, meta } = read(answer, paymentPageSchema, 'the filters of the payments');
		const date = Date.parse(String(answer.date));
		return {
			records: payments,
			total: meta.total_count,
			lastPage: meta.total_pages,
			now: Number.isNaN(date) ? Date.now() : date + WITHIN_A_SECOND_MS,
		};
	}
}

function read<T extends z.ZodTypeAny>(
	answer: HttpResponse,
	schema: T,
	subject: string,
	notFoundSubject?: string,
): z.infer<T> {
	return parseResponse(
		answer,
		schema,
		(refused) => toMoyasarError(refused, subject, notFoundSubject),
		unreadableResponse,
	);
}
