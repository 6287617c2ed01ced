import { z } from 'zod';

import type { SignatureAlgorithm } from './signature';

/** What a credential says about verifying webhooks. */
export interface SigningSecrets {
	/** The current secret and the previous one, as far as they are filled in. */
	secrets: string[];
	algorithm: SignatureAlgorithm;
}

const secret = z.string().trim().catch('');

const credentialSchema = z
	.object({
		signingSecret: secret,
		previousSigningSecret: secret,
		signatureAlgorithm: z.enum(['sha256', 'sha512']).catch('sha256'),
	})
	.transform(({ signingSecret, previousSigningSecret, signatureAlgorithm }): SigningSecrets => ({
		// Without a current secret nothing is verified, whatever the previous one was.
		secrets: signingSecret
			? [signingSecret, previousSigningSecret].filter((value) => value !== '')
			: [],
		algorithm: signatureAlgorithm,
	}));

/** Takes the signing secrets out of a decrypted `rsomPayApi` credential. */
export function signingSecretsOf(credential: unknown): SigningSecrets {
	return credentialSchema.parse(credential);
}

const CACHE_TTL_MS = 60_000;

const MIN_REFRESH_INTERVAL_MS = 1_000;

interface Entry {
	readAt: number;
	reading: Promise<SigningSecrets>;
}

/**
 * Keeps the signing secrets of each credential in the process for a minute, since n8n takes as
 * long to read a credential as for all the rest of a webhook. What could not be read is not kept.
 */
export class SecretsCache {
	private readonly entries = new Map<string, Entry>();

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
	 * The secrets afresh, for a signature that did not verify; read at most once a second, so that
	 * forged deliveries cannot keep n8n busy.
	 */
	async refresh(
		credentialId: string,
		read: () => Promise<SigningSecrets>,
	): Promise<SigningSecrets> {
		return await this.getNoOlderThan(MIN_REFRESH_INTERVAL_MS, credentialId, read);
	}

	private async getNoOlderThan(
		age: number,
		credentialId: string,
		read: () => Promise<SigningSecrets>,
	): Promise<SigningSecrets> {
		const cached = this.entries.get(credentialId);
		if (cached && this.now() - cached.readAt < age) return await cached.reading;
		const entry = { readAt: this.now(), reading: read() };
		this.entries.set(credentialId, entry);
		try {
			return await entry.reading;
		} catch (error) {
			if (this.entries.get(credentialId) === entry) this.entries.delete(credentialId);
			return await Promise.reject(error);
		}
	}
}
