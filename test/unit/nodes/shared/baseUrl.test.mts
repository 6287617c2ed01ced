import fc from 'fast-check';

import { baseUrlSchema } from '../../../../nodes/shared/baseUrl.ts';

test.each([
	['http://127.0.0.1:4010/v1', 'http://127.0.0.1:4010/v1'],
	[' https://partner.example.com/v1// ', 'https://partner.example.com/v1'],
	['https://partner.example.com/', 'https://partner.example.com'],
	['HTTPS://partner.example.com', 'HTTPS://partner.example.com'],
])('%j is an address', (written, address) => {
	expect(baseUrlSchema.parse(written)).toBe(address);
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
])('%j is none', (written) => {
	expect(baseUrlSchema.safeParse(written).success).toBe(false);
});

test('never ends with a slash', () => {
	fc.assert(
		fc.property(fc.domain(), fc.nat(3), (domain, slashes) => {
			const address = `https://${domain}`;
			expect(baseUrlSchema.parse(address + '/'.repeat(slashes))).toBe(address);
		}),
	);
});
