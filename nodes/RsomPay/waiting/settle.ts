import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { RsomPayClient } from '../api/client';
import type { Invoice } from '../api/schemas';
import { isSettled } from './settled';
import { heldIn, type Waiting } from './state';
import { type Settled, Told } from './told';

const told = new Told();

/**
 * Notes that an invoice has settled, and tells whether the execution can go on: when all of its
 * invoices have. The others are asked for until one is found open, so that neither a callback that
 * got lost nor a restart of n8n keeps the execution from going on; each is found settled only once.
 *
 * @param invoice as Get by Reference gives it now
 * @param payment of the callback
 * @returns what all invoices settled with, or `undefined` when one is still open
 * @throws ServiceProblem when RsomPay did not tell about one of the others
 */
export async function settle(
	context: IWebhookFunctions,
	client: RsomPayClient,
	waiting: Waiting,
	{ invoice, payment }: Settled,
): Promise<Settled[] | undefined> {
	const settled = told.of(context.getExecutionId(), waiting.until);
	const note = (found: Invoice, paidWith: IDataObject | null) => {
		const latest = paidWith ?? settled.get(found.external_id)?.payment ?? null;
		settled.set(found.external_id, { invoice: found, payment: paymentOf(found, latest) });
	};
	note(invoice, payment);
	for (const { external_id: externalId, settled: settledBefore } of heldIn(waiting)) {
		if (settledBefore || settled.has(externalId)) continue;
		const other = await client.getInvoice({ external_id: externalId });
		if (!isSettled(other.status, waiting.failedCounts)) return undefined;
		note(other, null);
	}
	// Should n8n not be able to continue the execution now, all is asked for again.
	told.forget(context.getExecutionId());
	return [...settled.values()];
}

/**
 * The payment that a callback told of while other invoices were still open.
 *
 * @param invoice as it is now
 */
export function paymentToldOf(
	executionId: string,
	{ until }: Waiting,
	invoice: Invoice,
): IDataObject | null {
	const early = told.of(executionId, until).get(invoice.external_id);
	return paymentOf(invoice, early?.payment ?? null);
}

// Events may come out of order: an attempt that failed is not what paid the invoice.
function paymentOf({ status }: Invoice, payment: IDataObject | null): IDataObject | null {
	return status === 'paid' && payment?.status === 'failed' ? null : payment;
}

const settledSchema = z.array(
	z.object({
		invoice: z.custom<Invoice>(
			(value) => z.object({ external_id: z.string() }).safeParse(value).success,
		),
		payment: z.custom<IDataObject | null>(
			(value) => z.record(z.unknown()).nullable().safeParse(value).success,
		),
	}),
);

/** What the invoices settled with, to be handed from the webhook to the run that follows. */
export const handOver = (settled: Settled[]): IDataObject => ({
	settled: settled as unknown as IDataObject[],
});

/** Takes over what `handOver` made, by external ID. */
export function takeOver(result: IDataObject): Map<string, Settled> {
	const { settled } = z.object({ settled: settledSchema }).parse(result);
	return new Map(settled.map((entry) => [entry.invoice.external_id, entry]));
}
