import {
	CREDENTIAL_BLANKING_VALUE,
	CREDENTIAL_EMPTY_VALUE,
	type INodeParameters,
	NodeHelpers,
} from 'n8n-workflow';

import { RsomPayApi } from '../../../credentials/RsomPayApi.credentials.ts';

const credential = new RsomPayApi();

const property = (name: string) => credential.properties.find((found) => found.name === name);

/** The names of the fields, without the notice, which n8n saves nothing for. */
const names = () => [
	...new Set(credential.properties.filter(({ type }) => type !== 'notice').map(({ name }) => name)),
];

/** The fields that n8n's editor shows for a saved credential. */
const shownFor = (saved: INodeParameters) => {
	const defaults = Object.fromEntries(
		credential.properties.map(({ name, default: value }) => [name, value]),
	);
	return credential.properties
		.filter(
			(found) =>
				found.type !== 'hidden' &&
				NodeHelpers.displayParameterPath({ ...defaults, ...saved }, found, '', null, null),
		)
		.map(({ name }) => name);
};

test('has the name and the fields that saved credentials use', () => {
	expect(credential.name).toBe('rsomPayApi');
	expect(names()).toStrictEqual([
		'environment',
		'baseUrl',
		'apiToken',
		'signingSecret',
		'advanced',
		'previousSigningSecret',
		'signatureAlgorithm',
	]);
});

test('masks every secret and nothing else', () => {
	const masked = credential.properties.filter(({ typeOptions }) => typeOptions?.password === true);

	expect([...new Set(masked.map(({ name }) => name))]).toStrictEqual([
		'apiToken',
		'signingSecret',
		'previousSigningSecret',
	]);
	for (const { default: value } of masked) expect(value).toBe('');
	// n8n looks for the first definition of a field.
	for (const { name } of masked) expect(property(name)?.typeOptions?.password).toBe(true);
});

test.each([
	['a new credential', {}, []],
	[
		'a credential whose editor shows all',
		{ advanced: true },
		['previousSigningSecret', 'signatureAlgorithm'],
	],
	[
		'a saved previous secret',
		{ previousSigningSecret: CREDENTIAL_BLANKING_VALUE },
		['previousSigningSecret'],
	],
	['an emptied previous secret', { previousSigningSecret: CREDENTIAL_EMPTY_VALUE }, []],
	['another algorithm', { signatureAlgorithm: 'sha512' }, ['signatureAlgorithm']],
])('shows what is in force: %s', (_, saved, advanced) => {
	expect(shownFor({ signingSecret: 'secret', ...saved })).toStrictEqual([
		...['environment', 'apiToken', 'signingSecret', 'advanced'],
		...advanced,
	]);
});

test.each([
	{},
	{ previousSigningSecret: 'previous', signatureAlgorithm: 'sha512' },
	{ advanced: true, previousSigningSecret: 'previous' },
	{ advanced: true, signatureAlgorithm: 'sha512' },
])('keeps the values behind Advanced when n8n reads and saves them: %j', (saved) => {
	const read = (withDefaults: boolean) =>
		NodeHelpers.getNodeParameters(credential.properties, saved, withDefaults, false, null, null);

	expect(read(true)).toMatchObject({
		advanced: false,
		previousSigningSecret: '',
		signatureAlgorithm: 'sha256',
		...saved,
	});
	expect(read(false)).toStrictEqual(saved);
});

test.each([
	[{}, true],
	[{ signingSecret: CREDENTIAL_EMPTY_VALUE }, true],
	[{ signingSecret: CREDENTIAL_BLANKING_VALUE }, false],
	[{ signingSecret: 'secret' }, false],
])('says that no signing secret is there (%j): %s', (saved, isMissing) => {
	expect(shownFor(saved).includes('webhookNotice')).toBe(isMissing);
});

// From rules of `show`, n8n before 2.41 concludes that its public API requires the field.
test('has no rule by which the public API would require a field that the editor hides', () => {
	expect(
		credential.properties
			.filter(({ displayOptions }) => displayOptions?.show)
			.map(({ name }) => name),
	).toStrictEqual(['baseUrl']);
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

test('requires the token, but not the signing secret, and shows where to get them', () => {
	expect(property('apiToken')?.required).toBe(true);
	expect(property('signingSecret')?.required).toBeUndefined();
	expect(property('apiToken')?.hint).toContain('client-external-api');
	expect(property('signingSecret')?.hint).toContain('with the token');
	expect(property('webhookNotice')?.displayName).toContain('RsomPay Trigger');
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
