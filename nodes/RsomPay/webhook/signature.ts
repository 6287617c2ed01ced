import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The hash algorithms of the HMAC, with their labels in the credential and the size of their digest in
 * bytes. RsomPay uses SHA-256 unless it says otherwise. API guide: 7.5.
 */
export const SIGNATURE_ALGORITHMS = {
	sha256: { label: 'HMAC-SHA256', digestBytes: 32 },
	sha512: { label: 'HMAC-SHA512', digestBytes: 64 },
} as const;

/** The hash algorithm of the HMAC. */
export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS;

/** The algorithm of RsomPay, unless the credential says otherwise. */
export const DEFAULT_ALGORITHM: SignatureAlgorithm = 'sha256';

/** What the signature of a webhook is verified with. */
export interface SignatureInput {
	/** The bytes of the body exactly as they came, before any parsing. */
	rawBody: Uint8Array | string;
	/** The value of the `X-Rsom-Signature` header. */
	header: string | string[] | undefined;
	/** The signing secrets to try. Empty ones are skipped. */
	secrets: readonly string[];
	/** SHA-256 by default. */
	algorithm?: SignatureAlgorithm;
}

/** Why a webhook could not be verified. */
export type SignatureFailure =
	'no signing secret' | 'missing signature' | 'malformed signature' | 'wrong signature';

/** Whether a webhook is authentic. */
export type SignatureResult = { verified: true } | { verified: false; reason: SignatureFailure };

const HEX = /^[0-9a-f]+$/i;

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Verifies the signature of a webhook: an HMAC over the raw body, keyed with the signing secret alone.
 * The header may contain hex of either case, base64, a prefix such as `sha256=`, and several
 * signatures separated by commas. One matching signature is enough. The comparison is constant-time.
 * API guide: 7.5 (`X-Rsom-Signature`).
 *
 * @returns `{ verified: true }`, or `verified: false` with the reason. An unknown algorithm verifies
 * nothing: every signature is malformed for it. It throws nothing.
 */
export function verifySignature(input: SignatureInput): SignatureResult {
	const { rawBody, secrets, algorithm = DEFAULT_ALGORITHM } = input;
	if (!secrets.some(Boolean)) return { verified: false, reason: 'no signing secret' };

	const header = Array.isArray(input.header) ? input.header.join(',') : (input.header ?? '');
	if (header.trim() === '') return { verified: false, reason: 'missing signature' };

	const signatures: Buffer[] = [];
	for (const text of header.split(',')) {
		const signature = decode(text.trim(), algorithm);
		if (signature) signatures.push(signature);
	}
	if (signatures.length === 0) return { verified: false, reason: 'malformed signature' };

	for (const secret of secrets) {
		if (secret === '') continue;
		const expected = createHmac(algorithm, secret).update(rawBody).digest();
		for (const signature of signatures) {
			if (timingSafeEqual(expected, signature)) return { verified: true };
		}
	}
	return { verified: false, reason: 'wrong signature' };
}

/** Decodes one signature. `undefined` unless it has exactly the size of the algorithm's digest. */
function decode(text: string, algorithm: SignatureAlgorithm): Buffer | undefined {
	// Code without types may pass any algorithm.
	if (!Object.hasOwn(SIGNATURE_ALGORITHMS, algorithm)) return undefined;
	const { digestBytes } = SIGNATURE_ALGORITHMS[algorithm];
	const signature = text.length === digestBytes * 2 ? text : withoutPrefix(text, algorithm);
	const isHex = signature.length === digestBytes * 2;
	// Buffer.from would read the low byte of a non-ASCII character.
	if (!(isHex ? HEX : BASE64).test(signature)) return undefined;
	const decoded = Buffer.from(signature, isHex ? 'hex' : 'base64');
	return decoded.length === digestBytes ? decoded : undefined;
}

function withoutPrefix(text: string, algorithm: SignatureAlgorithm): string {
	const prefix = `${algorithm}=`;
	return text.slice(0, prefix.length).toLowerCase() === prefix ? text.slice(prefix.length) : text;
}
