import type { IWebhookFunctions } from 'n8n-workflow';

import { withoutSecretHeaders } from '../../../../../nodes/RsomPay/webhook/headers.ts';

const filter = (headers: Record<string, unknown>) =>
	withoutSecretHeaders({ getHeaderData: () => headers } as unknown as IWebhookFunctions);

test('returns all headers but those that may contain a secret', () => {
	expect(
		filter({
			'content-type': 'application/json',
			authorization: 'Bearer token',
			cookie: 'n8n-auth=token',
			'proxy-authorization': 'Basic token',
			'x-rsom-signature': 'a1b2',
			'set-cookie': ['a', 'b'],
		}),
	).toStrictEqual({
		'content-type': 'application/json',
		'x-rsom-signature': 'a1b2',
		'set-cookie': ['a', 'b'],
	});
});

test.each(['Authorization', 'COOKIE', 'Proxy-Authorization'])('drops %s', (name) => {
	expect(filter({ [name]: 'secret', Accept: '*/*' })).toStrictEqual({ Accept: '*/*' });
});

test('does not change the headers of the request', () => {
	const headers = { cookie: 'a', accept: '*/*' };
	filter(headers);

	expect(headers).toStrictEqual({ cookie: 'a', accept: '*/*' });
});
