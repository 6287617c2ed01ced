import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { parseInvoiceReference } from '../api/invoiceReference';
import type { Invoice } from '../api/schemas';
import { renderResultPage } from '../customerReturn/respond';
import { DEFAULT_POLL_MS } from '../customerReturn/settings';
import { parseReturnQuery } from '../customerReturn/returnQuery';
import { confirmInvoice, logUnconfirmed } from '../customerReturn/confirmInvoice';
import { connectForWebhook } from '../api/connect';
import { RESPONSE_SENT } from '../webhook/respond';
import { resume } from './pause';
import {
	releaseResumeLock,
	toResumeData,
	acquireResumeLock,
	type SettledInvoice,
	recordSettled,
} from './settlement';
import { isFinal, isSettled } from '../api/invoiceStatus';
import { findWaitingInvoice, loadStateInWebhook, type SavedState } from './savedState';

/**
 * Meets the customer who returns to a suspended execution: shows how the payment came out, and
 * lets the execution go on when Get by Reference says that all of its invoices have settled.
 * API guide: `return_url`, and confirming on the return page.
 */
export async function handleReturn(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const state = loadStateInWebhook(context);
	const query = parseReturnQuery(context.getQueryData());
	const waitingInvoice = findWaitingInvoice(state, parseInvoiceReference(query));
	const reference = waitingInvoice && { external_id: waitingInvoice.external_id };
	const invoice = await confirmInvoice(context, reference, DEFAULT_POLL_MS);
	// Answered before the execution goes on: a callback may have seen to that meanwhile, and then
	// n8n would answer with an error.
	const page = renderResultPage(context, invoice, query, state.backUrl);
	context.getResponseObject().send(page);
	if (!invoice || isFinal(waitingInvoice?.status)) return RESPONSE_SENT;
	const all = await recordSettledOrLog(context, state, invoice);
	if (!all || !acquireResumeLock(context.getExecutionId(), state)) return RESPONSE_SENT;
	releaseResumeLock(context.getExecutionId(), state, true);
	return { ...RESPONSE_SENT, workflowData: resume(toResumeData(all)) };
}

async function recordSettledOrLog(
	context: IWebhookFunctions,
	state: SavedState,
	invoice: Invoice,
): Promise<SettledInvoice[] | undefined> {
	if (!isSettled(invoice.status, state.failedCounts)) return undefined;
	try {
		const client = await connectForWebhook(context);
		return await recordSettled(context, client, state, invoice);
	} catch (error) {
		// The callback that follows lets the execution go on.
		logUnconfirmed(context, error);
		return undefined;
	}
}
