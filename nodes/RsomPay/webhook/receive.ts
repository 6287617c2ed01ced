import type {
	IDataObject,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import {
	ACKNOWLEDGE,
	type Memory,
	recall,
	rememberWhenAnswered,
	storeNews,
	storeWhenAccepted,
} from './acknowledge';
import { answered, askForRetry, refuseUnconfirmed } from './answering';
import { confirmedInvoice } from './confirm';
import { isSubscribed, namesIn, type RsomPayEvent } from './events';
import { harmlessHeaders } from './headers';
import { receiveEvent } from './verified';

/**
 * Receives a webhook: verifies it, and starts the workflow with the event if it is one that the
 * workflow is to be started for and that it has not been started for before.
 * API guide: 7 (webhooks).
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const event = await receiveEvent(context);
	if (!event) return answered;
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const isWanted = isSubscribed(event, {
		events: namesIn(context.getNodeParameter('events', [])),
		newStatuses: namesIn(options.newStatuses),
	});
	// In the editor nothing is remembered: whoever tries things out sends the same event again.
	if (context.getMode() === 'manual') {
		if (!isWanted) return notSubscribed;
		const item = await itemOf(context, event, options);
		return item ? { workflowData: [[item]] } : answered;
	}

	const memory = recall(context, 'deliveries');
	if (isWanted) return await startOnce(context, event, options, memory);
	storeNews(memory);
	return notSubscribed;
}

const notSubscribed: IWebhookResponseData = {
	webhookResponse: { message: 'Event received, and not subscribed to' },
};

async function startOnce(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
	memory: Memory,
): Promise<IWebhookResponseData> {
	const { event_id: eventId } = event;
	const { deliveries } = memory;
	switch (deliveries.claim(eventId)) {
		case 'repeated':
			storeNews(memory);
			return { webhookResponse: { message: 'Event received before' } };
		case 'under way':
			return askForRetry(context, 'The same event is being accepted just now');
		case 'new': {
			let item: INodeExecutionData | undefined;
			try {
				item = await itemOf(context, event, options);
			} finally {
				if (!item) deliveries.release(eventId);
			}
			if (!item) return answered;
			const response = context.getResponseObject();
			rememberWhenAnswered(memory, eventId, response);
			if (options.acknowledge !== ACKNOWLEDGE.whenFinished) {
				storeWhenAccepted(memory, eventId, response);
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
	if (options.includeHeaders === true) json.headers = harmlessHeaders(context);
	if (options.confirm !== true) return { json };
	try {
		json.confirmed_invoice = (await confirmedInvoice(context, event)) as IDataObject | null;
		return { json };
	} catch (error) {
		refuseUnconfirmed(context, error);
		return undefined;
	}
}
