import type {
	EngineResponse,
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import type { ConcurrencyLimiter } from '../../shared/concurrencyLimiter';
import { InputError } from '../../shared/errors';
import { createSend, type HttpSettings } from '../../shared/http';
import { type RequestOptions, readRequestOptions } from '../../shared/requestOptions';
import { RsomPayClient } from './client';
import { BASE_URL_RULE, connectionOf } from './credential';

/** What the operations of one run share. */
export interface RsomPayRun {
	client: RsomPayClient;
	/** The decrypted credential. It must not reach an output, an error or a log. */
	credential: ICredentialDataDecryptedObject;
	/** How many requests are in flight at once. */
	concurrency: number;
	/** Whether notification and return URLs must be public HTTPS addresses, as RsomPay demands. */
	urlsArePublic: boolean;
	/** What n8n passed to `execute()`: how a pause of this node ended, if there was one. */
	response?: EngineResponse;
}

/**
 * Sets up a run. Reads the options and, once for all items, the credential.
 *
 * @throws InputError when an option is wrong or the credential has no usable base URL
 */
export async function startRun(
	context: IExecuteFunctions,
	response?: EngineResponse,
): Promise<RsomPayRun> {
	return { ...(await connect(context, readRequestOptions(context))), response };
}

/**
 * RsomPay and customers wait a few seconds for a response, so there is no time for a retry. A suspended
 * execution that polls must not run for long, because n8n rejects its webhooks meanwhile.
 */
const WEBHOOK_REQUESTS = { concurrency: 1, maxRetries: 0, timeoutMs: 5_000 };

/**
 * Creates the client of one webhook, or of a poll in between: one try per request.
 *
 * @param limiter shared with other webhooks, so that a 429 pauses all of them
 * @throws InputError when the credential has no usable base URL
 */
export async function connectForWebhook(
	context: IWebhookFunctions | IExecuteFunctions,
	limiter?: ConcurrencyLimiter,
): Promise<RsomPayClient> {
	return (await connect(context, { ...WEBHOOK_REQUESTS, limiter })).client;
}

async function connect(
	context: IExecuteFunctions | IWebhookFunctions,
	options: RequestOptions & Pick<HttpSettings, 'limiter'>,
): Promise<RsomPayRun> {
	const credential = await context.getCredentials('rsomPayApi');
	const connection = connectionOf(credential);
	if (!connection) throw new InputError([`The credential's 'Base URL' ${BASE_URL_RULE}`]);
	const send = createSend(context, {
		service: 'RsomPay',
		addressField: 'environment',
		credentialType: 'rsomPayApi',
		credential,
		baseUrl: connection.baseUrl,
		...options,
	});
	return {
		client: new RsomPayClient(send),
		credential,
		concurrency: options.concurrency,
		urlsArePublic: connection.isRsomPay,
	};
}
