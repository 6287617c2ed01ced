import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { referenceIn } from '../api/reference';
import type { Invoice } from '../api/schemas';
import { showPage } from '../return/answer';
import { PATIENCE_MS } from '../return/choice';
import { readClaim } from '../return/claim';
import { confirmReturn, logUnconfirmed } from '../return/confirm';
import { connectForWebhook } from '../run';
import { answered } from '../webhook/answering';
import { endPause } from './pause';
import { goneOn, handOver, mayGoOn, type Settled, settle } from './settle';
import { isFinal, isSettled } from './settled';
import { findHeld, keptForWebhook, type Waiting } from './state';

/**
 * Meets the customer who returns to a suspended execution: shows how the payment came out, and
 * lets the execution go on when Get by Reference says that all of its invoices have settled.
 * API guide: `return_url`, and confirming on the return page.
 */
export async function receiveCustomer(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const waiting = keptForWebhook(context);
	const claim = readClaim(context.getQueryData());
	const held = findHeld(waiting, referenceIn(claim));
	const reference = held && { external_id: held.external_id };
	const invoice = await confirmReturn(context, reference, PATIENCE_MS);
	// Answered before the execution goes on: a callback may have seen to that meanwhile, and then
	// n8n would answer with an error.
	const page = showPage(context, invoice, claim, waiting.backUrl);
	context.getResponseObject().send(page);
	if (!invoice || isFinal(held?.status)) return answered;
	const all = await settledWith(context, waiting, invoice);
	if (!all || !mayGoOn(context.getExecutionId(), waiting)) return answered;
	goneOn(context.getExecutionId(), waiting, true);
	return { ...answered, workflowData: endPause(handOver(all)) };
}

async function settledWith(
	context: IWebhookFunctions,
	waiting: Waiting,
	invoice: Invoice,
): Promise<Settled[] | undefined> {
	if (!isSettled(invoice.status, waiting.failedCounts)) return undefined;
	try {
		const client = await connectForWebhook(context);
		return await settle(context, client, waiting, invoice);
	} catch (error) {
		// The callback that follows lets the execution go on.
		logUnconfirmed(context, error);
		return undefined;
	}
}
