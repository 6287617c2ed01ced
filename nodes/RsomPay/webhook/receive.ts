import type {
	IDataObject,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import {
	ACKNOWLEDGE,
	readStored,
	rememberWhenAnswered,
	storeNews,
	storeWhenAccepted,
} from './acknowledge';
import { type Deliveries, deliveriesOf } from './deliveries';
import { isSubscribed, parseEvent, type RsomPayEvent } from './events';
import { SecretsCache, type SigningSecrets, signingSecretsOf } from './secrets';
import { type SignatureResult, verifySignature } from './signature';

/** The header that carries the signature. API guide: 7.5. */
const SIGNATURE_HEADER = 'x-rsom-signature';

/** How long a twin of a delivery that is being accepted should stay away, in seconds. */
const TWIN_RETRY_AFTER = '5';

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
		return isWanted ? start(context, event, options) : notSubscribed;
	}

	const deliveries = deliveriesOf(context.getWorkflow().id ?? '', nodeId);
	const staticData = context.getWorkflowStaticData('node');
	readStored(deliveries, staticData);
	if (isWanted) return startOnce(context, event, options, deliveries, staticData);
	storeNews(deliveries, staticData);
	return notSubscribed;
}

const notSubscribed: IWebhookResponseData = {
	webhookResponse: { message: 'Event received, and not subscribed to' },
};

function startOnce(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
	deliveries: Deliveries,
	staticData: IDataObject,
): IWebhookResponseData {
	const response = context.getResponseObject();
	switch (deliveries.claim(event.event_id)) {
		case 'repeated':
			storeNews(deliveries, staticData);
			return { webhookResponse: { message: 'Event received before' } };
		case 'under way':
			response.set('Retry-After', TWIN_RETRY_AFTER);
			return answer(context, 503, 'The same event is being accepted just now');
		case 'new':
			rememberWhenAnswered(deliveries, event.event_id, response);
			if (options.acknowledge !== ACKNOWLEDGE.whenFinished) {
				storeWhenAccepted(deliveries, event.event_id, staticData, response);
			}
			return start(context, event, options);
	}
}

function start(
	context: IWebhookFunctions,
	event: RsomPayEvent,
	options: IDataObject,
): IWebhookResponseData {
	const json: INodeExecutionData['json'] = { ...(event as IDataObject) };
	if (options.includeHeaders === true) {
		json.headers = Object.fromEntries(
			Object.entries(context.getHeaderData() as IDataObject).filter(
				([name]) => !SECRET_HEADERS.has(name.toLowerCase()),
			),
		);
	}
	return { workflowData: [[{ json }]] };
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
	return { noWebhookResponse: true };
}

// An expression may give a single name instead of a list.
function listOf(value: unknown): string[] {
	return [value ?? []].flat().map(String);
}
