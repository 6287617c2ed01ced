import type { IWebhookFunctions } from 'n8n-workflow';

import { withoutSecretHeaders } from '../../../../../nodes/RsomPay/webhook/headers.ts';

const of = (headers: Record<string, unknown>) =>
	withoutSecretHeaders({ getHeaderData: () => headers } as unknown as IWebhookFunctions);

test('are all but those that may hold a secret', () => {
	expect(
		of({
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

test.each(['Authorization', 'COOKIE', 'Proxy-Authorization'])('hold no %s', (name) => {
	expect(of({ [name]: 'secret', Accept: '*/*' })).toStrictEqual({ Accept: '*/*' });
});

test('are a copy', () => {
	const headers = { cookie: 'a', accept: '*/*' };
	of(headers);

	expect(headers).toStrictEqual({ cookie: 'a', accept: '*/*' });
});
