import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { RsomPayClient } from '../api/client';
import type { Invoice } from '../api/schemas';
import { isFinal, isSettled } from '../api/invoiceStatus';
import { waitingInvoices, type SavedState } from './savedState';
import { WaitingExecutions } from './waitingExecutions';

/** What is known of an invoice that has settled: as Get by Reference gives it, and its payment. */
export interface SettledInvoice {
	invoice: Invoice;
	/** The payment that a callback told of; `null` where none did. */
	payment: IDataObject | null;
}

const waitingExecutions = new WaitingExecutions();

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
export function recordPayment(
	context: IWebhookFunctions,
	{ until }: SavedState,
	externalId: string,
	payment: unknown,
): void {
	const { success, data } = paymentSchema.safeParse(payment);
	if (!success) return;
	const { payments } = waitingExecutions.get(context.getExecutionId(), until);
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
export async function recordSettled(
	context: IWebhookFunctions,
	client: RsomPayClient,
	state: SavedState,
	invoice: Invoice,
): Promise<SettledInvoice[] | undefined> {
	const { settled, payments } = waitingExecutions.get(context.getExecutionId(), state.until);
	settled.set(invoice.external_id, invoice);
	for (const { external_id: externalId, status } of waitingInvoices(state)) {
		if (externalId === invoice.external_id) continue;
		if (isFinal(status) || isFinal(settled.get(externalId)?.status)) continue;
		const other = await client.getInvoice({ external_id: externalId });
		if (!isSettled(other.status, state.failedCounts)) return undefined;
		settled.set(externalId, other);
	}
	return Array.from(settled, ([externalId, found]) => ({
		invoice: found,
		payment: acceptedPayment(found, payments.get(externalId)),
	}));
}

/**
 * Claims to let an execution go on, right before it is done.
 *
 * @returns whether nobody else does
 */
export function acquireResumeLock(executionId: string, { until }: SavedState): boolean {
	return waitingExecutions.tryLock(executionId, until);
}

/** Notes whether n8n has let an execution go on that was claimed. */
export function releaseResumeLock(
	executionId: string,
	{ until }: SavedState,
	resumed: boolean,
): void {
	if (resumed) waitingExecutions.delete(executionId);
	else waitingExecutions.unlock(executionId, until);
}

/**
 * The payment that a callback told of while other invoices were still open.
 *
 * @param invoice as it is now
 */
export function recordedPayment(
	executionId: string,
	{ until }: SavedState,
	invoice: Invoice,
): IDataObject | null {
	return acceptedPayment(
		invoice,
		waitingExecutions.get(executionId, until).payments.get(invoice.external_id),
	);
}

// An attempt that failed is not what paid the invoice.
function acceptedPayment(
	{ status }: Invoice,
	payment: IDataObject | undefined,
): IDataObject | null {
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
export const toResumeData = (settled: SettledInvoice[]): IDataObject => ({
	settled: settled as unknown as IDataObject[],
});

/** Takes over what `handOver` made, by external ID. */
export function fromResumeData(result: IDataObject): Map<string, SettledInvoice> {
	const { settled } = z.object({ settled: settledSchema }).parse(result);
	return new Map(settled.map((entry) => [entry.invoice.external_id, entry]));
}
