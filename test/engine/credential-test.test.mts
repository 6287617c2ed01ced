import type { IDataObject, INodeCredentialTestResult } from 'n8n-workflow';

import { CredentialTestContext } from './harness/n8n-core.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { logLines } from './harness/logs.mts';

const bench = useRsomPay();

/** Tests a credential as n8n's Test button does. */
async function testCredential(changes: IDataObject = {}): Promise<INodeCredentialTestResult> {
	const { methods } = bench.n8n.nodeTypes.getByNameAndVersion('n8n-nodes-rsompay.rsomPay', 1);
	const result = await methods?.credentialTest?.rsomPayApiTest?.call(new CredentialTestContext(), {
		id: 'simulator',
		name: 'Simulator',
		type: 'rsomPayApi',
		data: {
			environment: 'custom',
			baseUrl: bench.simulator.apiBaseUrl,
			apiToken: bench.simulator.apiToken,
			...changes,
		},
	});
	if (!result) throw new Error('The credential has no test.');
	return result;
}

test.each([
	['', 'without a signing secret: the RsomPay Trigger and Wait for Payment need one'],
	[' ', 'without a signing secret: the RsomPay Trigger and Wait for Payment need one'],
	['secret', 'with a signing secret'],
])('succeeds, with the signing secret "%s", and only reads from RsomPay', async (secret, words) => {
	expect(await testCredential({ signingSecret: secret })).toStrictEqual({
		status: 'OK',
		message: `Connection successful, ${words}`,
	});
	expect(bench.simulator.control.requests().map(({ method }) => method)).toStrictEqual(['GET']);
});

test('accepts a base URL with a trailing slash', async () => {
	const { status } = await testCredential({ baseUrl: `${bench.simulator.apiBaseUrl}/` });

	expect(status).toBe('OK');
});

describe('explains', () => {
	test('an invalid token', async () => {
		const { status, message } = await testCredential({ apiToken: 'rsom-token-unknown' });

		expect(status).toBe('Error');
		expect(message).toContain('RsomPay did not accept the API token');
		expect(message).toContain('Check the API Token');
	});

	test.each(['wrongType', 'suspended'] as const)('a token that is %s', async (kind) => {
		const { status, message } = await testCredential({ apiToken: bench.simulator.tokens[kind] });

		expect(status).toBe('Error');
		expect(message).toContain('does not allow');
		expect(message).toContain('client-external-api');
	});

	test('a refused connection', async () => {
		const { status, message } = await testCredential({ baseUrl: 'http://127.0.0.1:9/api' });

		expect(status).toBe('Error');
		expect(message).toContain('could not be reached at http://127.0.0.1:9/api');
		expect(message).toContain('Nothing listens at that address');
	});

	test('an invalid base URL', async () => {
		const { status, message } = await testCredential({ baseUrl: 'integration.rsompay.com' });

		expect(status).toBe('Error');
		expect(message).toContain("'Base URL'");
	});

	test('a base URL of another service', async () => {
		const { status, message } = await testCredential({ baseUrl: bench.simulator.url });

		expect(status).toBe('Error');
		expect(message).toContain('responded, but not as the API of RsomPay does (HTTP 404)');
	});

	test.each([429, 500, 503])('a temporary error (%d)', async (code) => {
		bench.simulator.control.injectFault({ kind: 'status', status: code });

		const { status, message } = await testCredential();

		expect(status).toBe('Error');
		expect(message).toBe(`RsomPay could not respond (HTTP ${code}). Try again later.`);
	});

	test('a response that is not from RsomPay', async () => {
		bench.simulator.control.injectFault({ kind: 'status', status: 200, body: '<html></html>' });

		const { status, message } = await testCredential();

		expect(status).toBe('Error');
		expect(message).toContain('responded, but not as the API of RsomPay does (HTTP 200)');
	});
});

test('shows the token neither in the result nor in the log', async () => {
	const apiToken = 'rsom-token-that-must-stay-hidden';

	const results = [
		await testCredential({ apiToken }),
		await testCredential({ apiToken, baseUrl: 'http://127.0.0.1:9/api' }),
	];

	expect(JSON.stringify([results, logLines()])).not.toContain('must-stay-hidden');
});
