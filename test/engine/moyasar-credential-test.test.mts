import type { IDataObject, INodeCredentialTestResult } from 'n8n-workflow';

import { logLines } from './harness/logs.mts';
import { useMoyasar } from './harness/moyasar.mts';
import { CredentialTestContext } from './harness/n8n-core.mts';

const bench = useMoyasar();

/** Tests a credential as n8n's Test button does. */
async function testCredential(
	changes: IDataObject = {},
	node = 'moyasar',
): Promise<INodeCredentialTestResult> {
	const { methods } = bench.n8n.nodeTypes.getByNameAndVersion(`n8n-nodes-moyasar.${node}`, 1);
	const result = await methods?.credentialTest?.moyasarApiTest?.call(new CredentialTestContext(), {
		id: 'simulator',
		name: 'Simulator',
		type: 'moyasarApi',
		data: { baseUrl: bench.moyasar.baseUrl, secretKey: bench.moyasar.keys.secret, ...changes },
	});
	if (!result) throw new Error('The credential has no test.');
	return result;
}

test.each(['moyasar', 'moyasarTrigger'])('of %s succeeds for a valid credential', async (node) => {
	bench.control.seedPayments({ count: 50 });

	expect(await testCredential({}, node)).toStrictEqual({
		status: 'OK',
		message: 'Connection successful',
	});
	expect(bench.control.requests().map(({ method, path }) => [method, path])).toStrictEqual([
		['GET', '/moyasar/v1/payments'],
	]);
	expect(bench.control.requests()[0]?.headers['user-agent']).toBe('n8n-nodes-moyasar');
});

test.each([
	['a base URL with a trailing slash', () => ({ baseUrl: `${bench.moyasar.baseUrl}/` })],
	['a key with white space around it', () => ({ secretKey: ` ${bench.moyasar.keys.secret}\n` })],
])('accepts %s', async (_, changes) => {
	expect((await testCredential(changes())).status).toBe('OK');
});

describe('explains', () => {
	const expectError = async (message: string, changes: IDataObject = {}) => {
		const result = await testCredential(changes);
		expect(result.status).toBe('Error');
		expect(result.message).toBe(message);
	};

	test('a publishable key, before anything is sent', async () => {
		await expectError(
			"The credential's 'Secret Key' is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard.",
			{ secretKey: bench.moyasar.keys.publishable },
		);
		expect(bench.control.requests()).toStrictEqual([]);
	});

	test('401: an invalid key', async () => {
		await expectError(
			'Moyasar did not accept the secret key. Check the Secret Key in the credential: it begins with sk_live_ or, for tests, with sk_test_. Moyasar said: Invalid authorization credentials',
			{ secretKey: 'sk_test_unknown' },
		);
	});

	test('403: a key without the permission', async () => {
		await expectError(
			'Moyasar does not allow this key to read payments. It must be the secret key (sk_…) of the account, and not one of restricted rights. The Moyasar dashboard shows it. Moyasar said: User not authorized',
			{ secretKey: bench.moyasar.keys.unauthorized },
		);
	});

	test("403: a firewall's page", async () => {
		bench.control.injectFault({ kind: 'firewall' });

		const { status, message } = await testCredential();

		expect(status).toBe('Error');
		expect(message).toMatch(/^Moyasar returned a web page instead of data \(HTTP 403\)\. A fire/);
		expect(message).toContain('the key was not looked at');
		expect(message).not.toContain('<');
	});

	test('405: an account that is not activated', async () => {
		bench.control.configure({ activated: false });

		const { message } = await testCredential();

		expect(message).toContain('This Moyasar account is not activated for live payments. ');
	});

	test('a refused connection', async () => {
		await expectError(
			"Moyasar could not be reached. Nothing listens at that address. Check the Base URL and this machine's connection.",
			{ baseUrl: 'http://127.0.0.1:9/v1' },
		);
	});

	test('an invalid base URL', async () => {
		await expectError(
			"The credential's 'Base URL' must be a whole address such as https://api.moyasar.com/v1.",
			{ baseUrl: 'api.moyasar.com' },
		);
	});

	test('a base URL of Moyasar without the API', async () => {
		await expectError(
			'There is nothing of Moyasar at this address (HTTP 404). Check the Base URL in the credential: it ends with /v1. Moyasar said: Not Found',
			{ baseUrl: `${bench.moyasar.baseUrl}/v2` },
		);
	});

	test.each([
		['HTML', '<html></html>'],
		['other data', { data: [], meta: { total: 0 } }],
		['nothing', ''],
	])('a server that responds with %s', async (_, body) => {
		bench.control.injectFault({ kind: 'status', status: 200, body });

		await expectError(
			'The address responded, but not as the API of Moyasar does. Check the Base URL.',
		);
	});

	test('a redirect, which would send the key to another server', async () => {
		bench.control.injectFault({ kind: 'status', status: 302, body: {} });

		await expectError(
			'Moyasar returned an unexpected response (HTTP 302). Check the Base URL in the credential.',
		);
	});
});

test('shows the key neither in the result nor in the log', async () => {
	const secretKey = 'sk_test_that-must-stay-hidden';

	const results = [
		await testCredential({ secretKey }),
		await testCredential({ secretKey, baseUrl: 'http://127.0.0.1:9/v1' }),
		await testCredential({ secretKey: 'pk_test_that-must-stay-hidden' }),
	];

	expect(results.map(({ status }) => status)).toStrictEqual(['Error', 'Error', 'Error']);
	const everything = JSON.stringify([results, logLines()]);
	expect(everything).not.toContain('must-stay-hidden');
	expect(everything).not.toContain(Buffer.from(`${secretKey}:`).toString('base64'));
});
