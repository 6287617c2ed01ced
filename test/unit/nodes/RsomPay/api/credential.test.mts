import fc from 'fast-check';

import {
	authorizationOf,
	BASE_URL_RULE,
	connectionOf,
} from '../../../../../nodes/RsomPay/api/credential.ts';

const custom = (baseUrl: unknown) => connectionOf({ environment: 'custom', baseUrl });

test.each([
	['production', 'https://integration.rsompay.com/api/external/v1'],
	['sandbox', 'https://demo-integration.rsompay.com/api/external/v1'],
])('%s has its own base URL and ignores the field Base URL', (environment, baseUrl) => {
	const expected = { baseUrl, isRsomPay: true };

	expect(connectionOf({ environment, baseUrl: '', apiToken: 'x' })).toStrictEqual(expected);
	expect(connectionOf({ environment, baseUrl: 'http://127.0.0.1' })).toStrictEqual(expected);
});

test.each([
	['http://127.0.0.1:4010/api/external/v1', 'http://127.0.0.1:4010/api/external/v1'],
	[' https://partner.example.com/v1// ', 'https://partner.example.com/v1'],
	['HTTPS://partner.example.com', 'HTTPS://partner.example.com'],
])('custom uses the base URL %j', (input, baseUrl) => {
	expect(custom(input)).toStrictEqual({ baseUrl, isRsomPay: false });
});

test.each([
	[''],
	['partner.example.com'],
	['ftp://partner.example.com'],
	['https://'],
	['https:///v1'],
	['https:// '],
	['https://partner.example.com/v1?key=1'],
	['https://partner.example.com/v1#top'],
	['https://token@partner.example.com/v1'],
	['https://partner.example.com/a b'],
	['see https://partner.example.com'],
	['//partner.example.com'],
	[undefined],
	[null],
	[5],
])('custom rejects the base URL %j', (input) => {
	expect(custom(input)).toBeUndefined();
});

test.each([[undefined], [null], [{}], ['production'], [{ environment: 'staging' }]])(
	'connectionOf returns undefined for %j',
	(credential) => {
		expect(connectionOf(credential)).toBeUndefined();
	},
);

test('connectionOf never throws and never returns a trailing slash', () => {
	const inputs = fc.oneof(
		fc.string(),
		fc.webUrl().map((url) => `${url}//`),
		fc.anything(),
	);
	fc.assert(
		fc.property(inputs, (value) => {
			expect(custom(value)?.baseUrl ?? 'none').toMatch(/[^/]$/);
		}),
	);
});

test('BASE_URL_RULE shows an example that is valid', () => {
	expect(custom(/https:\S+/.exec(BASE_URL_RULE)?.[0])).toBeDefined();
});

test.each(['token', ' token\n'])(
	'authorizationOf sends %j without the white space around it',
	(apiToken) => {
		expect(authorizationOf({ apiToken })).toBe('Bearer token');
	},
);

test.each([[{ apiToken: 5 }], [{}], [undefined]])('authorizationOf throws for %j', (credential) => {
	expect(() => authorizationOf(credential)).toThrow();
});
