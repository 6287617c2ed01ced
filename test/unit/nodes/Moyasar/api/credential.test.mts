import fc from 'fast-check';

import {
	authorizationOf,
	BASE_URL,
	baseUrlOf,
} from '../../../../../nodes/Moyasar/api/credential.ts';
import { inputErrorsOf } from '../../../support.mts';

const KEY = 'sk_test_1';

const problems = (credential: unknown) => inputErrorsOf(() => baseUrlOf(credential));

const EMPTY = "The credential's 'Secret Key' is empty";
const PUBLISHABLE =
	"The credential's 'Secret Key' is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard";
const ADDRESS = `The credential's 'Base URL' must be a whole address such as ${BASE_URL}`;

test('the API is where its documentation says', () => {
	expect(BASE_URL).toBe('https://api.moyasar.com/v1');
});

test.each([
	[BASE_URL, BASE_URL],
	[' http://127.0.0.1:4010/moyasar/v1// ', 'http://127.0.0.1:4010/moyasar/v1'],
	['HTTPS://partner.example.com', 'HTTPS://partner.example.com'],
])('a credential for %j', (written, baseUrl) => {
	expect(baseUrlOf({ secretKey: KEY, baseUrl: written })).toBe(baseUrl);
});

test.each<[unknown, string[]]>([
	[{ secretKey: '', baseUrl: BASE_URL }, [EMPTY]],
	[{ secretKey: ' \n', baseUrl: BASE_URL }, [EMPTY]],
	[{ secretKey: 5, baseUrl: BASE_URL }, [EMPTY]],
	[{ baseUrl: BASE_URL }, [EMPTY]],
	[{ secretKey: 'pk_test_1', baseUrl: BASE_URL }, [PUBLISHABLE]],
	[{ secretKey: ' pk_live_1', baseUrl: BASE_URL }, [PUBLISHABLE]],
	[{ secretKey: KEY, baseUrl: '' }, [ADDRESS]],
	[{ secretKey: KEY }, [ADDRESS]],
	[{ secretKey: KEY, baseUrl: 'api.moyasar.com/v1' }, [ADDRESS]],
	[{ secretKey: KEY, baseUrl: 'https://sk_test_1@api.moyasar.com/v1' }, [ADDRESS]],
	[{ secretKey: 'pk_test_1', baseUrl: 'moyasar' }, [PUBLISHABLE, ADDRESS]],
	[{}, [EMPTY, ADDRESS]],
	[undefined, [EMPTY, ADDRESS]],
])('%j cannot work', (credential, sentences) => {
	expect(problems(credential)).toStrictEqual(sentences);
});

test('a key that merely holds "pk_" is a secret key', () => {
	expect(problems({ secretKey: 'sk_test_pk_1', baseUrl: BASE_URL })).toStrictEqual([]);
});

test('no problem tells the key', () => {
	fc.assert(
		fc.property(fc.stringMatching(/^[a-z0-9]{12,}$/), (rest) => {
			expect(problems({ secretKey: `pk_live_${rest}`, baseUrl: '' }).join()).not.toContain(rest);
		}),
	);
});

test.each([KEY, ` ${KEY}\n`])('%j signs in as a user without a password', (secretKey) => {
	expect(authorizationOf({ secretKey })).toBe('Basic c2tfdGVzdF8xOg==');
});

test.each([[{ secretKey: 5 }], [{}], [undefined]])('nobody signs in with %j', (credential) => {
	expect(() => authorizationOf(credential)).toThrow();
});
