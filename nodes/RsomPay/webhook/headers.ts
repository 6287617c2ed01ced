import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

/** Headers that may contain a secret. A proxy may have added them. */
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Returns the headers of a request, without those that may contain a secret. */
export function withoutSecretHeaders(context: IWebhookFunctions): IDataObject {
	return Object.fromEntries(
		Object.entries(context.getHeaderData() as IDataObject).filter(
			([name]) => !SECRET_HEADERS.has(name.toLowerCase()),
		),
	);
}
