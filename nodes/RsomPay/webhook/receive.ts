import type {
	IDataObject,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';
import {
	ACKNOWLEDGE,
	readStored,
	rememberWhenAnswered,
	storeNews,
	storeWhenAccepted,
} from './acknowledge';
import { confirmedInvoice } from './confirm';
import { type Deliveries, deliveriesOf } from './deliveries';
import { isSubscribed, parseEvent, type RsomPayEvent } from './events';
import { SecretsCache, type SigningSecrets, signingSecretsOf } from './secrets';
import { type SignatureResult, verifySignature } from './signature';

/** The header that carries the signature. API guide: 7.5. */
const SIGNATURE_HEADER = 'x-rsom-signature';

/** How long a delivery that cannot be accepted just now should stay away, in seconds. */
const RETRY_AFTER = '5';

/** Headers that may hold somebody's secret, put there by a proxy in between. */
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

const secretsCache = new SecretsCache();

/**
 * Receives a webhook: verifies it, and starts the workflow with the event if it is one that the
 * workflow is to be started for and that it has not been started for before. Fails closed: what
 * cannot be verified never runs. API guide: 7 (webhooks).
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const rawBody = await readRawBody(context);
	const { id: nodeId, credentials } = context.getNode();
	const verdict = await verify(context, rawBody, credentials?.rsomPayApi?.id ?? '');
	if (verdict === undefined) {
		return refuse(context, 503, 'The signing secret could not be read');
	}
	if (!verdict.verified) {
		return verdict.reason === 'no signing secret'
			? refuse(context, 503, 'The RsomPay credential has no signing secret')
			: refuse(context, 401, `The webhook could not be verified: ${verdict.reason}`);
	}
	const event = parseEvent(rawBody);
	if (!event) return refuse(context, 400, 'The body is not an event of RsomPay');
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const isWanted = isSubscribed(event, {
		events: listOf(context.getNodeParameter('events', [])),
		newStatuses: listOf(options.newStatuses),
	});
	// In the editor nothing is remembered: whoever tries things out sends the same event again.
	if (context.getMode() === 'manual') {
		if (!isWanted) return notSubscribed;
		const item = await itemOf(context, event, options);
		return item ? { workflowData: [[item]] } : answered;
	}

	const deliveries = deliveriesOf(context.getWorkflow().id ?? '', nodeId);
	const staticData = context.getWorkflowStaticData('node');
	readStored(deliveries, staticData);
	if (isWanted) return await startOnce(context, event, options, deliveries, staticData);
	storeNews(deliveries, staticData);
	return notSubscribed;
}

/** Says to n8n that the webhook has been answered, and that nothing is to run. */
const answered: IWebhookResponseData = { noWebhookResponse: true };

const notSubscribed: IWebhookResponseData = {
	webhookResponse: { message: 'Event received, and not subscribed to' },
};

async function startOnce(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
	deliveries: Deliveries,
	staticData: IDataObject,
): Promise<IWebhookResponseData> {
	const { event_id: eventId } = event;
	switch (deliveries.claim(eventId)) {
		case 'repeated':
			storeNews(deliveries, staticData);
			return { webhookResponse: { message: 'Event received before' } };
		case 'under way':
			context.getResponseObject().set('Retry-After', RETRY_AFTER);
			return answer(context, 503, 'The same event is being accepted just now');
		case 'new': {
			let item: INodeExecutionData | undefined;
			try {
				item = await itemOf(context, event, options);
			} finally {
				if (!item) deliveries.release(eventId);
			}
			if (!item) return answered;
			const response = context.getResponseObject();
			rememberWhenAnswered(deliveries, eventId, response);
			if (options.acknowledge !== ACKNOWLEDGE.whenFinished) {
				storeWhenAccepted(deliveries, eventId, staticData, response);
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
		const { message, description } = asNodeError(context.getNode(), error);
		const reason = [message, description].filter(Boolean).join('. ');
		context.getResponseObject().set('Retry-After', RETRY_AFTER);
		refuse(context, 503, `The invoice could not be confirmed: ${reason}`);
		return undefined;
	}
}

function harmlessHeaders(context: IWebhookFunctions): IDataObject {
	return Object.fromEntries(
		Object.entries(context.getHeaderData() as IDataObject).filter(
			([name]) => !SECRET_HEADERS.has(name.toLowerCase()),
		),
	);
}

async function readRawBody(context: IWebhookFunctions): Promise<Uint8Array> {
	const request = context.getRequestObject();
	// n8n has read the body already unless its content type is one that it leaves alone.
	if (!request.rawBody && !request.readableEnded) await request.readRawBody();
	return request.rawBody ?? new Uint8Array();
}

async function verify(
	context: IWebhookFunctions,
	rawBody: Uint8Array,
	credentialId: string,
): Promise<SignatureResult | undefined> {
	const read = async () => signingSecretsOf(await context.getCredentials('rsomPayApi'));
	const header = context.getHeaderData()[SIGNATURE_HEADER];
	const verifyWith = ({ secrets, algorithm }: SigningSecrets) =>
		verifySignature({ rawBody, header, secrets, algorithm });
	try {
		const result = verifyWith(await secretsCache.get(credentialId, read));
		if (result.verified) return result;
		// The secret may have been changed a moment ago.
		return verifyWith(await secretsCache.refresh(credentialId, read));
	} catch (error) {
		context.logger.warn('The RsomPay credential could not be read', {
			reason: error instanceof Error ? error.message : String(error),
		});
		return undefined;
	}
}

function refuse(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.logger.warn(`RsomPay Trigger answered a webhook with ${status}. ${message}`, {
		workflowId: context.getWorkflow().id,
		nodeName: context.getNode().name,
	});
	return answer(context, status, message);
}

function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return answered;
}

// An expression may give a single name instead of a list.
function listOf(value: unknown): string[] {
	return [value ?? []].flat().map(String);
}
