import { hash } from 'node:crypto';

/** How many deliveries are remembered at the most: what n8n has to write for each new one. */
const MAX_ENTRIES = 2_000;

const RETENTION_MS = 72 * 60 * 60 * 1000;

/** What an event is remembered by: 96 bits of its ID's hash, so that all take the same room. */
const KEY_LENGTH = 16;

const ENTRY = /^[\w-]{16}[0-9a-z]{1,7}$/;

/** Whether a delivery is to be worked on. */
export type DedupeResult = 'new' | 'inFlight' | 'duplicate';

/**
 * The deliveries of one trigger: which are being accepted just now, and which have been. RsomPay
 * repeats a delivery, with the same `event_id`, until it is acknowledged.
 * API guide: webhook delivery and retries.
 */
export class DedupeStore {
	private readonly inFlight = new Set<string>();

	/** When each was accepted (seconds), oldest first. */
	private readonly accepted = new Map<string, number>();

	/** `accepted` as it is written down, kept up since making it anew for each delivery takes long. */
	private text: string | undefined = '';

	private lastWritten = '';

	private dirty = false;

	private readonly now: () => number;

	/** @param now the current time in ms */
	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/** Takes a delivery on, unless it is being worked on or has been accepted. */
	begin(eventId: string): DedupeResult {
		const key = keyOf(eventId);
		if (this.inFlight.has(key)) return 'inFlight';
		const acceptedAt = this.accepted.get(key);
		if (acceptedAt !== undefined && this.isFresh(acceptedAt)) return 'duplicate';
		this.inFlight.add(key);
		return 'new';
	}

	/** Remembers a delivery for good: it can no longer be lost. */
	commit(eventId: string): void {
		const key = keyOf(eventId);
		this.inFlight.delete(key);
		const now = Math.floor(this.now() / 1000);
		const before = this.accepted.get(key);
		if (before === now) return;
		if (before === undefined) this.dirty = true;
		else this.forget(key);
		this.accepted.set(key, now);
		if (this.text !== undefined) this.text += entryOf(key, now);
		this.dropOldest();
	}

	/** Gives a delivery up: it was not accepted, so its repetition is welcome. */
	rollback(eventId: string): void {
		const key = keyOf(eventId);
		this.inFlight.delete(key);
		this.forget(key);
	}

	/** Whether anything was accepted since it was last written down. */
	isDirty(): boolean {
		return this.dirty;
	}

	/** Writes down what has been accepted: an entry each, oldest first. */
	serialize(): string {
		this.dirty = false;
		this.text ??= Array.from(this.accepted, ([key, at]) => entryOf(key, at)).join('');
		this.lastWritten = this.text;
		return this.text;
	}

	/**
	 * Takes over what was written down before a restart, or by another process.
	 *
	 * @param text what `toString` gave; anything else in it is passed over
	 */
	merge(text: string): void {
		// Whoever wrote it put what was new to this process last, so mostly there is no more to do.
		const newest = text.slice(text.lastIndexOf(' ', text.length - 2) + 1);
		if (text === this.lastWritten || this.accepted.has(newest.slice(0, KEY_LENGTH))) return;
		const news = text
			.split(' ')
			.filter((entry) => ENTRY.test(entry))
			.map((entry) => [entry.slice(0, KEY_LENGTH), parseInt(entry.slice(KEY_LENGTH), 36)] as const)
			.filter(([key, acceptedAt]) => !this.accepted.has(key) && this.isFresh(acceptedAt));
		if (news.length === 0) return;
		const all = [...news, ...this.accepted].sort((a, b) => a[1] - b[1]);
		this.accepted.clear();
		for (const [key, acceptedAt] of all) this.accepted.set(key, acceptedAt);
		this.text = undefined;
	}

	private forget(key: string): void {
		if (this.accepted.delete(key)) this.text = undefined;
	}

	private dropOldest(): void {
		for (const [oldest, acceptedAt] of this.accepted) {
			if (this.accepted.size <= MAX_ENTRIES && this.isFresh(acceptedAt)) return;
			this.accepted.delete(oldest);
			this.text = this.text?.slice(entryOf(oldest, acceptedAt).length);
		}
	}

	private isFresh(acceptedAt: number): boolean {
		return Math.abs(this.now() - acceptedAt * 1000) < RETENTION_MS;
	}
}

function keyOf(eventId: string): string {
	return hash('sha256', eventId, 'base64url').slice(0, KEY_LENGTH);
}

/** What a delivery is written down as: its key and the time in seconds, in base 36. */
function entryOf(key: string, acceptedAt: number): string {
	return `${key}${acceptedAt.toString(36)} `;
}

const triggers = new Map<string, DedupeStore>();

/**
 * The deliveries of one trigger node, kept as long as the process runs.
 *
 * @param kind what is remembered apart
 */
export function dedupeStoreOf(workflowId: string, nodeId: string, kind: string): DedupeStore {
	const name = `${workflowId} ${nodeId} ${kind}`;
	const kept = triggers.get(name) ?? new DedupeStore();
	triggers.set(name, kept);
	return kept;
}
