import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { parseInvoiceReference } from '../api/invoiceReference';
import { connectForWebhook } from '../api/connect';
import {
	RESPONSE_SENT,
	respondRetryLater,
	rejectUnconfirmed,
	onResponseEnd,
} from '../webhook/respond';
import { EVENTS, type RsomPayEvent, invoiceStatusOf } from '../webhook/events';
import { readVerifiedEvent } from '../webhook/readVerifiedEvent';
import { resume } from './pause';
import {
	releaseResumeLock,
	toResumeData,
	acquireResumeLock,
	recordPayment,
	recordSettled,
} from './settlement';
import { isFinal, isSettled } from '../api/invoiceStatus';
import { findWaitingInvoice, loadStateInWebhook } from './savedState';

/**
 * Receives the callback of RsomPay that a suspended execution waits for. It goes on when
 * Get by Reference says that all of its invoices have settled; the callback itself is not believed.
 * API guide: 7 (webhooks), and confirming before fulfilling.
 */
export async function handleCallback(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const event = await readVerifiedEvent(context);
	if (!event) return RESPONSE_SENT;
	const state = loadStateInWebhook(context);
	const waitingInvoice = findWaitingInvoice(state, parseInvoiceReference(event.invoice));
	if (!waitingInvoice || isFinal(waitingInvoice.status))
		return respondWith('Event received, and not waited for');
	recordPayment(context, state, waitingInvoice.external_id, event.payment);
	try {
		const client = await connectForWebhook(context);
		const invoice = await client.getInvoice({ external_id: waitingInvoice.external_id });
		if (!isSettled(invoice.status, state.failedCounts)) {
			// What RsomPay is about to confirm would otherwise be waited for in vain.
			return announcesSettlement(event, state.failedCounts)
				? respondRetryLater(context, 'The invoice has not settled yet')
				: respondWith('Event received, and the invoice is still open');
		}
		const all = await recordSettled(context, client, state, invoice);
		if (!all) return respondWith('Event received, and other invoices are still open');
		const executionId = context.getExecutionId();
		if (!acquireResumeLock(executionId, state))
			return respondRetryLater(context, 'The execution goes on just now');
		onResponseEnd(context.getResponseObject(), (status) => {
			releaseResumeLock(executionId, state, status < 400);
		});
		return { ...respondWith('Event received'), workflowData: resume(toResumeData(all)) };
	} catch (error) {
		rejectUnconfirmed(context, error);
		return RESPONSE_SENT;
	}
}

const respondWith = (message: string): IWebhookResponseData => ({ webhookResponse: { message } });

function announcesSettlement(event: RsomPayEvent, failedCounts: boolean): boolean {
	return event.event === EVENTS.paymentCompleted || isSettled(invoiceStatusOf(event), failedCounts);
}
