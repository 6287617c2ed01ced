import { MoyasarApi } from '../../../credentials/MoyasarApi.credentials.ts';

const credential = new MoyasarApi();

const property = (name: string) => credential.properties.find((found) => found.name === name);

test('has the name and the fields that saved credentials use', () => {
	expect(credential.name).toBe('moyasarApi');
	expect(credential.properties.map(({ name }) => name)).toStrictEqual(['secretKey', 'baseUrl']);
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
