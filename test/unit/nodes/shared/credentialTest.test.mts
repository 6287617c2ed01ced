import type { ICredentialTestFunctions } from 'n8n-workflow';

import { sendTestRequest } from '../../../../nodes/shared/credentialTest.ts';

test('sends one request with a timeout and follows no redirect', async () => {
	const request = jest.fn().mockResolvedValue({ statusCode: 302, body: '' });
	const context = { helpers: { request } } as unknown as ICredentialTestFunctions;

	const response = await sendTestRequest(context, {
		baseUrl: 'https://integration.rsompay.com/api/external/v1',
		path: '/invoices/by-reference',
		headers: { Authorization: 'Bearer token' },
	});

	expect(response).toStrictEqual({ status: 302, body: '' });
	expect(request).toHaveBeenCalledTimes(1);
	expect(request).toHaveBeenCalledWith(
		expect.objectContaining({ method: 'GET', timeout: 15_000, followRedirect: false }),
	);
});
