const PRIVATE_NAMES =
	/(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|test|invalid|example|home\.arpa)$/;

/** IPv4 ranges that are not reachable from the internet: first address and prefix length. */
const PRIVATE_IPV4: ReadonlyArray<readonly [string, number]> = [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 3],
];

const NOT_A_URL = 'must be a whole address that begins with https://';

/**
 * Says why a text is not a web URL.
 *
 * @returns what is wrong, to be read after the field's label, or `undefined` when nothing is
 */
export function whyNotWebAddress(url: string): string | undefined {
	return /^https?:/i.test(url) && isAbsolute(url) ? undefined : NOT_A_URL;
}

/**
 * Says why a URL cannot be called from the internet over HTTPS. Looks at the host's name alone, and
 * looks up nothing.
 *
 * @param url what should be an absolute URL
 * @returns what is wrong, to be read after the field's label, or `undefined` when nothing is
 */
export function whyNotPublicHttps(url: string): string | undefined {
	const parsed = isAbsolute(url) ? new URL(url) : undefined;
	if (!parsed) return NOT_A_URL;
	if (parsed.protocol !== 'https:') return 'must begin with https://';
	if (parsed.username !== '' || parsed.password !== '') {
		return 'must not have a user name or password in it';
	}
	if (!isPublicHost(parsed.hostname)) {
		return `must be reachable from the internet, which ${parsed.hostname} is not`;
	}
	return undefined;
}

// The URL parser has converted every notation of an IPv4 address to the dotted one.
function isPublicHost(hostname: string): boolean {
	if (hostname.startsWith('[')) return isPublicIpv6(hostname.slice(1, -1));
	const name = hostname.replace(/\.+$/, '').toLowerCase();
	if (/^\d+(\.\d+){3}$/.test(name)) return isPublicIpv4(ipv4Bits(name));
	return name.includes('.') && !PRIVATE_NAMES.test(name);
}

function ipv4Bits(address: string): number {
	return address.split('.').reduce((bits, part) => bits * 256 + Number(part), 0);
}

function isPublicIpv4(bits: number): boolean {
	return !PRIVATE_IPV4.some(([start, length]) => {
		const size = 2 ** (32 - length);
		return Math.floor(bits / size) === Math.floor(ipv4Bits(start) / size);
	});
}

function isPublicIpv6(address: string): boolean {
	const groups = ipv6Groups(address);
	const [first = 0, second = 0] = groups;
	const embedded = (groups[6] ?? 0) * 65_536 + (groups[7] ?? 0);
	const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
	const isTranslated =
		first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
	if (isMapped || isTranslated) return isPublicIpv4(embedded);
	// 6to4 contains an IPv4 address after its prefix.
	if (first === 0x2002) return isPublicIpv4(second * 65_536 + (groups[2] ?? 0));
	// Only 2000::/3 is assigned to the internet. 2001:db8::/32 in it is for documentation.
	return (first & 0xe000) === 0x2000 && !(first === 0x2001 && second === 0xdb8);
}

// The URL parser prints IPv6 in canonical form: groups of hex digits, at most one `::`.
function ipv6Groups(address: string): number[] {
	const [head = '', tail] = address.split('::');
	const parse = (part: string) =>
		part
			.split(':')
			.filter(Boolean)
			.map((group) => parseInt(group, 16));
	if (tail === undefined) return parse(head);
	const [front, back] = [parse(head), parse(tail)];
	return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
}

// The URL parser repairs what other parsers reject, such as a missing slash or a space inside.
function isAbsolute(url: string): boolean {
	return /^[a-z]+:\/\/[^\s\\/][^\s\\]*$/i.test(url) && URL.canParse(url);
}
