import type { IWebhookFunctions } from 'n8n-workflow';

import { connectForWebhook } from '../api/connect';
import { hasReferenceNumber, parseInvoiceReference } from '../api/invoiceReference';
import { isFinal } from '../api/invoiceStatus';
import type { Invoice } from '../api/schemas';
import { confirmInvoice, logUnconfirmed } from '../customerReturn/confirmInvoice';
import { replyToCustomer } from '../customerReturn/respond';
import { parseReturnQuery } from '../customerReturn/returnQuery';
import { DEFAULT_POLL_MS } from '../customerReturn/settings';
import type { ImmediateReply } from '../webhook/respond';
import { ownInvoice } from './ownInvoice';
import { resume } from './pause';
import { findWaitingInvoice, loadStateInWebhook, type SavedState } from './savedState';
import { isTimerSet } from './schedule';
import {
	acquireResumeLock,
	hasSettled,
	readInvoice,
	recordServed,
	recordSettled,
	releaseResumeLock,
	type SettledInvoice,
	toResumeData,
} from './settlement';
import { maySuspendElsewhere } from './thisExecution';

/**
 * Handles the return of a customer to a suspended execution. It shows the result page or redirects, and
 * resumes the execution when Get by Reference returns all of its invoices as settled.
 * API guide: `return_url`, and confirming on the return page.
 */
export async function handleReturn(context: IWebhookFunctions): Promise<ImmediateReply> {
	const state = loadStateInWebhook(context);
	const query = parseReturnQuery(context.getQueryData());
	const waitingInvoice = findWaitingInvoice(state, parseInvoiceReference(query));
	const isExpected =
		waitingInvoice !== undefined && hasReferenceNumber(waitingInvoice, query.reference_number);
	const { invoice, notBefore } = await confirmInvoice(context, query, DEFAULT_POLL_MS, isExpected);
	const visit = {
		invoice,
		query,
		own: invoice && ownInvoice(context, state, invoice, query),
		// Once the execution has resumed, n8n responds with an error.
		isLasting: false,
	};
	const reply = {
		...replyToCustomer(context, visit, state),
		status: state.redirectUrls ? 302 : 200,
		notBefore,
	};
	if (!invoice || isFinal(waitingInvoice?.status)) return reply;
	return {
		...reply,
		// After the response, because a callback may resume the execution meanwhile. n8n would then respond
		// with an error.
		afterResponse: async () => {
			recordServed(context.getExecutionId(), state, invoice);
			const settled = await recordSettledOrLog(context, state, invoice);
			const executionId = context.getExecutionId();
			if (isTimerSet(state, Date.now()) && maySuspendElsewhere(context)) return undefined;
			if (!settled || !acquireResumeLock(executionId, state)) return undefined;
			releaseResumeLock(executionId, state, { resumed: true });
			return resume(toResumeData(settled));
		},
	};
}

async function recordSettledOrLog(
	context: IWebhookFunctions,
	state: SavedState,
	invoice: Invoice,
): Promise<SettledInvoice[] | undefined> {
	const executionId = context.getExecutionId();
	if (!hasSettled(executionId, state, invoice)) return undefined;
	try {
		const client = await connectForWebhook(context);
		const settled = isFinal(invoice.status)
			? invoice
			: await readInvoice(client, executionId, state, invoice.external_id);
		if (!hasSettled(executionId, state, settled)) return undefined;
		return await recordSettled(context, client, state, settled);
	} catch (error) {
		// The callback that follows resumes the execution.
		logUnconfirmed(context, error);
		return undefined;
	}
}
