import {
	CREDENTIAL_EMPTY_VALUE,
	type Icon,
	type ICredentialDataDecryptedObject,
	type ICredentialType,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';

import { authorizationOf } from '../nodes/RsomPay/api/credential';
import { SIGNATURE_ALGORITHMS } from '../nodes/RsomPay/webhook/signature';
import { advancedFields } from '../nodes/shared/advancedFields';

/** No signing secret. n8n sends the editor a stand-in for a saved secret that is empty. */
const NO_SECRET = ['', CREDENTIAL_EMPTY_VALUE];

/**
 * The credential to call RsomPay and to verify its webhooks: environment, API token and signing
 * secrets. n8n stores it encrypted. `rsomPayApiTest` of the nodes tests it.
 * API guide: authentication, and 7.5 (webhook signature).
 */
export class RsomPayApi implements ICredentialType {
	name = 'rsomPayApi';

	displayName = 'RsomPay API';

	icon: Icon = { light: 'file:../icons/rsompay.svg', dark: 'file:../icons/rsompay.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay/blob/main/docs/credential.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			options: [
				{
					name: 'Production',
					value: 'production',
					description: 'Real payments, at https://integration.rsompay.com',
				},
				{
					name: 'Sandbox',
					value: 'sandbox',
					description: 'For trying things out, at https://demo-integration.rsompay.com',
				},
				{
					name: 'Custom',
					value: 'custom',
					description: 'Another address, such as a local simulator',
				},
			],
			default: 'production',
			description: 'Each environment has its own API token and signing secret',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://demo-integration.rsompay.com/api/external/v1',
			description: 'The whole address, with /api/external/v1 at its end',
			displayOptions: { show: { environment: ['custom'] } },
		},
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			hint: 'RsomPay gives you this token, named client-external-api, when it sets up your integration. Ask your RsomPay integration contact or tech@bseeds.sa for it.',
		},
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			hint: 'RsomPay signs its webhooks with this secret, and gives it to you with the token',
		},
		...NO_SECRET.map((value): INodeProperties => ({
			displayName: `No signing secret yet. Two things need one:
<ul><li>the RsomPay Trigger</li><li>Wait for Payment that resumes on RsomPay's webhook</li></ul>
The connection test passes without it.`,
			name: 'webhookNotice',
			type: 'notice',
			default: '',
			// Neither a pattern, which n8n takes long for, nor a rule of `show`: see advancedFields.
			displayOptions: { hide: { signingSecret: [{ _cnd: { not: value } }] } },
		})),
		...advancedFields([
			{
				displayName: 'Previous Signing Secret',
				name: 'previousSigningSecret',
				type: 'string',
				typeOptions: { password: true },
				default: '',
				hint: 'While you change secrets, webhooks signed with this one are accepted, too. Empty it afterwards.',
			},
			{
				displayName: 'Signature Algorithm',
				name: 'signatureAlgorithm',
				type: 'options',
				options: Object.entries(SIGNATURE_ALGORITHMS).map(([value, { label }]) => ({
					name: label,
					value,
				})),
				default: 'sha256',
				description: 'Leave this as it is unless RsomPay says otherwise',
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
