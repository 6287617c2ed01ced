import type { EngineResponse, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { createSend } from '../../shared/http';
import { type RequestOptions, readRequestOptions } from '../../shared/requestOptions';
import { InputError } from '../../shared/errors';
import { RsomPayClient } from './client';
import { BASE_URL_RULE, connectionOf } from './credential';
import { signingSecretsOf } from '../webhook/signingSecrets';

/** What the operations of one run share. */
export interface RsomPayRun {
	client: RsomPayClient;
	/** How many requests are under way at once. */
	concurrency: number;
	/** Whether notification and return URLs must be public HTTPS addresses, as RsomPay demands. */
	urlsArePublic: boolean;
	/** Whether the credential has a signing secret. */
	canVerify: boolean;
	/** What n8n gave to `execute()`: how a pause of this node ended, if there was one. */
	response?: EngineResponse;
}

/**
 * Sets up a run: reads the options and, once for all items, the credential.
 *
 * @throws InputProblem when an option is wrong or the credential has no usable address
 */
export async function startRun(
	context: IExecuteFunctions,
	response?: EngineResponse,
): Promise<RsomPayRun> {
	return { ...(await connect(context, readRequestOptions(context))), response };
}

/** RsomPay and customers wait a few seconds for an answer, so nothing is tried again here. */
const WEBHOOK_REQUESTS = { concurrency: 1, maxRetries: 0, timeoutMs: 5_000 };

/**
 * Makes the client of one webhook.
 *
 * @throws InputProblem when the credential has no usable address
 */
export async function connectForWebhook(context: IWebhookFunctions): Promise<RsomPayClient> {
	return (await connect(context, WEBHOOK_REQUESTS)).client;
}

/**
 * Makes the client of one run or webhook.
 *
 * @throws InputProblem when the credential has no usable address
 */
async function connect(
	context: IExecuteFunctions | IWebhookFunctions,
	options: RequestOptions,
): Promise<RsomPayRun> {
	const credential = await context.getCredentials('rsomPayApi');
	const connection = connectionOf(credential);
	if (!connection) {
		throw new InputError([`The credential's 'Base URL' ${BASE_URL_RULE}`]);
	}
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
		concurrency: options.concurrency,
		urlsArePublic: connection.isRsomPay,
		canVerify: signingSecretsOf(credential).secrets.length > 0,
	};
}
