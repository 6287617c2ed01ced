import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { z } from 'zod';

import { sendTestRequest, testFailed, testPassed } from '../../shared/credentialTest';
import { whyNoResponse } from '../../shared/http';
import { authorizationOf, BASE_URL_RULE, connectionOf } from './credential';
import { toRsomPayError } from './errors';

/**
 * Tests a credential: requests an invoice from the chosen environment without a reference. A valid
 * token gets a 422 for that, an invalid one a 401 or 403.
 * API guide: `GET /invoices/by-reference`, and HTTP errors.
 */
export async function rsomPayApiTest(
	this: ICredentialTestFunctions,
	{ data: credential }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const connection = connectionOf(credential);
	if (!connection) return testFailed(`'Base URL' ${BASE_URL_RULE}`);
	const { baseUrl } = connection;
	try {
		const { status, body } = await sendTestRequest(this, {
			baseUrl,
			path: '/invoices/by-reference',
			headers: { Authorization: authorizationOf(credential) },
		});
		if (status === 422 && typeof body === 'object') return testPassed(whatWorks(credential));
		if (status === 401 || (status === 403 && typeof body === 'object')) {
			const { message, description } = toRsomPayError({ status, body });
			return testFailed(`${message}. ${description}`);
		}
		if (status === 429 || status >= 500) {
			return testFailed(`RsomPay could not respond (HTTP ${status}). Try again later.`);
		}
		return testFailed(
			`${baseUrl} responded, but not as the API of RsomPay does (HTTP ${status}). Check the environment and the Base URL.`,
		);
	} catch (error) {
		return testFailed(
			`RsomPay could not be reached at ${baseUrl}. ${whyNoResponse(error)}. Check the environment and this machine's connection.`,
		);
	}
}

const secretSchema = z.object({ signingSecret: z.string().trim().min(1) });

function whatWorks(credential: unknown): string {
	return secretSchema.safeParse(credential).success
		? 'Connection successful, with a signing secret'
		: 'Connection successful, without a signing secret: the RsomPay Trigger and Wait for Payment need one';
}
