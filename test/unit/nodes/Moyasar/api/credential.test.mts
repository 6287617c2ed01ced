import fc from 'fast-check';

import {
	authorizationOf,
	BASE_URL,
	baseUrlOf,
} from '../../../../../nodes/Moyasar/api/credential.ts';
import { inputErrorsOf } from '../../../support.mts';

const KEY = 'sk_test_1';

const errorsFor = (credential: unknown) => inputErrorsOf(() => baseUrlOf(credential));

const EMPTY_KEY = "The credential's 'Secret Key' is empty";
const PUBLISHABLE_KEY =
	"The credential's 'Secret Key' is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard";
const INVALID_URL = `The credential's 'Base URL' must be a whole address such as ${BASE_URL}`;

test('BASE_URL is the documented address of the API', () => {
	expect(BASE_URL).toBe('https://api.moyasar.com/v1');
});

test.each([
	[BASE_URL, BASE_URL],
	[' http://127.0.0.1:4010/moyasar/v1// ', 'http://127.0.0.1:4010/moyasar/v1'],
	['HTTPS://partner.example.com', 'HTTPS://partner.example.com'],
])('baseUrlOf reads the base URL %j', (input, baseUrl) => {
	expect(baseUrlOf({ secretKey: KEY, baseUrl: input })).toBe(baseUrl);
});

test.each<[unknown, string[]]>([
	[{ secretKey: '', baseUrl: BASE_URL }, [EMPTY_KEY]],
	[{ secretKey: ' \n', baseUrl: BASE_URL }, [EMPTY_KEY]],
	[{ secretKey: 5, baseUrl: BASE_URL }, [EMPTY_KEY]],
	[{ baseUrl: BASE_URL }, [EMPTY_KEY]],
	[{ secretKey: 'pk_test_1', baseUrl: BASE_URL }, [PUBLISHABLE_KEY]],
	[{ secretKey: ' pk_live_1', baseUrl: BASE_URL }, [PUBLISHABLE_KEY]],
	[{ secretKey: KEY, baseUrl: '' }, [INVALID_URL]],
	[{ secretKey: KEY }, [INVALID_URL]],
	[{ secretKey: KEY, baseUrl: 'api.moyasar.com/v1' }, [INVALID_URL]],
	[{ secretKey: KEY, baseUrl: 'https://sk_test_1@api.moyasar.com/v1' }, [INVALID_URL]],
	[{ secretKey: 'pk_test_1', baseUrl: 'moyasar' }, [PUBLISHABLE_KEY, INVALID_URL]],
	[{}, [EMPTY_KEY, INVALID_URL]],
	[undefined, [EMPTY_KEY, INVALID_URL]],
])('baseUrlOf rejects %j', (credential, messages) => {
	expect(errorsFor(credential)).toStrictEqual(messages);
});

test.each([
	[{ secretKey: '', baseUrl: BASE_URL }, 'credential-invalid'],
	[{ secretKey: 'pk_test_1', baseUrl: 'moyasar' }, 'credential-invalid'],
	[{ secretKey: KEY, baseUrl: 'moyasar' }, 'configuration-invalid'],
])('baseUrlOf says whether the key or the address is wrong: %j', async (credential, cause) => {
	const read = async () => await Promise.resolve(baseUrlOf(credential));

	await expect(read()).rejects.toMatchObject({ failure: { cause } });
});

test('baseUrlOf accepts a secret key that contains "pk_"', () => {
	expect(errorsFor({ secretKey: 'sk_test_pk_1', baseUrl: BASE_URL })).toStrictEqual([]);
});

test('baseUrlOf never shows the key in an error', () => {
	fc.assert(
		fc.property(fc.stringMatching(/^[a-z0-9]{12,}$/), (rest) => {
			expect(errorsFor({ secretKey: `pk_live_${rest}`, baseUrl: '' }).join()).not.toContain(rest);
		}),
	);
});

test.each([KEY, ` ${KEY}\n`])(
	'authorizationOf sends %j as a user name without a password',
	(secretKey) => {
		expect(authorizationOf({ secretKey })).toBe('Basic c2tfdGVzdF8xOg==');
	},
);

test.each([[{ secretKey: 5 }], [{}], [undefined]])(
	'authorizationOf throws for %j',
	(credential) => {
		expect(() => authorizationOf(credential)).toThrow();
	},
);
