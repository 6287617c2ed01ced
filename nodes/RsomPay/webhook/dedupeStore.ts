import { hash } from 'node:crypto';

import { setNewest } from '../../shared/setNewest';

/** The maximum number of entries. */
const MAX_ENTRIES = 2_000;

/** The maximum number of entries that are saved. n8n writes all of them for each new one. */
const MAX_SAVED = 130;

/** How long a delivery is remembered. */
export const RETENTION_MS = 72 * 60 * 60 * 1000;

/** The length of an entry's key: 96 bits of the event ID's hash, so that all keys have one length. */
const KEY_LENGTH = 16;

const ENTRY = /^[\w-]{16}[0-9a-z]{1,7}$/;

/**
 * The stores of a trigger, by their keys in its static data. Customer returns are stored apart, because
 * strangers can cause them: they must not push event IDs out of the store.
 */
export type DedupeKind = 'deliveries' | 'returns';

/** Whether a delivery is new, in flight, or was committed before. */
export type DedupeResult = 'new' | 'inFlight' | 'duplicate';

/**
 * Dedupes the deliveries of one trigger: those in flight, and those committed within the retention.
 * RsomPay retries a delivery with the same `event_id` until it is acknowledged.
 * API guide: webhook delivery and retries.
 */
export class DedupeStore {
	private readonly inFlight = new Set<string>();

	/** When each was committed, in seconds since 1970, oldest first. */
	private readonly committed = new Map<string, number>();

	/** What `serialize` returns, until `committed` changes. */
	private serialized: string | undefined = '';

	private lastMerged = '';

	/** Rolled back after they may have been saved: a text that is merged may still have them. */
	private readonly rolledBack = new Map<string, true>();

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/** Begins a delivery. It is in flight afterwards, unless it is in flight or committed already. */
	begin(eventId: string): DedupeResult {
		const key = keyOf(eventId);
		if (this.inFlight.has(key)) return 'inFlight';
		const committedAt = this.committed.get(key);
		if (committedAt !== undefined && this.isRetained(committedAt)) return 'duplicate';
		this.inFlight.add(key);
		return 'new';
	}

	/** Commits a delivery: it can no longer be lost, so its retries are duplicates. */
	commit(eventId: string): void {
		const key = keyOf(eventId);
		this.inFlight.delete(key);
		const now = Math.floor(this.now() / 1000);
		const before = this.committed.get(key);
		if (before === now) return;
		this.rolledBack.delete(key);
		// Deleted first, so that it moves to the end.
		this.committed.delete(key);
		this.committed.set(key, now);
		this.evict();
		this.serialized = undefined;
	}

	/** Rolls a delivery back: n8n did not accept it, so its retry is new. */
	rollback(eventId: string): void {
		const key = keyOf(eventId);
		this.inFlight.delete(key);
		if (!this.committed.delete(key)) return;
		this.serialized = undefined;
		setNewest(this.rolledBack, key, true, MAX_ENTRIES);
	}

	/** Serialises the newest committed deliveries: an entry each, oldest first. */
	serialize(): string {
		// Sorted, so that two processes serialise the same deliveries alike.
		this.serialized ??= Array.from(this.committed)
			.slice(-MAX_SAVED)
			.map(([key, at]) => entryOf(key, at))
			.sort((a, b) => compare(a.slice(KEY_LENGTH), b.slice(KEY_LENGTH)) || compare(a, b))
			.join('');
		return this.serialized;
	}

	/**
	 * Merges deliveries that were serialised before a restart, or by another process.
	 *
	 * @param text what `serialize` returned. Anything else in it is ignored.
	 */
	merge(text: string): void {
		if (text === this.serialized || text === this.lastMerged) return;
		this.lastMerged = text;
		const added = text
			.split(' ')
			.filter((entry) => ENTRY.test(entry))
			.map((entry) => [entry.slice(0, KEY_LENGTH), parseInt(entry.slice(KEY_LENGTH), 36)] as const)
			.filter(([key, committedAt]) => this.isRetained(committedAt) && !this.isKnown(key));
		if (added.length === 0) return;
		const all = [...added, ...this.committed].sort((a, b) => a[1] - b[1]);
		this.committed.clear();
		for (const [key, committedAt] of all) this.committed.set(key, committedAt);
		this.evict();
		this.serialized = undefined;
	}

	private isKnown(key: string): boolean {
		return this.committed.has(key) || this.rolledBack.has(key);
	}

	private evict(): void {
		for (const [oldest, committedAt] of this.committed) {
			if (this.committed.size <= MAX_ENTRIES && this.isRetained(committedAt)) return;
			this.committed.delete(oldest);
		}
	}

	private isRetained(committedAt: number): boolean {
		return Math.abs(this.now() - committedAt * 1000) < RETENTION_MS;
	}
}

function keyOf(eventId: string): string {
	return hash('sha256', eventId, 'base64url').slice(0, KEY_LENGTH);
}

/** An entry: the key and the time in seconds, in base 36. */
function entryOf(key: string, committedAt: number): string {
	return `${key}${committedAt.toString(36)} `;
}

const compare = (a: string, b: string) => Number(a > b) - Number(a < b);

const stores = new Map<string, DedupeStore>();

/** Returns a store of one trigger node. It lives as long as the process. */
export function dedupeStoreOf(workflowId: string, nodeId: string, kind: DedupeKind): DedupeStore {
	const name = `${workflowId} ${nodeId} ${kind}`;
	const store = stores.get(name) ?? new DedupeStore();
	stores.set(name, store);
	return store;
}
