import { createHmac } from 'node:crypto';
import { signBody } from '../../../simulator/index.mts';

/** RFC 4231, test case 2. */
const SECRET = 'Jefe';
const BODY = 'what do ya want for nothing?';
const SHA256 = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
const SHA512 =
	'164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737';

describe('signBody', () => {
	test('is lower-case hex HMAC-SHA256 by default', () => {
		expect(signBody(BODY, SECRET)).toBe(SHA256);
	});

	test.each([
		[{ algorithm: 'sha512' as const }, SHA512],
		[{ encoding: 'HEX' as const }, SHA256.toUpperCase()],
		[{ encoding: 'base64' as const }, Buffer.from(SHA256, 'hex').toString('base64')],
		[{ prefix: 'sha256=' }, `sha256=${SHA256}`],
	])('signs as %j', (format, expected) => {
		expect(signBody(BODY, SECRET, format)).toBe(expected);
	});

	test('signs the bytes, not their text', () => {
		const bytes = Buffer.from([0xff, 0xfe, 0x00]);
		expect(signBody(bytes, SECRET)).toBe(createHmac('sha256', SECRET).update(bytes).digest('hex'));
	});
});
