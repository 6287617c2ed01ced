import type { IExecuteFunctions, ILoadOptionsFunctions, IPollFunctions } from 'n8n-workflow';

import { createSend } from '../../shared/http';
import { type RequestOptions, readRequestOptions } from '../../shared/requestOptions';
import { MoyasarClient } from './client';
import { baseUrlOf, CREDENTIAL_TYPE, USER_AGENT } from './credential';

/** What the operations of one run share. */
export interface MoyasarRun {
	client: MoyasarClient;
	/** How many requests are in flight at once. */
	concurrency: number;
}

/**
 * Sets up a run. Reads the options and, once for all items, the credential.
 *
 * @throws InputError when an option or the credential is wrong
 */
export async function startRun(context: IExecuteFunctions): Promise<MoyasarRun> {
	return await connect(context, readRequestOptions(context));
}

/**
 * Creates the client of one run, poll or search.
 *
 * @throws InputError when the credential is wrong
 */
export async function connect(
	context: IExecuteFunctions | IPollFunctions | ILoadOptionsFunctions,
	options: RequestOptions,
): Promise<MoyasarRun> {
	const credential = await context.getCredentials(CREDENTIAL_TYPE);
	const send = createSend(context, {
		service: 'Moyasar',
		addressField: 'Base URL',
		credentialType: CREDENTIAL_TYPE,
		credential,
		baseUrl: baseUrlOf(credential),
		headers: { 'User-Agent': USER_AGENT },
		...options,
	});
	return { client: new MoyasarClient(send), concurrency: options.concurrency };
}
