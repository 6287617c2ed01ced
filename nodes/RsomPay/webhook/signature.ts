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

/** The algorithm of RsomPay, unless the credential says otherwise. @internal */
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
	| 'no signing secret'
	| 'missing signature'
	| 'malformed signature'
	| 'no raw body'
	| 'wrong signature';

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
 * Code without types may pass anything. A header that is no text is malformed, a secret that is no
 * text is skipped, and a body that was parsed is no raw body.
 *
 * @returns `{ verified: true }`, or `verified: false` with the reason. An unknown algorithm verifies
 * nothing: every signature is malformed for it. It throws nothing.
 */
export function verifySignature(input: SignatureInput): SignatureResult {
	const {
		rawBody,
		header,
		secrets,
		algorithm = DEFAULT_ALGORITHM,
	} = Object(input) as Partial<Record<keyof SignatureInput, unknown>>;
	const keys = Array.isArray(secrets) ? secrets.filter(isSecret) : [];
	if (keys.length === 0) return { verified: false, reason: 'no signing secret' };

	// Not by flat(), which takes a thirtieth of the time of a verification.
	const headers: unknown[] = Array.isArray(header) ? header : [header ?? ''];
	if (!headers.every(isText) || !isAlgorithm(algorithm)) {
		return { verified: false, reason: 'malformed signature' };
	}
	const signatures: Buffer[] = [];
	for (const text of headers.join(',').split(',')) {
		const signature = decode(text.trim(), algorithm);
		if (signature) signatures.push(signature);
	}
	if (signatures.length === 0) {
		const isMissing = headers.join('').trim() === '';
		return { verified: false, reason: isMissing ? 'missing signature' : 'malformed signature' };
	}
	if (!isRawBody(rawBody)) return { verified: false, reason: 'no raw body' };
	for (const key of keys) {
		const expected = createHmac(algorithm, key).update(rawBody).digest();
		for (const signature of signatures) {
			if (timingSafeEqual(expected, signature)) return { verified: true };
		}
	}
	return { verified: false, reason: 'wrong signature' };
}

/** Whether a value is the name of an algorithm. @internal */
export function isAlgorithm(value: unknown): value is SignatureAlgorithm {
	return isText(value) && Object.hasOwn(SIGNATURE_ALGORITHMS, value);
}

function isText(value: unknown): value is string {
	return typeof value === 'string';
}

function isSecret(value: unknown): value is string {
	return isText(value) && value !== '';
}

function isRawBody(value: unknown): value is SignatureInput['rawBody'] {
	return isText(value) || ArrayBuffer.isView(value);
}

/** Decodes one signature. `undefined` unless it has exactly the size of the algorithm's digest. */
function decode(text: string, algorithm: SignatureAlgorithm): Buffer | undefined {
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
