import { createHmac, timingSafeEqual } from 'node:crypto';

/** The hash an HMAC is made with. RsomPay's is SHA-256 unless it says otherwise. */
export type SignatureAlgorithm = 'sha256' | 'sha512';

/** What a webhook's signature is verified with. */
export interface SignatureInput {
	/** The bytes of the body exactly as they came, before anything parsed them. */
	rawBody: Uint8Array | string;
	/** The value of the `X-Rsom-Signature` header. */
	header: string | string[] | undefined;
	/** The signing secrets to try; empty ones are passed over. */
	secrets: readonly string[];
	/** SHA-256 where it is left out. */
	algorithm?: SignatureAlgorithm;
}

/** Why a webhook could not be verified. */
export type SignatureFailure =
	'no signing secret' | 'missing signature' | 'malformed signature' | 'wrong signature';

/** Whether a webhook is genuine. */
export type SignatureResult = { verified: true } | { verified: false; reason: SignatureFailure };

const DIGEST_BYTES: Record<SignatureAlgorithm, number> = { sha256: 32, sha512: 64 };

const HEX = /^[0-9a-f]+$/i;

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Verifies a webhook of RsomPay: an HMAC over the raw body, keyed with the signing secret alone.
 * The header may hold hex of either case, base64, an algorithm's name before an equals sign, and
 * several of them separated by commas; one that fits is enough. Comparison takes constant time.
 * API guide: 7.5 (`X-Rsom-Signature`).
 */
export function verifySignature(input: SignatureInput): SignatureResult {
	const { rawBody, secrets, algorithm = 'sha256' } = input;
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

/** Reads one signature; `undefined` unless it has exactly the bytes of the algorithm's digest. */
function decode(text: string, algorithm: SignatureAlgorithm): Buffer | undefined {
	const bytes = DIGEST_BYTES[algorithm];
	const signature = text.length === bytes * 2 ? text : withoutName(text, algorithm);
	const isHex = signature.length === bytes * 2;
	// Decoding alone would take a character beyond ASCII for its low byte.
	if (!(isHex ? HEX : BASE64).test(signature)) return undefined;
	const decoded = Buffer.from(signature, isHex ? 'hex' : 'base64');
	return decoded.length === bytes ? decoded : undefined;
}

function withoutName(text: string, algorithm: SignatureAlgorithm): string {
	const name = `${algorithm}=`;
	return text.slice(0, name.length).toLowerCase() === name ? text.slice(name.length) : text;
}
