import fc from 'fast-check';

import { whyNotPublicHttps, whyNotWebAddress } from '../../../../nodes/shared/publicUrl.ts';

const NOT_HTTPS = 'must begin with https://';
const NO_ADDRESS = 'must be a whole address that begins with https://';
const WITH_USER = 'must not have a user name or password in it';
const notReachable = (host: string) => `must be reachable from the internet, which ${host} is not`;

describe('whyNotPublicHttps accepts the public address', () => {
	test.each([
		'https://partner.example.com/webhooks/rsom',
		'https://partner.example.com',
		'https://partner.example.com./hook',
		'https://partner.example.com:8443/hook?a=1&b=2#c',
		'HTTPS://PARTNER.EXAMPLE.COM/hook',
		'https://xn--mgbh0fb.example.com/hook',
		'https://مثال.example.com/خطاف',
		'https://localhost.example.com/hook',
		'https://my-localhost.com',
		'https://test.com',
		'https://internal.io',
		'https://8.8.8.8/hook',
		'https://9.255.255.255',
		'https://11.0.0.0',
		'https://100.63.255.255',
		'https://100.128.0.0',
		'https://126.255.255.255',
		'https://128.0.0.0',
		'https://169.253.255.255',
		'https://169.255.0.0',
		'https://172.15.255.255',
		'https://172.32.0.0',
		'https://192.0.1.0',
		'https://192.0.3.0',
		'https://192.167.255.255',
		'https://192.169.0.0',
		'https://198.17.255.255',
		'https://198.20.0.0',
		'https://198.51.99.255',
		'https://198.51.101.0',
		'https://203.0.112.255',
		'https://203.0.114.0',
		'https://223.255.255.255',
		'https://[2606:4700::1111]',
		'https://[2001:4860:4860::8888]/hook',
		'https://[2001:db9::1]',
		'https://[3ffe:ffff::1]',
		'https://[2400:db8::1]',
		'https://[::ffff:8.8.8.8]',
		'https://[::ffff:192.0.3.1]',
		'https://[64:ff9b::808:808]',
		'https://[64:ff9b::808:a]',
		'https://[2002:808:808::1]',
		'https://[2002:c000:301::1]',
	])('%s', (url) => {
		expect(whyNotPublicHttps(url)).toBeUndefined();
	});
});

describe('whyNotPublicHttps rejects a URL that is not HTTPS', () => {
	test.each([
		['http://partner.example.com', NOT_HTTPS],
		['ftp://partner.example.com', NOT_HTTPS],
		['wss://partner.example.com', NOT_HTTPS],
		['javascript:alert(1)', NO_ADDRESS],
		['', NO_ADDRESS],
		['partner.example.com', NO_ADDRESS],
		['/hook', NO_ADDRESS],
		['//partner.example.com/hook', NO_ADDRESS],
		['https://', NO_ADDRESS],
		['https://exa mple.com', NO_ADDRESS],
		['https://256.1.1.1', NO_ADDRESS],
		['https://[::1', NO_ADDRESS],
		['https://[1::2::3]', NO_ADDRESS],
		['https://partner.example.com:99999', NO_ADDRESS],
		['https://user@partner.example.com', WITH_USER],
		['https://:secret@partner.example.com', WITH_USER],
		['https://partner.example.com@8.8.8.8', WITH_USER],
	])('%j', (url, reason) => {
		expect(whyNotPublicHttps(url)).toBe(reason);
	});

	// The URL parser repairs these silently, but they are sent as typed.
	test.each([
		'https:partner.example.com/hook',
		'https:/partner.example.com/hook',
		'https:\\\\partner.example.com\\hook',
		'https://partner.example.com/a hook',
		'https://partner.exam\nple.com/hook',
		'https://partner.example.com/ho\tok',
		' https://partner.example.com/hook',
		'https://partner.example.com/hook\n',
	])('%j', (url) => {
		expect(whyNotPublicHttps(url)).toBeDefined();
	});
});

describe('whyNotPublicHttps rejects the local host name', () => {
	test.each([
		'localhost',
		'LOCALHOST',
		'localhost.',
		'app.localhost',
		'intranet',
		'n8n',
		'printer.local',
		'n8n.internal',
		'host.docker.internal',
		'nas.lan',
		'nas.home',
		'router.home.arpa',
		'server.corp',
		'server.intranet',
		'a.localdomain',
		'partner.test',
		'partner.invalid',
		'partner.example',
		'Printer.Local.',
		'1.2.3.4.local',
		'%6cocalhost',
		'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
		'localhost..',
		'printer.local..',
	])('%s', (host) => {
		expect(whyNotPublicHttps(`https://${host}/hook`)).toContain('must be reachable');
	});

	test('and shows it as the URL parser read it', () => {
		expect(whyNotPublicHttps('https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ')).toBe(notReachable('localhost'));
	});
});

describe('whyNotPublicHttps rejects the private IPv4 address', () => {
	test.each([
		'0.0.0.0',
		'0.255.255.255',
		'10.0.0.0',
		'10.255.255.255',
		'100.64.0.0',
		'100.127.255.255',
		'127.0.0.1',
		'127.255.255.255',
		'169.254.0.0',
		'169.254.169.254',
		'172.16.0.0',
		'172.31.255.255',
		'192.0.0.0',
		'192.0.0.255',
		'192.0.2.0',
		'192.0.2.255',
		'192.168.0.0',
		'192.168.255.255',
		'198.18.0.0',
		'198.19.255.255',
		'198.51.100.0',
		'198.51.100.255',
		'203.0.113.0',
		'203.0.113.255',
		'224.0.0.1',
		'239.255.255.255',
		'240.0.0.1',
		'255.255.255.255',
	])('%s', (host) => {
		expect(whyNotPublicHttps(`https://${host}:8443/hook`)).toBe(notReachable(host));
	});

	test.each([
		['2130706433', '127.0.0.1'],
		['0x7f000001', '127.0.0.1'],
		['0x7f.1', '127.0.0.1'],
		['017700000001', '127.0.0.1'],
		['0177.0.0.1', '127.0.0.1'],
		['127.1', '127.0.0.1'],
		['127.0.0.1.', '127.0.0.1'],
		['10.1', '10.0.0.1'],
		['192.168.257', '192.168.1.1'],
		['0', '0.0.0.0'],
		['①②⑦.0.0.1', '127.0.0.1'],
		['１９２.１６８.０.１', '192.168.0.1'],
		['%31%32%37.0.0.1', '127.0.0.1'],
		['127。0。0。1', '127.0.0.1'],
	])('%s, which the URL parser reads as %s', (host, address) => {
		expect(whyNotPublicHttps(`https://${host}/`)).toBe(notReachable(address));
	});

	/** Addresses in the range of a private network, as 32-bit numbers. */
	const privateAddress = fc
		.constantFrom<[number, number]>(
			[0x0a000000, 8],
			[0x7f000000, 8],
			[0xac100000, 12],
			[0xc0a80000, 16],
			[0xa9fe0000, 16],
			[0x64400000, 10],
			[0x00000000, 8],
			[0xe0000000, 4],
			[0xf0000000, 4],
		)
		.chain(([start, length]) => fc.nat(2 ** (32 - length) - 1).map((offset) => start + offset));

	const bytes = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);

	const hexGroups = (address: number) =>
		`${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;

	const NOTATIONS: Record<string, (address: number) => string> = {
		dotted: (address) => bytes(address).join('.'),
		'with a trailing dot': (address) => `${bytes(address).join('.')}.`,
		'one number': (address) => String(address),
		hexadecimal: (address) => `0x${address.toString(16)}`,
		'octal bytes': (address) =>
			bytes(address)
				.map((byte) => `0${byte.toString(8)}`)
				.join('.'),
		'three parts': (address) => {
			const [first, second] = bytes(address);
			return `${first}.${second}.${address & 0xffff}`;
		},
		'mapped to IPv6': (address) => `[::ffff:${bytes(address).join('.')}]`,
		'mapped in hexadecimal': (address) => `[0:0:0:0:0:ffff:${hexGroups(address)}]`,
		'compatible with IPv6': (address) => `[::${hexGroups(address)}]`,
		translated: (address) => `[64:ff9b::${hexGroups(address)}]`,
		'tunnelled (6to4)': (address) => `[2002:${hexGroups(address)}::1]`,
	};

	test.each(Object.entries(NOTATIONS))('in any notation: %s', (_, write) => {
		fc.assert(
			fc.property(privateAddress, (address) => {
				expect(whyNotPublicHttps(`https://${write(address)}/hook`)).toContain('must be reachable');
			}),
			{ numRuns: 300 },
		);
	});
});

describe('whyNotPublicHttps rejects the private IPv6 address', () => {
	test.each([
		'[::]',
		'[::1]',
		'[fc00::1]',
		'[fd12:3456:789a::1]',
		'[fe80::1]',
		'[febf::1]',
		'[fec0::1]',
		'[ff02::1]',
		'[100::1]',
		'[1fff::1]',
		'[4000::1]',
		'[2001:db8::1]',
		'[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]',
		'[::ffff:127.0.0.1]',
		'[::ffff:0:127.0.0.1]',
		'[::127.0.0.1]',
		'[::fffe:8.8.8.8]',
		'[0:0:0:0:1:ffff:808:808]',
		'[64:ff9b::10.0.0.1]',
		'[64:ff9b:1::808:808]',
		'[64:ff9b::1:808:808]',
		'[64:ff9c::808:808]',
		'[2002:7f00:1::]',
		'[2002:c000:201::1]',
		'[::ffff:192.0.2.1]',
		'[1::ffff:808:808]',
		'[65:ff9b::808:808]',
	])('%s', (host) => {
		expect(whyNotPublicHttps(`https://${host}/hook`)).toContain('must be reachable');
	});
});

test('whyNotPublicHttps accepts or rejects any text without throwing', () => {
	const urls = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc.webUrl(),
		fc.string({ unit: 'grapheme' }).map((host) => `https://${host}/`),
		fc.ipV6().map((address) => `https://[${address}]`),
	);
	fc.assert(
		fc.property(urls, (url) => {
			const reason = whyNotPublicHttps(url);
			expect(reason === undefined || reason.startsWith('must')).toBe(true);
			if (reason === undefined) expect(url).toMatch(/^https:\/\//i);
		}),
		{ numRuns: 1_000 },
	);
});

describe('whyNotWebAddress', () => {
	test.each([
		'https://partner.example.com',
		'https://partner.example.com/payment/return?a=1&b=2#c',
		'HTTPS://PARTNER.EXAMPLE.COM',
		'http://localhost:5678/webhook',
		'http://127.0.0.1',
		'https://[::1]:8443/',
		'https://مثال.example.com/خطاف',
	])('accepts %s', (url) => {
		expect(whyNotWebAddress(url)).toBeUndefined();
	});

	test.each([
		'',
		'javascript:alert(1)',
		'JavaScript:alert(1)//https://partner.example.com',
		'data:text/html,<script>alert(1)</script>',
		'vbscript:x',
		'file:///etc/passwd',
		'ftp://partner.example.com',
		'mailto:customer@example.com',
		'ftp://partner.example.com/https://partner.example.com',
		'ftp://https://partner.example.com',
		'//partner.example.com',
		'/payment/return',
		'partner.example.com',
		'https',
		'https:',
		'https://',
		'https:///partner.example.com',
		'https:/partner.example.com',
		'https:partner.example.com',
		'https:\\\\partner.example.com',
		'https:// partner.example.com',
		'https://exa mple.com',
		'https://%00',
		'https://[::1',
		'https://partner.example.com:99999',
		' https://partner.example.com',
		'\nhttps://partner.example.com',
		'java\nscript:https://partner.example.com',
		'https://\\\\partner.example.com',
		'https://partner.example.com\n.example.org/',
		'https://partner.example.com/a page',
		'https://partner.example.com\\\\@example.org',
	])('rejects %j', (url) => {
		expect(whyNotWebAddress(url)).toBe(NO_ADDRESS);
	});

	test('accepts only what a browser opens over HTTP or HTTPS', () => {
		const urls = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.webUrl(),
			fc
				.tuple(
					fc.constantFrom('https:', 'http:', 'javascript:', 'data:', 'blob:', 'https', ''),
					fc.constantFrom('//', '/', '', '\\\\', '///'),
					fc.string(),
				)
				.map((parts) => parts.join('')),
		);
		fc.assert(
			fc.property(urls, (url) => {
				const reason = whyNotWebAddress(url);
				if (reason === undefined) expect(new URL(url).protocol).toMatch(/^https?:$/);
				else expect(reason).toBe(NO_ADDRESS);
				// A URL that RsomPay can call can also be opened in a browser.
				if (whyNotPublicHttps(url) === undefined) expect(reason).toBeUndefined();
			}),
			{ numRuns: 1_000 },
		);
	});
});
