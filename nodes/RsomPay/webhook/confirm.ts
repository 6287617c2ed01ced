import type { IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { InvoiceReference } from '../api/client';
import type { Invoice } from '../api/schemas';
import { connect } from '../run';
import type { RsomPayEvent } from './events';

/** RsomPay waits a few seconds for its answer, and sends the event again without one. */
const REQUESTS = { concurrency: 1, maxRetries: 0, timeoutMs: 5_000 };

const value = z.union([z.string().min(1), z.number().transform(String)]);

const referenceSchema = z.union([
	z.object({ external_id: value }),
	z.object({ reference_number: value }),
]);

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
	const { success, data: reference } = referenceSchema.safeParse(event.invoice);
	if (!success) return null;
	const { client } = await connect(context, REQUESTS);
	return await client.getInvoice(reference satisfies InvoiceReference);
}
