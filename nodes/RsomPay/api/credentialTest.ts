import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { z } from 'zod';

import { whyNoAnswer } from '../../shared/http';
import { connectionOf } from './environments';
import { refusal } from './errors';

const answerSchema = z.object({ statusCode: z.number(), body: z.unknown() });

const failure = (message: string): INodeCredentialTestResult => ({ status: 'Error', message });

/**
 * What the credential's "Test" does: asks the chosen environment for the transactions of a customer
 * who need not exist, and tells a wrong token, a token of the wrong kind and an unreachable address
 * apart. API guide: `GET /transactions`, and HTTP errors.
 */
export async function rsomPayApiTest(
	this: ICredentialTestFunctions,
	{ data: credential }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const connection = connectionOf(credential);
	if (!connection) {
		return failure("'Base URL' must be a whole address that begins with https://");
	}
	// The one request helper that n8n gives to a credential test; its successor is not there.
	const { request } = this.helpers;
	try {
		const { statusCode, body } = answerSchema.parse(
			await request({
				method: 'GET',
				baseURL: connection.baseUrl,
				url: '/transactions',
				qs: { customer_id: 'n8n-credential-test', per_page: 1 },
				headers: { Authorization: `Bearer ${String(credential?.apiToken)}` },
				json: true,
				timeout: 15_000,
				simple: false,
				resolveWithFullResponse: true,
				followRedirect: false,
			}),
		);
		if (statusCode < 200 || statusCode > 299) {
			const { message, description } = refusal(
				{ status: statusCode, headers: {}, body },
				'the list of transactions at this address',
			);
			return failure(`${message}. ${description}`);
		}
		if (!z.object({ data: z.array(z.unknown()) }).safeParse(body).success) {
			return failure(`${connection.baseUrl} answered, but not as RsomPay does. Check the address.`);
		}
		return { status: 'OK', message: 'Connection successful' };
	} catch (error) {
		return failure(
			`RsomPay could not be reached at ${connection.baseUrl}. ${whyNoAnswer(error)}. Check the environment and this machine's connection.`,
		);
	}
}
