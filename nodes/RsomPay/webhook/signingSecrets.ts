import { z } from 'zod';

import { setNewest } from '../../shared/setNewest';
import { DEFAULT_ALGORITHM, isAlgorithm, type SignatureAlgorithm } from './signature';

/** What a credential contains for the verification of webhooks. */
export interface SigningSecrets {
	/** The current secret and the previous one, without blank ones. */
	secrets: string[];
	algorithm: SignatureAlgorithm;
}

const secret = z.string().trim().catch('');

const credentialSchema = z
	.object({
		signingSecret: secret,
		previousSigningSecret: secret,
		signatureAlgorithm: z.custom<SignatureAlgorithm>(isAlgorithm).catch(DEFAULT_ALGORITHM),
	})
	.transform(({ signingSecret, previousSigningSecret, signatureAlgorithm }): SigningSecrets => ({
		// Without a current secret nothing verifies, whatever the previous one is.
		secrets: signingSecret
			? [signingSecret, previousSigningSecret].filter((value) => value !== '')
			: [],
		algorithm: signatureAlgorithm,
	}));

/** Reads the signing secrets from a decrypted `rsomPayApi` credential. */
export function signingSecretsOf(credential: unknown): SigningSecrets {
	return credentialSchema.parse(credential);
}

const CACHE_TTL_MS = 60_000;

const MIN_REFRESH_INTERVAL_MS = 1_000;

/** The maximum number of credentials. */
const MAX_ENTRIES = 1_000;

interface CacheEntry {
	readAt: number;
	reading: Promise<SigningSecrets>;
}

/**
 * Caches the signing secrets of each credential in the process for a minute, because reading a
 * credential costs n8n as much as the rest of a webhook. A failed read is not cached. A credential that
 * is used no more, or was deleted, leaves the cache at the next read of any other.
 */
export class SecretsCache {
	private readonly entries = new Map<string, CacheEntry>();

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/**
	 * @param credentialId n8n's ID of the credential
	 * @param read reads the secrets from n8n
	 * @returns secrets that are at most a minute old
	 */
	async get(credentialId: string, read: () => Promise<SigningSecrets>): Promise<SigningSecrets> {
		return await this.getNoOlderThan(CACHE_TTL_MS, credentialId, read);
	}

	/**
	 * Reads the secrets again, for a signature that did not verify. At most once a second, so that
	 * forged deliveries cannot keep n8n busy.
	 */
	async refresh(
		credentialId: string,
		read: () => Promise<SigningSecrets>,
	): Promise<SigningSecrets> {
		return await this.getNoOlderThan(MIN_REFRESH_INTERVAL_MS, credentialId, read);
	}

	private async getNoOlderThan(
		ageMs: number,
		credentialId: string,
		read: () => Promise<SigningSecrets>,
	): Promise<SigningSecrets> {
		const cached = this.entries.get(credentialId);
		// The clock may have been set back.
		if (cached && Math.abs(this.now() - cached.readAt) < ageMs) return await cached.reading;
		this.evictExpired();
		const entry = { readAt: this.now(), reading: read() };
		setNewest(this.entries, credentialId, entry, MAX_ENTRIES);
		try {
			return await entry.reading;
		} catch (error) {
			if (this.entries.get(credentialId) === entry) this.entries.delete(credentialId);
			return await Promise.reject(error);
		}
	}

	private evictExpired(): void {
		for (const [credentialId, { readAt }] of this.entries) {
			if (Math.abs(this.now() - readAt) >= CACHE_TTL_MS) this.entries.delete(credentialId);
		}
	}
}
