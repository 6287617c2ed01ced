import { createHmac } from 'node:crypto';

/** How a signature is written into its header. */
export type SignatureFormat = {
	/** Default `sha256`. */
	algorithm?: 'sha256' | 'sha512';
	/** Default `hex`; `HEX` is upper-case. */
	encoding?: 'hex' | 'HEX' | 'base64';
	/** Put before it, e.g. `sha256=`. Default nothing. */
	prefix?: string;
};

/** The HMAC over the raw bytes of a webhook's body, as X-Rsom-Signature carries it (guide §7.5). */
export function signBody(
	rawBody: string | Buffer,
	secret: string,
	{ algorithm = 'sha256', encoding = 'hex', prefix = '' }: SignatureFormat = {},
): string {
	const digest = createHmac(algorithm, secret).update(rawBody).digest();
	if (encoding === 'base64') return prefix + digest.toString('base64');
	const hex = digest.toString('hex');
	return prefix + (encoding === 'HEX' ? hex.toUpperCase() : hex);
}
