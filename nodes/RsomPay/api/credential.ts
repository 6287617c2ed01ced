import { z } from 'zod';

import { baseUrlSchema } from '../../shared/baseUrl';

/**
 * The base URLs of the External API, version 1, without a trailing slash.
 * API guide: the table of environments on its first page.
 */
export const BASE_URLS = {
	production: 'https://integration.rsompay.com/api/external/v1',
	sandbox: 'https://demo-integration.rsompay.com/api/external/v1',
} as const;

const connectionSchema = z.discriminatedUnion('environment', [
	z.object({ environment: z.literal('production') }),
	z.object({ environment: z.literal('sandbox') }),
	z.object({ environment: z.literal('custom'), baseUrl: baseUrlSchema }),
]);

/** What a Base URL must look like, to be read after its label. */
export const BASE_URL_RULE =
	'must be a whole address such as https://demo-integration.rsompay.com/api/external/v1';

/** Where the requests of one credential go. */
export interface Connection {
	/** The base URL with `/api/external/v1`, without a trailing slash. */
	baseUrl: string;
	/** Whether it is an address of RsomPay. RsomPay calls back public HTTPS addresses only. */
	isRsomPay: boolean;
}

/**
 * Reads where the requests of a credential go.
 *
 * @param credential the decrypted `rsomPayApi` credential
 * @returns the connection, or `undefined` when the environment is Custom and its Base URL is not an
 * `http://` or `https://` URL
 */
export function connectionOf(credential: unknown): Connection | undefined {
	const { success, data } = connectionSchema.safeParse(credential);
	if (!success) return undefined;
	return data.environment === 'custom'
		? { baseUrl: data.baseUrl, isRsomPay: false }
		: { baseUrl: BASE_URLS[data.environment], isRsomPay: true };
}

const tokenSchema = z.object({ apiToken: z.string().trim() });

/** Builds the `Authorization` header from a credential. API guide: authentication. */
export function authorizationOf(credential: unknown): string {
	return `Bearer ${tokenSchema.parse(credential).apiToken}`;
}
