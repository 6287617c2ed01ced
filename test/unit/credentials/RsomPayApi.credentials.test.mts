import { RsomPayApi } from '../../../credentials/RsomPayApi.credentials.ts';

const credential = new RsomPayApi();

const property = (name: string) => credential.properties.find((found) => found.name === name);

test('has the name and the fields that saved credentials use', () => {
	expect(credential.name).toBe('rsomPayApi');
	expect(credential.properties.map(({ name }) => name)).toStrictEqual([
		'environment',
		'baseUrl',
		'apiToken',
		'signingSecret',
		'previousSigningSecret',
		'signatureAlgorithm',
	]);
});

test('masks every secret and nothing else', () => {
	const masked = credential.properties.filter(({ typeOptions }) => typeOptions?.password === true);

	expect(masked.map(({ name }) => name)).toStrictEqual([
		'apiToken',
		'signingSecret',
		'previousSigningSecret',
	]);
	for (const { default: value } of masked) expect(value).toBe('');
});

test.each([
	['environment', ['production', 'sandbox', 'custom'], 'production'],
	['signatureAlgorithm', ['sha256', 'sha512'], 'sha256'],
])('%s has the options %j', (name, values, initial) => {
	const found = property(name);

	expect(found?.options?.map((option) => 'value' in option && option.value)).toStrictEqual(values);
	expect(found?.default).toBe(initial);
});

test('shows the base URL only for a custom environment', () => {
	expect(property('baseUrl')?.displayOptions).toStrictEqual({ show: { environment: ['custom'] } });
	expect(property('baseUrl')?.required).toBe(true);
});

test('requires the token, but not the signing secret, which only the trigger needs', () => {
	expect(property('apiToken')?.required).toBe(true);
	expect(property('signingSecret')?.required).toBeUndefined();
	expect(property('signingSecret')?.hint).toContain('RsomPay Trigger');
});

test('authenticates a request with the token and changes nothing else', async () => {
	const request = {
		url: 'https://integration.rsompay.com/api/external/v1/transactions',
		qs: { page: 1 },
		headers: { Accept: 'application/json', Authorization: 'Basic of another client' },
	};
	const secrets = {
		apiToken: 'token',
		signingSecret: 'current',
		previousSigningSecret: 'previous',
	};

	expect(await credential.authenticate(secrets, request)).toStrictEqual({
		...request,
		headers: { Accept: 'application/json', Authorization: 'Bearer token' },
	});
	expect(await credential.authenticate(secrets, { url: request.url })).toStrictEqual({
		url: request.url,
		headers: { Authorization: 'Bearer token' },
	});
	expect(request.headers.Authorization).toBe('Basic of another client');
});
