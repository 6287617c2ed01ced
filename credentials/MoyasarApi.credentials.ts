import type {
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { authorizationOf, BASE_URL, CREDENTIAL_TYPE } from '../nodes/Moyasar/api/credential';
import { advancedFields } from '../nodes/shared/advancedFields';

/**
 * The credential to list the payments of a Moyasar account. n8n stores it encrypted.
 * `moyasarApiTest` of the nodes tests it. Moyasar's documentation: authentication.
 */
export class MoyasarApi implements ICredentialType {
	name = CREDENTIAL_TYPE;

	displayName = 'Moyasar API';

	icon: Icon = {
		light: 'file:../moyasar/icons/moyasar.svg',
		dark: 'file:../moyasar/icons/moyasar.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay/blob/main/docs/credential.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Secret Key',
			name: 'secretKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			hint: 'From the API keys of the Moyasar dashboard: it begins with sk_live_ or, for tests, with sk_test_. A publishable key (pk_…) cannot list payments.',
		},
		...advancedFields([
			{
				displayName: 'Base URL',
				name: 'baseUrl',
				type: 'string',
				required: true,
				default: BASE_URL,
				hint: 'Leave this as it is, unless you try things out with a simulator',
			},
		]),
	];

	// A function, because n8n evaluates the expressions of a declaration for each request.
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const Authorization = authorizationOf(credentials);
		return { ...requestOptions, headers: { ...requestOptions.headers, Authorization } };
	}
}
