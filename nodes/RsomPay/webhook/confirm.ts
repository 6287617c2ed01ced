import type { IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { InvoiceReference } from '../api/client';
import type { Invoice } from '../api/schemas';
import { connect } from '../run';
import type { RsomPayEvent } from './events';

/** RsomPay and customers wait a few seconds for an answer, so nothing is tried again here. */
export const REQUESTS = { concurrency: 1, maxRetries: 0, timeoutMs: 5_000 };

const value = z.union([z.string().min(1), z.number().transform(String)]);

const referenceSchema = z.union([
	z.object({ external_id: value }),
	z.object({ reference_number: value }),
]);

/**
 * Takes what names an invoice out of something that may have both of its names.
 *
 * @returns the external ID where there is one
 */
export function referenceIn(named: unknown): InvoiceReference | undefined {
	return referenceSchema.safeParse(named).data;
}

/**
 * Asks RsomPay how the invoice of an event stands now: the event says that something happened,
 * this says what holds. API guide: `GET /invoices/by-reference`.
 *
 * @returns the invoice, or `null` when the event is about none
 * @throws ServiceProblem when RsomPay did not tell
 */
export async function confirmedInvoice(
	context: IWebhookFunctions,
	event: RsomPayEvent,
): Promise<Invoice | null> {
	const reference = referenceIn(event.invoice);
	if (!reference) return null;
	const { client } = await connect(context, REQUESTS);
	return await client.getInvoice(reference);
}
