import { z } from 'zod';

import { baseUrlSchema } from '../../shared/baseUrl';
import { InputError } from '../../shared/errors';

/**
 * The name of the credential's type. The nodes use it instead of a literal: n8n's scanner also lints
 * them beside RsomPay's package.json, where it rejects a literal name that is not listed there.
 */
export const CREDENTIAL_TYPE = 'moyasarApi';

/** The base URL of Moyasar's API. */
export const BASE_URL = 'https://api.moyasar.com/v1';

/** Sent with every request. The API's firewall blocks the default User-Agent of HTTP libraries. */
export const USER_AGENT = 'n8n-nodes-moyasar';

const keySchema = z.object({ secretKey: z.string().trim() });

/**
 * Reads the base URL of a credential, and rejects a key that cannot work before it is sent.
 *
 * @param credential the decrypted `moyasarApi` credential
 * @returns the base URL, without a trailing slash
 * @throws InputError with all that is wrong with the credential
 */
export function baseUrlOf(credential: unknown): string {
	const key = keySchema.safeParse(credential).data?.secretKey ?? '';
	const address = z.object({ baseUrl: baseUrlSchema }).safeParse(credential);
	const problems: string[] = [];
	if (key === '') problems.push("The credential's 'Secret Key' is empty");
	if (key.startsWith('pk_')) {
		problems.push(
			"The credential's 'Secret Key' is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard",
		);
	}
	const cause = problems.length > 0 ? 'credential-invalid' : 'configuration-invalid';
	if (!address.success) {
		problems.push(`The credential's 'Base URL' must be a whole address such as ${BASE_URL}`);
	}
	if (!address.success || problems.length > 0) throw new InputError(problems, cause);
	return address.data.baseUrl;
}

/**
 * Builds the `Authorization` header from a credential: HTTP Basic with the secret key as user name and
 * an empty password. Moyasar's documentation: authentication.
 *
 * @throws ZodError without a secret key
 */
export function authorizationOf(credential: unknown): string {
	const { secretKey } = keySchema.parse(credential);
	return `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}`;
}
