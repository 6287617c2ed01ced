import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { referenceIn } from '../api/reference';
import { connectForWebhook } from '../run';
import { answered, askForRetry, refuseUnconfirmed, whenAnswered } from '../webhook/answering';
import { EVENTS, type RsomPayEvent, statusIn } from '../webhook/events';
import { receiveEvent } from '../webhook/verified';
import { endPause } from './pause';
import { goneOn, handOver, mayGoOn, notePayment, settle } from './settle';
import { isFinal, isSettled } from './settled';
import { findHeld, keptForWebhook } from './state';

/**
 * Receives the callback of RsomPay that a suspended execution waits for. It goes on when
 * Get by Reference says that all of its invoices have settled; the callback itself is not believed.
 * API guide: 7 (webhooks), and confirming before fulfilling.
 */
export async function receiveCallback(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const event = await receiveEvent(context);
	if (!event) return answered;
	const waiting = keptForWebhook(context);
	const held = findHeld(waiting, referenceIn(event.invoice));
	if (!held || isFinal(held.status)) return said('Event received, and not waited for');
	notePayment(context, waiting, held.external_id, event.payment);
	try {
		const client = await connectForWebhook(context);
		const invoice = await client.getInvoice({ external_id: held.external_id });
		if (!isSettled(invoice.status, waiting.failedCounts)) {
			// What RsomPay is about to confirm would otherwise be waited for in vain.
			return announcesEnd(event, waiting.failedCounts)
				? askForRetry(context, 'The invoice has not settled yet')
				: said('Event received, and the invoice is still open');
		}
		const all = await settle(context, client, waiting, invoice);
		if (!all) return said('Event received, and other invoices are still open');
		const executionId = context.getExecutionId();
		if (!mayGoOn(executionId, waiting))
			return askForRetry(context, 'The execution goes on just now');
		whenAnswered(context.getResponseObject(), (status) => {
			goneOn(executionId, waiting, status < 400);
		});
		return { ...said('Event received'), workflowData: endPause(handOver(all)) };
	} catch (error) {
		refuseUnconfirmed(context, error);
		return answered;
	}
}

const said = (message: string): IWebhookResponseData => ({ webhookResponse: { message } });

function announcesEnd(event: RsomPayEvent, failedCounts: boolean): boolean {
	return event.event === EVENTS.paymentCompleted || isSettled(statusIn(event), failedCounts);
}
