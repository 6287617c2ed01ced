import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { z } from 'zod';

import { whyNoAnswer } from '../../shared/http';
import { authorizationOf, BASE_URL_RULE, connectionOf } from './environments';
import { refusal } from './errors';

const answerSchema = z.object({ statusCode: z.number(), body: z.unknown() });

const failure = (message: string): INodeCredentialTestResult => ({ status: 'Error', message });

/**
 * What the credential's "Test" does: asks the chosen environment for an invoice without naming one.
 * A token that is good gets a 422 for that, one that is not a 401 or 403.
 * API guide: `GET /invoices/by-reference`, and HTTP errors.
 */
export async function rsomPayApiTest(
	this: ICredentialTestFunctions,
	{ data: credential }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const connection = connectionOf(credential);
	if (!connection) return failure(`'Base URL' ${BASE_URL_RULE}`);
	const { baseUrl } = connection;
	// The one request helper that n8n gives to a credential test; its successor is not there.
	const { request } = this.helpers;
	try {
		const { statusCode: status, body } = answerSchema.parse(
			await request({
				method: 'GET',
				baseURL: baseUrl,
				url: '/invoices/by-reference',
				headers: { Authorization: authorizationOf(credential) },
				json: true,
				timeout: 15_000,
				simple: false,
				resolveWithFullResponse: true,
				followRedirect: false,
			}),
		);
		if (status === 422 && typeof body === 'object') {
			return { status: 'OK', message: 'Connection successful' };
		}
		if (status === 401 || (status === 403 && typeof body === 'object')) {
			const { message, description } = refusal({ status, body });
			return failure(`${message}. ${description}`);
		}
		if (status === 429 || status >= 500) {
			return failure(`RsomPay could not answer just now (HTTP ${status}). Try again later.`);
		}
		return failure(
			`${baseUrl} answered, but not as the API of RsomPay does (HTTP ${status}). Check the environment and the Base URL.`,
		);
	} catch (error) {
		return failure(
			`RsomPay could not be reached at ${baseUrl}. ${whyNoAnswer(error)}. Check the environment and this machine's connection.`,
		);
	}
}
