import type {
	IDataObject,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import {
	RESPOND_WHEN,
	type DedupeState,
	loadDedupeState,
	commitOnResponse,
	saveIfDirty,
	saveOnAccept,
} from './dedupe';
import { RESPONSE_SENT, respondRetryLater, rejectUnconfirmed } from './respond';
import { fetchEventInvoice } from './confirm';
import { matchesFilter, toStringList, type RsomPayEvent } from './events';
import { withoutSecretHeaders } from './headers';
import { readVerifiedEvent } from './readVerifiedEvent';

/**
 * Receives a webhook: verifies it, and starts the workflow with the event if it is one that the
 * workflow is to be started for and that it has not been started for before.
 * API guide: 7 (webhooks).
 */
export async function handleEvent(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const event = await readVerifiedEvent(context);
	if (!event) return RESPONSE_SENT;
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const isWanted = matchesFilter(event, {
		events: toStringList(context.getNodeParameter('events', [])),
		newStatuses: toStringList(options.newStatuses),
	});
	// In the editor nothing is remembered: whoever tries things out sends the same event again.
	if (context.getMode() === 'manual') {
		if (!isWanted) return notSubscribed;
		const item = await itemOf(context, event, options);
		return item ? { workflowData: [[item]] } : RESPONSE_SENT;
	}

	const state = loadDedupeState(context, 'deliveries');
	if (isWanted) return await startOnce(context, event, options, state);
	saveIfDirty(state);
	return notSubscribed;
}

const notSubscribed: IWebhookResponseData = {
	webhookResponse: { message: 'Event received, and not subscribed to' },
};

async function startOnce(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
	state: DedupeState,
): Promise<IWebhookResponseData> {
	const { event_id: eventId } = event;
	const { store } = state;
	switch (store.begin(eventId)) {
		case 'duplicate':
			saveIfDirty(state);
			return { webhookResponse: { message: 'Event received before' } };
		case 'inFlight':
			return respondRetryLater(context, 'The same event is being accepted just now');
		case 'new': {
			let item: INodeExecutionData | undefined;
			try {
				item = await itemOf(context, event, options);
			} finally {
				if (!item) store.rollback(eventId);
			}
			if (!item) return RESPONSE_SENT;
			const response = context.getResponseObject();
			commitOnResponse(state, eventId, response);
			if (options.acknowledge !== RESPOND_WHEN.whenFinished) {
				saveOnAccept(state, eventId, response);
			}
			return { workflowData: [[item]] };
		}
	}
}

/** @returns what the workflow starts with, or `undefined` when the webhook was answered with 503 */
async function itemOf(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
): Promise<INodeExecutionData | undefined> {
	const json: INodeExecutionData['json'] = { ...(event as IDataObject) };
	if (options.includeHeaders === true) json.headers = withoutSecretHeaders(context);
	if (options.confirm !== true) return { json };
	try {
		json.confirmed_invoice = (await fetchEventInvoice(context, event)) as IDataObject | null;
		return { json };
	} catch (error) {
		rejectUnconfirmed(context, error);
		return undefined;
	}
}
