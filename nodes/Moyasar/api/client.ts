import type { IDataObject } from 'n8n-workflow';
import type { z } from 'zod';

import { parseResponse } from '../../shared/errorResponse';
import type { HttpResponse, Send } from '../../shared/http';
import type { Page } from '../../shared/pagination';
import { toMoyasarError, unreadableResponse } from './errors';
import { type Payment, paymentPageSchema, paymentSchema } from './schemas';

/** How many payments a page has. */
export const PAGE_SIZE = 40;

/** A `Date` header has whole seconds. The actual time may be this much later. */
const DATE_PRECISION_MS = 999;

/** The filters of a list, with the API's names. List Payments: query parameters. */
export type PaymentQuery = IDataObject;

/** A page of payments. */
export interface PaymentPage extends Page<Payment> {
	/**
	 * When the page was read, in ms since 1970, by Moyasar's clock. The times of payments are compared
	 * with it, because this machine's clock may differ.
	 */
	now: number;
}

/** The two calls of the payments API. Each throws a ServiceError for a non-2xx response. */
export class MoyasarClient {
	private readonly send: Send;

	constructor(send: Send) {
		this.send = send;
	}

	/** Reads one payment. Moyasar's documentation: `GET /payments/{id}`. */
	async getPayment(id: string): Promise<Payment> {
		const response = await this.send({
			method: 'GET',
			path: `/payments/${encodeURIComponent(id)}`,
		});
		const subject = `the payment "${id}"`;
		return parse(response, paymentSchema, subject, subject);
	}

	/**
	 * Reads a page of the account's payments, newest first. List Payments: `GET /payments`.
	 *
	 * @param page counted from 1
	 */
	async listPayments(query: PaymentQuery, page: number): Promise<PaymentPage> {
		const response = await this.send({
			method: 'GET',
			path: '/payments',
			query: { ...query, page },
		});
		const { payments, meta } = parse(response, paymentPageSchema, 'the filters of the payments');
		const date = Date.parse(String(response.date));
		return {
			records: payments,
			total: meta.total_count,
			lastPage: meta.total_pages,
			now: Number.isNaN(date) ? Date.now() : date + DATE_PRECISION_MS,
		};
	}
}

function parse<T extends z.ZodTypeAny>(
	response: HttpResponse,
	schema: T,
	subject: string,
	notFoundSubject?: string,
): z.infer<T> {
	const toError = (failed: HttpResponse) => toMoyasarError(failed, subject, notFoundSubject);
	return parseResponse(response, schema, toError, unreadableResponse);
}
