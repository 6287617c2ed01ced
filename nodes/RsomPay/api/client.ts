import type { IDataObject } from 'n8n-workflow';
import type { z } from 'zod';

import type { HttpResponse, Send } from '../../shared/http';
import type { Page } from '../../shared/pagination';
import { parseResponse } from '../../shared/errorResponse';
import { toRsomPayError, unreadableResponse } from './errors';
import type { InvoiceRequest } from './invoiceRequest';
import {
	type Invoice,
	invoiceResponseSchema,
	type Transaction,
	transactionPageSchema,
} from './schemas';

/** The most records that a page of `GET /transactions` can have. */
export const MAX_PAGE_SIZE = 100;

/** One of the two ways an invoice is looked up by. API guide: query invoice. */
export type InvoiceReference = { external_id: string } | { reference_number: string };

/** The three calls of the External API. Each throws a `ServiceProblem` when it is refused. */
export class RsomPayClient {
	private readonly send: Send;

	constructor(send: Send) {
		this.send = send;
	}

	/**
	 * Creates an invoice, or gives the one that `external_id` already stands for: it is the
	 * idempotency key, so repeating this is safe. API guide: `POST /invoices`.
	 */
	async createInvoice(body: InvoiceRequest): Promise<Invoice> {
		const answer = await this.send({
			method: 'POST',
			path: '/invoices',
			body: body as unknown as IDataObject,
		});
		return read(answer, invoiceResponseSchema, `the invoice "${body.external_id}"`).data;
	}

	/** Reads an invoice as it stands now. API guide: `GET /invoices/by-reference`. */
	async getInvoice(reference: InvoiceReference): Promise<Invoice> {
		return readInvoice(await this.fetchByReference(reference), reference);
	}

	/** The same where there need not be such an invoice: it gives `undefined` then. */
	async findInvoice(reference: InvoiceReference): Promise<Invoice | undefined> {
		const answer = await this.fetchByReference(reference);
		return isNotFound(answer) ? undefined : readInvoice(answer, reference);
	}

	private async fetchByReference(reference: InvoiceReference): Promise<HttpResponse> {
		return await this.send({ method: 'GET', path: '/invoices/by-reference', query: reference });
	}

	/**
	 * Reads a page of a customer's payments, newest first. API guide: `GET /transactions`.
	 *
	 * @param page counted from 1
	 * @param perPage at most `LARGEST_PAGE`
	 */
	async listTransactions(
		customerId: string,
		page: number,
		perPage: number,
	): Promise<Page<Transaction>> {
		const answer = await this.send({
			method: 'GET',
			path: '/transactions',
			query: { customer_id: customerId, page, per_page: perPage },
		});
		const { data, meta } = read(
			answer,
			transactionPageSchema,
			`the transactions of customer "${customerId}"`,
		);
		return { records: data, total: meta.total, lastPage: meta.last_page };
	}
}

function readInvoice(answer: HttpResponse, reference: InvoiceReference): Invoice {
	const [value] = Object.values(reference);
	const subject = `the invoice "${value}"`;
	return read(answer, invoiceResponseSchema, subject, subject).data;
}

// What stands at a wrong address answers with 404, too, but not as the API does.
function isNotFound({ status, body }: HttpResponse): boolean {
	return (status === 404 || status === 422) && typeof body === 'object' && body !== null;
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
		(refused) => toRsomPayError(refused, subject, notFoundSubject),
		unreadableResponse,
	);
}
