import type {
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { authorizationOf } from '../nodes/RsomPay/api/credential';
import { SIGNATURE_ALGORITHMS } from '../nodes/RsomPay/webhook/signature';

/**
 * The credential to call RsomPay and to verify its webhooks: environment, API token and signing
 * secrets. n8n stores it encrypted. `rsomPayApiTest` of the nodes tests it.
 * API guide: authentication, and 7.5 (webhook signature).
 */
export class RsomPayApi implements ICredentialType {
	name = 'rsomPayApi';

	displayName = 'RsomPay API';

	icon: Icon = { light: 'file:../icons/rsompay.svg', dark: 'file:../icons/rsompay.dark.svg' };

	documentationUrl = 'https://docs.rsompay.com';

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
			description:
				'The integration token named <em>client-external-api</em>, which RsomPay gives you when your integration is set up',
		},
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			hint: 'Needed by the RsomPay Trigger, and to wait for a payment. Ask your RsomPay integration contact or tech@bseeds.sa for it.',
			description:
				'Webhook signing secret. The RsomPay Trigger only accepts webhooks that are signed with it.',
		},
		{
			displayName: 'Previous Signing Secret',
			name: 'previousSigningSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'Only while you change secrets: webhooks signed with the previous one are accepted as well. Empty this field when the change is done.',
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
