import fc from 'fast-check';
import crypto, { createHmac } from 'node:crypto';

import {
	type SignatureInput,
	verifySignature,
} from '../../../../../nodes/RsomPay/webhook/signature.ts';

/** A body as PHP writes it: slashes and Arabic escaped, amounts with trailing zeros. */
const BODY = String.raw`{"event":"payment.completed","event_id":"550e8400-e29b-41d4-a716-446655440000","invoice":{"amount":103.50,"payment_url":"https:\/\/payment.rsompay.com\/pay\/invoice\/abc"},"customer":{"fullname":"\u0623\u062d\u0645\u062f \u0639\u0644\u064a"}}`;

const SECRET = 'whsec-rsom-7Q2f';

// Made with `openssl dgst -sha256 -hmac whsec-rsom-7Q2f`, and -sha512.
const HEX = '162efaa73a12be26ef4534248aaaf9af117328f57a6be71cd8cfdc96caa7fb55';
const BASE64 = 'Fi76pzoSvibvRTQkiqr5rxFzKPV6a+cc2M/clsqn+1U=';
const SHA512 =
	'b597fa8f4bedea6bfcaaa1d7df555b739f64a8656319527dd20bfcd8f61240f46b97458ba89565da3a5260aed0b1070e16347aa74453a3dd1d0775c455c87469';

const verify = (changes: Partial<SignatureInput> = {}) =>
	verifySignature({ rawBody: Buffer.from(BODY), header: HEX, secrets: [SECRET], ...changes });

const GENUINE = { verified: true };
const failure = (reason: string) => ({ verified: false, reason });
const WRONG = failure('wrong signature');
const MALFORMED = failure('malformed signature');

const sign = (body: Uint8Array | string, secret = SECRET, algorithm = 'sha256') =>
	createHmac(algorithm, secret).update(body).digest();

describe('accepts a signature', () => {
	test.each([
		['lower-case hex', HEX],
		['upper-case hex', HEX.toUpperCase()],
		['hex of both cases', HEX.slice(0, 32) + HEX.slice(32).toUpperCase()],
		['base64', BASE64],
		['base64 without padding', BASE64.slice(0, -1)],
		['base64url', BASE64.replace('+', '-').replace('/', '_').replace(/\+/g, '-')],
		['hex with its prefix', `sha256=${HEX}`],
		['hex with its prefix in capitals', `SHA256=${HEX.toUpperCase()}`],
		['base64 with its prefix', `sha256=${BASE64}`],
		['white space around it', ` \t${HEX} `],
		['another one before it', `${'0'.repeat(64)},${HEX}`],
		['another one after it', `${HEX}, ${'0'.repeat(64)}`],
		['other elements around it', `,, t=1, v1=x, sha256=${BASE64} ,`],
		['several headers', ['0'.repeat(64), HEX]],
	])('written as %s', (_, header) => {
		expect(verify({ header })).toStrictEqual(GENUINE);
	});

	test('of the vectors of RFC 4231', () => {
		const rawBody = 'what do ya want for nothing?';
		const vectors = {
			sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
			sha512:
				'164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
		} as const;
		for (const algorithm of ['sha256', 'sha512'] as const) {
			const header = vectors[algorithm];
			expect(verify({ rawBody, header, secrets: ['Jefe'], algorithm })).toStrictEqual(GENUINE);
		}
	});

	test('of a body that is text, bytes, empty or Arabic', () => {
		expect(verify({ rawBody: BODY })).toStrictEqual(GENUINE);
		expect(verify({ rawBody: new Uint8Array(Buffer.from(BODY)) })).toStrictEqual(GENUINE);
		expect(
			verify({
				rawBody: new Uint8Array(),
				header: '00c4bb21f5e148a37fd096490ca22111f16c5308fb025f07306e9e160b5f4648',
			}),
		).toStrictEqual(GENUINE);
		expect(
			verify({
				rawBody: Buffer.from('أحمد علي 🧾'),
				secrets: ['سر'],
				header: 'b3ca1ccf5a88b0707a8908c3dfec334783c94e47502af3c0b0ef9e0d32bd5b34',
			}),
		).toStrictEqual(GENUINE);
	});

	test('of SHA-512 only with that algorithm', () => {
		const base64 = Buffer.from(SHA512, 'hex').toString('base64');
		for (const header of [SHA512, SHA512.toUpperCase(), base64, `sha512=${SHA512}`]) {
			expect(verify({ header, algorithm: 'sha512' })).toStrictEqual(GENUINE);
			expect(verify({ header })).toStrictEqual(MALFORMED);
		}
		expect(verify({ algorithm: 'sha512' })).toStrictEqual(MALFORMED);
		expect(verify({ header: `sha256=${HEX}`, algorithm: 'sha512' })).toStrictEqual(MALFORMED);
	});

	test('made with either of two secrets', () => {
		expect(verify({ secrets: [SECRET, 'previous'] })).toStrictEqual(GENUINE);
		expect(verify({ secrets: ['current', SECRET] })).toStrictEqual(GENUINE);
		expect(verify({ secrets: ['', SECRET] })).toStrictEqual(GENUINE);
		expect(verify({ secrets: ['current', 'previous'] })).toStrictEqual(WRONG);
	});

	test('of any body, with any secret, in each encoding', () => {
		const encodings: Array<(digest: Buffer) => string> = [
			(digest) => digest.toString('hex'),
			(digest) => digest.toString('hex').toUpperCase(),
			(digest) => digest.toString('base64'),
			(digest) => digest.toString('base64url'),
		];
		fc.assert(
			fc.property(
				fc.uint8Array({ maxLength: 300 }),
				fc.string({ minLength: 1, unit: 'binary' }),
				fc.constantFrom('sha256' as const, 'sha512' as const),
				fc.constantFrom(...encodings),
				fc.constantFrom('', 'prefix'),
				(rawBody, secret, algorithm, encode, prefix) => {
					const signature = encode(sign(rawBody, secret, algorithm));
					const header = prefix === '' ? signature : `${algorithm}=${signature}`;
					expect(verify({ rawBody, header, secrets: [secret], algorithm })).toStrictEqual(GENUINE);
				},
			),
		);
	});
});

describe('without a signing secret', () => {
	test.each([[[]], [['']], [['', '']]])('rejects every signature: %j', (secrets) => {
		expect(verify({ secrets })).toStrictEqual(failure('no signing secret'));
		expect(verify({ secrets, header: undefined })).toStrictEqual(failure('no signing secret'));
	});

	test('rejects a signature made with an empty secret', () => {
		const header = sign(BODY, '').toString('hex');

		expect(verify({ header, secrets: [''] })).toStrictEqual(failure('no signing secret'));
		expect(verify({ header, secrets: ['', SECRET] })).toStrictEqual(WRONG);
	});
});

describe('rejects a signature', () => {
	test.each([[undefined], [''], ['  \t'], [[]]])('that is missing: %j', (header) => {
		expect(verify({ header })).toStrictEqual(failure('missing signature'));
	});

	test.each([
		['truncated hex', HEX.slice(0, -1)],
		['hex cut to half', HEX.slice(0, 32)],
		['hex that is too long', `${HEX}0`],
		['truncated base64', BASE64.slice(0, -4)],
		['text', 'valid'],
		['hex with another letter', `g${HEX.slice(1)}`],
		['only a prefix', 'sha256='],
		['the prefix of another algorithm', `sha512=${HEX}`],
		['an unknown prefix', `v1=${HEX}`],
		['two without a comma', `${HEX} ${HEX}`],
		['commas', ',,,'],
		['hex with white space in it', `${HEX.slice(0, 32)} ${HEX.slice(32)}`],
		['base64 with padding in its middle', `${BASE64.slice(0, 20)}=${BASE64.slice(21)}`],
		['base64 with another character in it', `${BASE64.slice(0, 20)}!${BASE64.slice(20)}`],
		['base64 with another character before it', `!${BASE64}`],
		['base64 with another character after it', `${BASE64}!`],
		['hex of hex', Buffer.from(HEX).toString('hex')],
	])('that is malformed: %s', (_, header) => {
		expect(verify({ header })).toStrictEqual(MALFORMED);
	});

	test.each([
		['zeros', '0'.repeat(64)],
		['made for another body', sign(`${BODY} `).toString('hex')],
		['made with another secret', sign(BODY, 'another').toString('hex')],
		['secret and body exchanged', sign(SECRET, BODY).toString('hex')],
	])('that is wrong: %s', (_, header) => {
		expect(verify({ header })).toStrictEqual(WRONG);
	});

	test('by a constant-time comparison alone', () => {
		const header = sign(BODY, 'another').toString('hex');
		const compare = jest.spyOn(crypto, 'timingSafeEqual').mockReturnValue(true);
		const result = verify({ header });
		compare.mockRestore();

		expect(result).toStrictEqual(GENUINE);
		expect(verify({ header })).toStrictEqual(WRONG);
	});

	test.each([
		['re-serialised', JSON.stringify(JSON.parse(BODY))],
		['with a line break at its end', `${BODY}\n`],
		['with its slashes not escaped', BODY.replaceAll(String.raw`\/`, '/')],
		['without its trailing zeros', BODY.replace('103.50', '103.5')],
		['with a byte order mark', `\uFEFF${BODY}`],
		['empty', ''],
	])('of a body %s', (_, rawBody) => {
		expect(JSON.stringify(BODY)).not.toBe(JSON.stringify(rawBody));
		expect(verify({ rawBody })).toStrictEqual(WRONG);
	});

	test('when any byte of the body is changed', () => {
		const bytes = Buffer.from(BODY);
		fc.assert(
			fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
				const rawBody = Buffer.from(bytes);
				rawBody[at] = (rawBody[at] ?? 0) ^ change;
				expect(verify({ rawBody })).toStrictEqual(WRONG);
			}),
		);
	});

	test('when any character of its hex is changed', () => {
		const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
		const hexDigit = fc.constantFrom(...'0123456789abcdefABCDEF'.split(''));
		fc.assert(
			fc.property(fc.nat(HEX.length - 1), fc.oneof(hexDigit, character), (at, changed) => {
				fc.pre(changed.toLowerCase() !== HEX[at]);
				const header = HEX.slice(0, at) + changed + HEX.slice(at + 1);
				expect(verify({ header }).verified).toBe(false);
			}),
			{ numRuns: 500 },
		);
	});

	test('when any byte of its base64 is changed', () => {
		fc.assert(
			fc.property(fc.nat(31), fc.integer({ min: 1, max: 255 }), (at, change) => {
				const digest = Buffer.from(HEX, 'hex');
				digest[at] = (digest[at] ?? 0) ^ change;
				expect(verify({ header: digest.toString('base64') })).toStrictEqual(WRONG);
			}),
		);
	});

	test('in any header, without throwing', () => {
		const text = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.string({ unit: fc.constantFrom(...'0123456789abcdefg=+/_-, '.split('')), maxLength: 140 }),
			fc.base64String({ maxLength: 100 }),
		);
		const algorithms = fc.constantFrom('sha256' as const, 'sha512' as const, undefined);
		fc.assert(
			fc.property(fc.oneof(text, fc.array(text)), algorithms, (header, algorithm) => {
				expect(verify({ header, algorithm }).verified).toBe(false);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('from code without types', () => {
	const untyped = (changes: Record<string, unknown>) => verify(changes as Partial<SignatureInput>);

	const NO_TEXTS = [5, 0, NaN, true, 5n, Symbol('x'), {}, { toString: () => HEX }, () => HEX];

	test.each([
		...NO_TEXTS,
		Buffer.from(HEX),
		[5],
		[HEX, 5],
		[[HEX]],
		[{}],
		[null],
		[undefined, HEX],
	])('a header that is no text is malformed: %p', (header) => {
		expect(untyped({ header })).toStrictEqual(MALFORMED);
	});

	test('a header of null is missing', () => {
		expect(untyped({ header: null })).toStrictEqual(failure('missing signature'));
	});

	test.each([...NO_TEXTS, undefined, null, [], [BODY], JSON.parse(BODY), new ArrayBuffer(8)])(
		'a body that is neither bytes nor text verifies nothing: %p',
		(rawBody) => {
			expect(untyped({ rawBody })).toStrictEqual(failure('no raw body'));
		},
	);

	test.each([...NO_TEXTS, undefined, null, SECRET, [5], [null], [[SECRET]], [Buffer.from(SECRET)]])(
		'secrets that are no list of texts are none: %p',
		(secrets) => {
			expect(untyped({ secrets })).toStrictEqual(failure('no signing secret'));
		},
	);

	test('a secret that is no text is skipped', () => {
		expect(untyped({ secrets: [null, 5, {}, SECRET] })).toStrictEqual(GENUINE);
		expect(untyped({ secrets: [null, 5, {}, 'another'] })).toStrictEqual(WRONG);
	});

	test.each<unknown>([
		'md5',
		'toString',
		'',
		null,
		5,
		[['sha256']],
		{},
		{ toString: 5 },
		Symbol('x'),
	])('an unknown algorithm verifies nothing: %p', (algorithm) => {
		expect(untyped({ algorithm })).toStrictEqual(MALFORMED);
	});

	test('no input verifies nothing', () => {
		for (const input of [undefined, null, 5, HEX]) {
			expect(verifySignature(input as unknown as SignatureInput).verified).toBe(false);
		}
	});

	test('any input verifies nothing, without throwing', () => {
		const part = fc.oneof(
			fc.anything({
				withBigInt: true,
				withDate: true,
				withTypedArray: true,
				withNullPrototype: true,
			}),
			fc.constantFrom(HEX, BODY, SECRET, [SECRET], 'sha256'),
		);
		const changes = fc.record(
			{ rawBody: part, header: part, secrets: part, algorithm: part },
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(changes, (values) => {
				const { rawBody = BODY, header = HEX, secrets = [SECRET] } = values;
				const isGenuine =
					rawBody === BODY && [header].flat().includes(HEX) && [secrets].flat().includes(SECRET);
				if (!isGenuine) expect(untyped(values).verified).toBe(false);
				else expect(() => untyped(values)).not.toThrow();
			}),
			{ numRuns: 2_000 },
		);
	});
});
