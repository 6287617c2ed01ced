import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

/** Headers that may hold somebody's secret, put there by a proxy in between. */
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The headers of a request, without those that may hold a secret. */
export function withoutSecretHeaders(context: IWebhookFunctions): IDataObject {
	return Object.fromEntries(
		Object.entries(context.getHeaderData() as IDataObject).filter(
			([name]) => !SECRET_HEADERS.has(name.toLowerCase()),
		),
	);
}
