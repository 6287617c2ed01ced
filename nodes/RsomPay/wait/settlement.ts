import { type IDataObject, type IWebhookFunctions, sleep } from 'n8n-workflow';
import { z } from 'zod';

import type { RsomPayClient } from '../api/client';
import { isFinal, isSettled } from '../api/invoiceStatus';
import { pollUntil } from '../api/pollUntil';
import type { Invoice } from '../api/schemas';
import { type SavedState, waitingInvoices } from './savedState';
import { WaitingExecutions } from './waitingExecutions';

/** A settled invoice as Get by Reference returns it, and its payment. */
export interface SettledInvoice {
	invoice: Invoice;
	/** The payment that a callback reported. `null` when none did. */
	payment: IDataObject | null;
}

/** How long a payment may take until RsomPay confirms it. RsomPay waits a few seconds for a response. */
const CONFIRM_MS = 2_500;

/** How long a webhook waits for the customer, who pays and returns at the same moment. */
const CUSTOMER_MS = 2_000;
const CUSTOMER_POLL_MS = 100;

const waitingExecutions = new WaitingExecutions();

const paymentSchema = z.custom<IDataObject>(
	(value) => z.record(z.unknown()).safeParse(value).success,
);

/**
 * Records the payment that a callback reports, before the invoice is confirmed: another callback may
 * resume the execution meanwhile. Events may come out of order, so a failed attempt does not replace
 * another payment.
 *
 * @param payment the unvalidated `payment` of the event
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
 * Records a settled invoice, and returns all invoices of the execution once all have settled. It
 * reads the other invoices until one is open, so that neither a lost callback nor a restart of n8n
 * blocks the execution. An invoice that was found settled is not read again, except a failed one: it
 * is polled for some seconds before it counts as the end.
 *
 * @param invoice as Get by Reference returns it now. When it failed, it was polled before.
 * @returns all settled invoices, or `undefined` when one is open
 * @throws ServiceError when RsomPay did not return one of the other invoices
 */
export async function recordSettled(
	context: IWebhookFunctions,
	client: RsomPayClient,
	state: SavedState,
	invoice: Invoice,
): Promise<SettledInvoice[] | undefined> {
	const executionId = context.getExecutionId();
	const { settled, payments } = waitingExecutions.get(executionId, state.until);
	const record = (externalId: string, found: Invoice) => {
		// Another webhook may have found it paid meanwhile.
		const isOlder = isFinal(settled.get(externalId)?.status) && !isFinal(found.status);
		if (!isOlder) settled.set(externalId, found);
	};
	record(invoice.external_id, invoice);
	const failed: string[] = [];
	for (const { external_id: externalId, status } of waitingInvoices(state)) {
		if (externalId === invoice.external_id) continue;
		if (isFinal(status) || isFinal(settled.get(externalId)?.status)) continue;
		const other = await client.getInvoice({ external_id: externalId });
		if (!hasSettled(executionId, state, other)) return undefined;
		record(externalId, other);
		if (!isFinal(other.status)) failed.push(externalId);
	}
	await Promise.all(
		failed.map(async (externalId) =>
			record(externalId, await readInvoice(client, executionId, state, externalId)),
		),
	);
	// Meanwhile a callback may have reported a payment of any of them.
	for (const found of settled.values()) {
		if (!hasSettled(executionId, state, found)) return undefined;
	}
	return Array.from(settled, ([externalId, found]) => ({
		invoice: found,
		payment: acceptedPayment(found, payments.get(externalId)),
	}));
}

/** Records that the customer of an invoice has returned and seen that it is settled. */
export function recordServed(executionId: string, state: SavedState, invoice: Invoice): void {
	if (!hasSettled(executionId, state, invoice)) return;
	waitingExecutions.get(executionId, state.until).served.add(invoice.external_id);
}

/**
 * Waits until the customer of an invoice has seen that it is settled, for 2 seconds at most. Once the
 * execution has resumed, n8n responds to customers with an error.
 */
export async function waitForCustomer(
	executionId: string,
	{ until }: SavedState,
	externalId: string,
): Promise<void> {
	// Read once: the customer's return may resume the execution, and another wait may follow.
	const { served } = waitingExecutions.get(executionId, until);
	const latest = Date.now() + CUSTOMER_MS;
	while (!served.has(externalId) && Date.now() < latest) await sleep(CUSTOMER_POLL_MS);
}

/**
 * Acquires the lock to resume an execution. See `WaitingExecutions.tryLock`.
 *
 * @returns whether the lock was free
 */
export function acquireResumeLock(executionId: string, { until }: SavedState): boolean {
	return waitingExecutions.tryLock(executionId, until);
}

/**
 * Reports how the attempt to resume an execution ended.
 *
 * @param outcome.resumed whether n8n resumed it. If so the lock stays, so that no second webhook
 * resumes the same wait; if not it is released, so that a retry can.
 */
export function releaseResumeLock(
	executionId: string,
	{ until }: SavedState,
	{ resumed }: { resumed: boolean },
): void {
	if (resumed) waitingExecutions.delete(executionId);
	else waitingExecutions.unlock(executionId, until);
}

/**
 * Returns the payment that a callback reported while other invoices were open.
 *
 * @param invoice as it is now
 */
export function recordedPayment(
	executionId: string,
	{ until }: SavedState,
	invoice: Invoice,
): IDataObject | null {
	const { payments } = waitingExecutions.get(executionId, until);
	return acceptedPayment(invoice, payments.get(invoice.external_id));
}

/**
 * Returns whether an invoice has settled for a waiting execution. A failed attempt is not the end while
 * a callback has reported a payment that RsomPay has not confirmed yet.
 *
 * @param invoice as it is now
 */
export function hasSettled(executionId: string, state: SavedState, invoice: Invoice): boolean {
	const isReported = recordedPayment(executionId, state, invoice)?.status === 'completed';
	return isSettled(invoice.status, state.failedCounts && !isReported);
}

/**
 * Reads an invoice of a waiting execution. Polls for some seconds before a failed attempt counts as the
 * end: RsomPay may be about to confirm another payment, which another process knows of.
 *
 * @param isLast whether the wait ends with this: then a payment that a callback reported is polled for, too
 * @param deadline when the last request is sent, in ms since 1970
 * @throws ServiceError when RsomPay did not return it
 */
export async function readInvoice(
	client: RsomPayClient,
	executionId: string,
	state: SavedState,
	externalId: string,
	{ isLast = false, deadline }: { isLast?: boolean; deadline?: number } = {},
): Promise<Invoice> {
	const mayBePaid = (invoice: Invoice) =>
		(isLast && recordedPayment(executionId, state, invoice)?.status === 'completed') ||
		(state.failedCounts && invoice.status === 'failed');
	const get = async () => await client.getInvoice({ external_id: externalId }, deadline);
	return await readConfirmed(get, mayBePaid, deadline);
}

/**
 * Reads an invoice, and polls it for some seconds while RsomPay may be about to confirm its payment.
 *
 * @param mayBePaid whether that is so for an invoice that is not final
 * @param latest when the last request is sent, in ms since 1970
 */
export async function readConfirmed(
	get: () => Promise<Invoice>,
	mayBePaid: (invoice: Invoice) => boolean,
	latest = Infinity,
): Promise<Invoice> {
	// The time counts from the first response, however long its request was queued.
	const first = [await get()];
	return await pollUntil(async () => first.pop() ?? (await get()), {
		isDone: (invoice) => isFinal(invoice.status) || !mayBePaid(invoice),
		until: Math.min(latest, Date.now() + CONFIRM_MS),
		retryErrors: false,
	});
}

/**
 * Creates the function that ends a poll of one invoice for as long as it is open. A failed attempt ends
 * it once it has lasted for some seconds.
 */
export function createIsDone(failedCounts: boolean): (invoice: Invoice) => boolean {
	let failedSince: number | undefined;
	return ({ status }) => {
		const now = Date.now();
		failedSince = failedCounts && status === 'failed' ? (failedSince ?? now) : undefined;
		return failedSince === undefined ? isFinal(status) : now - failedSince >= CONFIRM_MS;
	};
}

// A failed attempt is not the payment of a paid invoice.
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

/** Converts the settled invoices to what `resume` passes from the webhook to the run that follows. */
export const toResumeData = (settled: SettledInvoice[]): IDataObject => ({
	settled: settled as unknown as IDataObject[],
});

/**
 * Reads what `toResumeData` made.
 *
 * @returns the settled invoices by external ID
 * @throws ZodError for anything else
 */
export function fromResumeData(result: IDataObject): Map<string, SettledInvoice> {
	const { settled } = z.object({ settled: settledSchema }).parse(result);
	return new Map(settled.map((entry) => [entry.invoice.external_id, entry]));
}
