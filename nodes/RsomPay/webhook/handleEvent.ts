import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import { confirmEvent } from './confirmEvent';
import {
	commitOnResponse,
	type DedupeState,
	loadDedupeState,
	saveIfDirty,
	saveOnAccept,
} from './dedupe';
import { matchesFilter, type RsomPayEvent, toStringList } from './events';
import { beginDelivery, withDelivery } from './execute';
import { withoutSecretHeaders } from './headers';
import { readVerifiedEvent } from './readVerifiedEvent';
import {
	acknowledge,
	type DeferredReply,
	failUnlessRun,
	rejectUnconfirmed,
	RESPOND_WHEN,
	retryLater,
	type WebhookReply,
} from './respond';

/**
 * Handles a webhook of RsomPay: verify, filter, dedupe, start the workflow.
 * API guide: 7 (webhooks).
 */
export async function handleEvent(context: IWebhookFunctions): Promise<WebhookReply> {
	const result = await readVerifiedEvent(context);
	if ('rejection' in result) return result.rejection;
	const { event } = result;
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const isMatch = matchesFilter(event, {
		events: toStringList(context.getNodeParameter('events', [])),
		newStatuses: toStringList(options.newStatuses),
	});
	// The editor dedupes nothing: a user who tests sends the same event again.
	if (context.getMode() === 'manual') {
		return isMatch ? await start(context, event, options) : NOT_SUBSCRIBED;
	}

	const state = loadDedupeState(context, 'deliveries');
	if (isMatch) return await startOnce(context, event, options, state);
	saveIfDirty(state);
	return NOT_SUBSCRIBED;
}

type StartingReply = DeferredReply & Required<Pick<DeferredReply, 'workflowData'>>;

const NOT_SUBSCRIBED = acknowledge('Event received, and not subscribed to');

async function startOnce(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
	state: DedupeState,
): Promise<WebhookReply> {
	const { event_id: eventId } = event;
	switch (beginDelivery(context, state.store, 'deliveries', eventId)) {
		case 'duplicate':
			saveIfDirty(state);
			return acknowledge('Event received before');
		case 'inFlight':
			return retryLater('The same event is in flight');
		case 'new': {
			let reply: WebhookReply | undefined;
			try {
				reply = await start(context, event, options);
			} finally {
				if (!starts(reply)) state.store.rollback(eventId);
			}
			if (!starts(reply)) return reply;
			const response = context.getResponseObject();
			commitOnResponse(state, eventId, response);
			const untilSuccess = options.acknowledge === RESPOND_WHEN.workflowSucceeds;
			if (untilSuccess) failUnlessRun(context, response);
			else saveOnAccept(state, eventId, response);
			const { workflowData } = reply;
			return {
				...reply,
				workflowData: withDelivery(context, workflowData, 'deliveries', eventId, untilSuccess),
			};
		}
	}
}

/** Whether n8n starts the workflow with this reply. */
const starts = (reply: WebhookReply | undefined): reply is StartingReply =>
	reply?.status === undefined && reply?.workflowData !== undefined;

/** Starts the workflow with an event, or rejects the webhook when the invoice cannot be confirmed. */
async function start(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
): Promise<WebhookReply> {
	const json: IDataObject = { ...(event as IDataObject) };
	if (options.includeHeaders === true) json.headers = withoutSecretHeaders(context);
	if (options.confirm === true) {
		try {
			const invoice = await confirmEvent(context, event);
			if (invoice === undefined) return retryLater('The invoice is not confirmed yet');
			json.confirmed_invoice = invoice as IDataObject | null;
		} catch (error) {
			return rejectUnconfirmed(context, error);
		}
	}
	return { workflowData: [[{ json }]] };
}
