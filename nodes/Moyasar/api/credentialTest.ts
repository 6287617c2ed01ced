import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { askForTest, testFailed, testPassed } from '../../shared/credentialTest';
import { whyNoAnswer } from '../../shared/http';
import { InputProblem } from '../../shared/problems';
import { authorizationOf, baseUrlOf, USER_AGENT } from './connection';
import { refusal } from './errors';
import { paymentPageSchema } from './schemas';

/** What the credential's "Test" does: asks for the newest payments. List Payments. */
export async function moyasarApiTest(
	this: ICredentialTestFunctions,
	{ data: credential }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	try {
		const { status, body } = await askForTest(this, {
			baseUrl: baseUrlOf(credential),
			path: '/payments',
			headers: { Authorization: authorizationOf(credential), 'User-Agent': USER_AGENT },
		});
		if (status < 200 || status > 299) {
			const { message, description } = refusal({ status, body });
			return testFailed(`${message}. ${description}`);
		}
		return paymentPageSchema.safeParse(body).success
			? testPassed
			: testFailed('The address answered, but not as the API of Moyasar does. Check the Base URL.');
	} catch (error) {
		if (error instanceof InputProblem) return testFailed(`${error.message}.`);
		return testFailed(
			`Moyasar could not be reached. ${whyNoAnswer(error)}. Check the Base URL and this machine's connection.`,
		);
	}
}
