import { BlockList, isIP } from 'node:net';

const unreachable = new BlockList();
for (const [network, prefix] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['224.0.0.0', 3],
] as const) {
	unreachable.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
	['::', 128],
	['::1', 128],
	['fc00::', 7],
	['fe80::', 10],
	['ff00::', 8],
] as const) {
	unreachable.addSubnet(network, prefix, 'ipv6');
}

/**
 * Whether the host of a URL looks public: not a loopback, private or reserved address, not a name
 * without a public suffix. Does not resolve names.
 */
export function isPublicHost({ hostname }: URL): boolean {
	const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
	const version = isIP(host);
	if (version !== 0) return !unreachable.check(host, version === 4 ? 'ipv4' : 'ipv6');
	return host.includes('.') && !/\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}
