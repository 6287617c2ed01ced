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
])('%s is at its address, whatever stands in Base URL', (environment, baseUrl) => {
	const expected = { baseUrl, isRsomPay: true };

	expect(connectionOf({ environment, baseUrl: '', apiToken: 'x' })).toStrictEqual(expected);
	expect(connectionOf({ environment, baseUrl: 'http://127.0.0.1' })).toStrictEqual(expected);
});

test.each([
	['http://127.0.0.1:4010/api/external/v1', 'http://127.0.0.1:4010/api/external/v1'],
	[' https://partner.example.com/v1// ', 'https://partner.example.com/v1'],
	['HTTPS://partner.example.com', 'HTTPS://partner.example.com'],
])('custom is at %j', (written, baseUrl) => {
	expect(custom(written)).toStrictEqual({ baseUrl, isRsomPay: false });
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
])('custom cannot be at %j', (written) => {
	expect(custom(written)).toBeUndefined();
});

test.each([[undefined], [null], [{}], ['production'], [{ environment: 'staging' }]])(
	'%j is no credential',
	(credential) => {
		expect(connectionOf(credential)).toBeUndefined();
	},
);

test('never throws, and never gives a trailing slash', () => {
	const written = fc.oneof(
		fc.string(),
		fc.webUrl().map((url) => `${url}//`),
		fc.anything(),
	);
	fc.assert(
		fc.property(written, (value) => {
			expect(custom(value)?.baseUrl ?? 'none').toMatch(/[^/]$/);
		}),
	);
});

test('the rule shows an address that keeps it', () => {
	expect(custom(/https:\S+/.exec(BASE_URL_RULE)?.[0])).toBeDefined();
});

test.each(['token', ' token\n'])('%j signs in without the white space around it', (apiToken) => {
	expect(authorizationOf({ apiToken })).toBe('Bearer token');
});

test.each([[{ apiToken: 5 }], [{}], [undefined]])('nobody signs in with %j', (credential) => {
	expect(() => authorizationOf(credential)).toThrow();
});
