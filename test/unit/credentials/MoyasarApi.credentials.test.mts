import { NodeHelpers } from 'n8n-workflow';

import { MoyasarApi } from '../../../credentials/MoyasarApi.credentials.ts';

const credential = new MoyasarApi();

const property = (name: string) => credential.properties.find((found) => found.name === name);

test('has the name and the fields that saved credentials use', () => {
	expect(credential.name).toBe('moyasarApi');
	expect([...new Set(credential.properties.map(({ name }) => name))]).toStrictEqual([
		'secretKey',
		'advanced',
		'baseUrl',
	]);
});

test('masks only the secret key', () => {
	expect(property('secretKey')).toMatchObject({
		typeOptions: { password: true },
		required: true,
		default: '',
	});
	expect(property('baseUrl')?.typeOptions?.password).toBeUndefined();
});

test('has the public base URL as its default', () => {
	expect(property('baseUrl')).toMatchObject({
		required: true,
		default: 'https://api.moyasar.com/v1',
	});
});

test.each([
	['https://api.moyasar.com/v1', false],
	['http://127.0.0.1:8080/moyasar/v1', true],
])('shows the base URL %s unless it is the public one: %s', (baseUrl, isShown) => {
	const data = { secretKey: 'key', advanced: false, baseUrl };
	const shown = credential.properties.filter(
		(found) =>
			found.type !== 'hidden' && NodeHelpers.displayParameterPath(data, found, '', null, null),
	);

	expect(shown.some(({ name }) => name === 'baseUrl')).toBe(isShown);
	expect(
		NodeHelpers.getNodeParameters(credential.properties, data, true, false, null, null),
	).toStrictEqual(data);
});

test('shows where to get the key', () => {
	expect(property('secretKey')?.hint).toContain('Moyasar dashboard');
});

test('authenticates a request with the key and changes nothing else', async () => {
	const request = {
		url: 'https://api.moyasar.com/v1/payments',
		qs: { page: 1 },
		headers: { 'User-Agent': 'n8n', Authorization: 'Bearer of another client' },
	};
	const data = { secretKey: ' sk_test_1 ', baseUrl: 'https://api.moyasar.com/v1' };

	expect(await credential.authenticate(data, request)).toStrictEqual({
		...request,
		headers: { 'User-Agent': 'n8n', Authorization: 'Basic c2tfdGVzdF8xOg==' },
	});
	expect(await credential.authenticate(data, { url: request.url })).toStrictEqual({
		url: request.url,
		headers: { Authorization: 'Basic c2tfdGVzdF8xOg==' },
	});
	expect(request.headers.Authorization).toBe('Bearer of another client');
});
