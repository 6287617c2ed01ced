/** An API request as it was received. The Authorization header's value is never kept. */
export type ReceivedRequest = {
	readonly method: string;
	/** Full path without the query, e.g. `/api/external/v1/invoices`. */
	readonly path: string;
	readonly query: Readonly<Record<string, string | string[] | undefined>>;
	/** Parsed JSON, the text if it is not JSON, or null if there was none. */
	readonly body: unknown;
	/** Whether the token or key was the valid one. */
	readonly authorized: boolean;
	/** The kinds of the faults that hit it. */
	readonly faults: readonly string[];
	/** Null while unanswered, and for good if the answer never left. */
	readonly status: number | null;
	/** ms since the epoch. */
	readonly receivedAt: number;
	readonly answeredAt: number | null;
};

/** What is written down while a request is worked on. */
type Progress = Pick<ReceivedRequest, 'status' | 'receivedAt' | 'answeredAt'>;

/** What is known of a request when it arrives. */
export type RequestFacts = Omit<ReceivedRequest, keyof Progress>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Called before a request is worked on. */
export type RequestHook = (request: ReceivedRequest) => void | Promise<void>;

/** Remembers every request, and lets tests step in before it is worked on. */
export class RequestLog<Facts extends RequestFacts = RequestFacts> {
	#entries: (Facts & Mutable<Progress>)[] = [];
	#hooks = new Set<RequestHook>();

	/** Every request so far, in order of arrival, as they stand now. */
	requests(): (Facts & Progress)[] {
		return this.#entries.map((entry) => ({ ...entry }));
	}

	/** Writes down a request; the function it gives writes down the answer's status. */
	receive(facts: Facts): {
		entry: Facts & Progress;
		answered: (status: number) => void;
	} {
		const entry: Facts & Mutable<Progress> = {
			...facts,
			status: null,
			receivedAt: Date.now(),
			answeredAt: null,
		};
		this.#entries.push(entry);
		return {
			entry,
			answered: (status) => {
				entry.status = status;
				entry.answeredAt = Date.now();
			},
		};
	}

	/** Adds a hook; the function it gives removes it. */
	hook(hook: RequestHook): () => void {
		this.#hooks.add(hook);
		return () => {
			this.#hooks.delete(hook);
		};
	}

	/** Runs the hooks one after another. */
	async runHooks(request: ReceivedRequest): Promise<void> {
		for (const hook of this.#hooks) await hook(request);
	}

	/** Forgets every request and hook. */
	reset(): void {
		this.#entries = [];
		this.#hooks = new Set();
	}
}
