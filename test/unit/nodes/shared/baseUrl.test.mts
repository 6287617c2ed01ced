import fc from 'fast-check';

import { baseUrlSchema } from '../../../../nodes/shared/baseUrl.ts';

test.each([
	['http://127.0.0.1:4010/v1', 'http://127.0.0.1:4010/v1'],
	[' https://partner.example.com/v1// ', 'https://partner.example.com/v1'],
	['https://partner.example.com/', 'https://partner.example.com'],
	['HTTPS://partner.example.com', 'HTTPS://partner.example.com'],
])('accepts %j', (input, baseUrl) => {
	expect(baseUrlSchema.parse(input)).toBe(baseUrl);
});

test.each([
	[''],
	['partner.example.com'],
	['ftp://partner.example.com'],
	['https://'],
	['https:///v1'],
	['https://partner.example.com/v1?key=1'],
	['https://partner.example.com?key=1'],
	['https://partner.example.com/v1#top'],
	['https://token@partner.example.com/v1'],
	['https://partner.example.com/a b'],
	['https://partner.example.com/v1\nhttps://127.0.0.1'],
	['see https://partner.example.com'],
	['//partner.example.com'],
	[undefined],
	[null],
	[5],
])('rejects %j', (input) => {
	expect(baseUrlSchema.safeParse(input).success).toBe(false);
});

test('removes all trailing slashes', () => {
	fc.assert(
		fc.property(fc.domain(), fc.nat(3), (domain, slashes) => {
			const baseUrl = `https://${domain}`;
			expect(baseUrlSchema.parse(baseUrl + '/'.repeat(slashes))).toBe(baseUrl);
		}),
	);
});
