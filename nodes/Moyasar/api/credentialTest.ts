import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { sendTestRequest, testFailed, testPassed } from '../../shared/credentialTest';
import { InputError } from '../../shared/errors';
import { whyNoResponse } from '../../shared/http';
import { authorizationOf, baseUrlOf, USER_AGENT } from './credential';
import { toMoyasarError } from './errors';
import { paymentPageSchema } from './schemas';

/** Tests a credential: requests the newest payments. List Payments. */
export async function moyasarApiTest(
	this: ICredentialTestFunctions,
	{ data: credential }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	try {
		const { status, body } = await sendTestRequest(this, {
			baseUrl: baseUrlOf(credential),
			path: '/payments',
			headers: { Authorization: authorizationOf(credential), 'User-Agent': USER_AGENT },
		});
		if (status < 200 || status > 299) {
			const { message, description } = toMoyasarError({ status, body });
			return testFailed(`${message}. ${description}`);
		}
		return paymentPageSchema.safeParse(body).success
			? testPassed()
			: testFailed(
					'The address responded, but not as the API of Moyasar does. Check the Base URL.',
				);
	} catch (error) {
		if (error instanceof InputError) return testFailed(`${error.message}.`);
		return testFailed(
			`Moyasar could not be reached. ${whyNoResponse(error)}. Check the Base URL and this machine's connection.`,
		);
	}
}
