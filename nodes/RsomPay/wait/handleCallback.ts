import type { IWebhookFunctions } from 'n8n-workflow';

import { connectForWebhook } from '../api/connect';
import { parseInvoiceReference } from '../api/invoiceReference';
import { isFinal, isSettled } from '../api/invoiceStatus';
import { announcesEnd, invoiceStatusOf } from '../webhook/events';
import { readVerifiedEvent } from '../webhook/readVerifiedEvent';
import {
	acknowledge,
	onResponseEnd,
	rejectUnconfirmed,
	retryLater,
	type WebhookReply,
} from '../webhook/respond';
import { resume } from './pause';
import { findWaitingInvoice, loadStateInWebhook } from './savedState';
import { isTimerSet } from './schedule';
import {
	acquireResumeLock,
	hasSettled,
	readInvoice,
	recordPayment,
	recordSettled,
	releaseResumeLock,
	toResumeData,
	waitForCustomer,
} from './settlement';
import { customersReturnHere, maySuspendElsewhere } from './thisExecution';

/**
 * Handles RsomPay's callback to a suspended execution. It resumes the execution when Get by Reference
 * returns all of its invoices as settled. The callback itself is no proof.
 * API guide: 7 (webhooks), and confirming before fulfilling.
 */
export async function handleCallback(context: IWebhookFunctions): Promise<WebhookReply> {
	const result = await readVerifiedEvent(context);
	if ('rejection' in result) return result.rejection;
	const { event } = result;
	const state = loadStateInWebhook(context);
	const waitingInvoice = findWaitingInvoice(state, parseInvoiceReference(event.invoice));
	if (!waitingInvoice || isFinal(waitingInvoice.status)) {
		return acknowledge('Event received, and not waited for');
	}
	const { external_id: externalId } = waitingInvoice;
	recordPayment(context, state, externalId, event.payment);
	try {
		const client = await connectForWebhook(context);
		const executionId = context.getExecutionId();
		const invoice = await readInvoice(client, executionId, state, externalId);
		// A failed attempt is not the end while the event announces another one.
		const isEarlierAttempt = invoice.status === 'failed' && announcesEnd(event);
		if (isEarlierAttempt || !hasSettled(executionId, state, invoice)) {
			// RsomPay may confirm the payment a moment later, and no other callback would come then.
			return announcesEnd(event) || isSettled(invoiceStatusOf(event), state.failedCounts)
				? retryLater('The invoice has not settled yet')
				: acknowledge('Event received, and the invoice is still open');
		}
		const settled = await recordSettled(context, client, state, invoice);
		if (!settled) return acknowledge('Event received, and other invoices are still open');
		if (isTimerSet(state, Date.now()) && maySuspendElsewhere(context)) {
			return retryLater('The execution resumes within two minutes');
		}
		// Not after a failed attempt: meanwhile the customer may pay.
		const areFinal = settled.every(({ invoice: { status } }) => isFinal(status));
		if (areFinal && customersReturnHere(context)) {
			await waitForCustomer(executionId, state, externalId);
		}
		if (!acquireResumeLock(executionId, state)) {
			return retryLater('The execution is being resumed');
		}
		onResponseEnd(context.getResponseObject(), (status) => {
			releaseResumeLock(executionId, state, { resumed: status < 400 });
		});
		return { ...acknowledge('Event received'), workflowData: resume(toResumeData(settled)) };
	} catch (error) {
		return rejectUnconfirmed(context, error);
	}
}
