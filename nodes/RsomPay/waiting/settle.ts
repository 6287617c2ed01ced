import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { RsomPayClient } from '../api/client';
import type { Invoice } from '../api/schemas';
import { isFinal, isSettled } from './settled';
import { heldIn, type Waiting } from './state';
import { Told } from './told';

/** What is known of an invoice that has settled: as Get by Reference gives it, and its payment. */
export interface Settled {
	invoice: Invoice;
	/** The payment that a callback told of; `null` where none did. */
	payment: IDataObject | null;
}

const told = new Told();

const paymentSchema = z.custom<IDataObject>(
	(value) => z.record(z.unknown()).safeParse(value).success,
);

/**
 * Notes the payment that a callback tells of, before anything is asked: another callback may let
 * the execution go on meanwhile. Events may come out of order, so an attempt that failed does not
 * take the place of one that did not.
 *
 * @param payment as it came
 */
export function notePayment(
	context: IWebhookFunctions,
	{ until }: Waiting,
	externalId: string,
	payment: unknown,
): void {
	const { success, data } = paymentSchema.safeParse(payment);
	if (!success) return;
	const { payments } = told.of(context.getExecutionId(), until);
	if (data.status !== 'failed' || !payments.has(externalId)) payments.set(externalId, data);
}

/**
 * Notes that an invoice has settled, and tells whether the execution can go on: when all of its
 * invoices have. The others are asked for until one is found open, so that neither a callback that
 * got lost nor a restart of n8n keeps the execution from going on; each is found settled only once.
 *
 * @param invoice as Get by Reference gives it now
 * @returns what all invoices settled with, or `undefined` when one is still open
 * @throws ServiceProblem when RsomPay did not tell about one of the others
 */
export async function settle(
	context: IWebhookFunctions,
	client: RsomPayClient,
	waiting: Waiting,
	invoice: Invoice,
): Promise<Settled[] | undefined> {
	const { settled, payments } = told.of(context.getExecutionId(), waiting.until);
	settled.set(invoice.external_id, invoice);
	for (const { external_id: externalId, status } of heldIn(waiting)) {
		if (externalId === invoice.external_id) continue;
		if (isFinal(status) || isFinal(settled.get(externalId)?.status)) continue;
		const other = await client.getInvoice({ external_id: externalId });
		if (!isSettled(other.status, waiting.failedCounts)) return undefined;
		settled.set(externalId, other);
	}
	return Array.from(settled, ([externalId, found]) => ({
		invoice: found,
		payment: paymentOf(found, payments.get(externalId)),
	}));
}

/**
 * Claims to let an execution go on, right before it is done.
 *
 * @returns whether nobody else does
 */
export function mayGoOn(executionId: string, { until }: Waiting): boolean {
	return told.claim(executionId, until);
}

/** Notes whether n8n has let an execution go on that was claimed. */
export function goneOn(executionId: string, { until }: Waiting, hasGoneOn: boolean): void {
	if (hasGoneOn) told.forget(executionId);
	else told.release(executionId, until);
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
	return paymentOf(invoice, told.of(executionId, until).payments.get(invoice.external_id));
}

// An attempt that failed is not what paid the invoice.
function paymentOf({ status }: Invoice, payment: IDataObject | undefined): IDataObject | null {
	return payment === undefined || (status === 'paid' && payment.status === 'failed')
		? null
		: payment;
}

const settledSchema = z.array(
	z.object({
		invoice: z.custom<Invoice>(
			(value) => z.object({ external_id: z.string() }).safeParse(value).success,
		),
		payment: paymentSchema.nullable(),
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
