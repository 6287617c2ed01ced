import type { IDataObject } from 'n8n-workflow';
import type { z } from 'zod';

import { parseResponse } from '../../shared/errorResponse';
import type { HttpResponse, Send } from '../../shared/http';
import type { Page } from '../../shared/pagination';
import { toRsomPayError, unreadableResponse } from './errors';
import type { InvoiceReference } from './invoiceReference';
import type { InvoiceRequest } from './invoiceRequest';
import {
	type Invoice,
	invoiceResponseSchema,
	type Transaction,
	transactionPageSchema,
} from './schemas';

/** The most records that a page of `GET /transactions` can have. */
export const MAX_PAGE_SIZE = 100;

/** The three calls of the External API. Each throws a ServiceError for a non-2xx response. */
export class RsomPayClient {
	private readonly send: Send;

	constructor(send: Send) {
		this.send = send;
	}

	/**
	 * Creates an invoice, or returns the existing one with this `external_id`. The `external_id` is the
	 * idempotency key, so a retry is safe. API guide: `POST /invoices`.
	 */
	async createInvoice(body: InvoiceRequest): Promise<Invoice> {
		const response = await this.send({
			method: 'POST',
			path: '/invoices',
			body: body as unknown as IDataObject,
		});
		return parse(response, invoiceResponseSchema, `the invoice "${body.external_id}"`).data;
	}

	/**
	 * Reads an invoice with its current status. API guide: `GET /invoices/by-reference`.
	 *
	 * @param deadline when the request ends at the latest, retries included, in ms since 1970
	 */
	async getInvoice(reference: InvoiceReference, deadline?: number): Promise<Invoice> {
		return parseInvoice(await this.fetchByReference(reference, deadline), reference);
	}

	/** Like `getInvoice`, but returns `undefined` when there is no such invoice. */
	async findInvoice(reference: InvoiceReference, deadline?: number): Promise<Invoice | undefined> {
		const response = await this.fetchByReference(reference, deadline);
		return isNotFound(response) ? undefined : parseInvoice(response, reference);
	}

	private async fetchByReference(
		query: InvoiceReference,
		deadline?: number,
	): Promise<HttpResponse> {
		return await this.send({ method: 'GET', path: '/invoices/by-reference', query, deadline });
	}

	/**
	 * Reads a page of a customer's payments, newest first. API guide: `GET /transactions`.
	 *
	 * @param page counted from 1
	 * @param perPage at most `MAX_PAGE_SIZE`
	 * @param deadline when the request ends at the latest, retries included, in ms since 1970
	 */
	async listTransactions(
		customerId: string,
		page: number,
		perPage: number,
		deadline?: number,
	): Promise<Page<Transaction>> {
		const response = await this.send({
			method: 'GET',
			path: '/transactions',
			query: { customer_id: customerId, page, per_page: perPage },
			deadline,
		});
		const { data, meta } = parse(
			response,
			transactionPageSchema,
			`the transactions of customer "${customerId}"`,
		);
		return { records: data, total: meta.total, lastPage: meta.last_page };
	}
}

function parseInvoice(response: HttpResponse, reference: InvoiceReference): Invoice {
	const [value] = Object.values(reference);
	const subject = `the invoice "${value}"`;
	return parse(response, invoiceResponseSchema, subject, subject).data;
}

// A server at a wrong address returns 404, too, but without a JSON object.
function isNotFound({ status, body }: HttpResponse): boolean {
	return (status === 404 || status === 422) && typeof body === 'object' && body !== null;
}

function parse<T extends z.ZodTypeAny>(
	response: HttpResponse,
	schema: T,
	subject: string,
	notFoundSubject?: string,
): z.infer<T> {
	const toError = (failed: HttpResponse) => toRsomPayError(failed, subject, notFoundSubject);
	return parseResponse(response, schema, toError, unreadableResponse);
}
