/** An API request as it was received. The Authorization header's value is never stored. */
export type ReceivedRequest = {
	readonly method: string;
	/** Full path without the query, e.g. `/api/external/v1/invoices`. */
	readonly path: string;
	readonly query: Readonly<Record<string, string | string[] | undefined>>;
	/** Parsed JSON, the text if it is not JSON, or null if there was none. */
	readonly body: unknown;
	/** Whether the token or key was valid. */
	readonly authorized: boolean;
	/** The kinds of the faults that apply to it. */
	readonly faults: readonly string[];
	/** Null until the response is sent; stays null if none is sent. */
	readonly status: number | null;
	/** ms since the epoch. */
	readonly receivedAt: number;
	/** When the response was sent, ms since the epoch; null as `status`. */
	readonly answeredAt: number | null;
};

/** What the log adds to a request. */
type Progress = Pick<ReceivedRequest, 'faults' | 'status' | 'receivedAt' | 'answeredAt'>;

/** What the request itself contains. */
export type RequestFacts = Omit<ReceivedRequest, keyof Progress>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Called before the work of a request. */
export type RequestHook = (request: ReceivedRequest) => void | Promise<void>;

/** Stores every request, and runs the hooks of tests before its work. */
export class RequestLog<Facts extends RequestFacts = RequestFacts> {
	#entries: (Facts & Mutable<Progress>)[] = [];
	#hooks = new Set<RequestHook>();

	/** Every request so far, in order of arrival; copies. */
	requests(): (Facts & Progress)[] {
		return this.#entries.map((entry) => ({ ...entry }));
	}

	/** Adds a request; `recordStatus` adds the response's status to it. */
	receive(
		facts: Facts,
		faults: readonly string[],
	): {
		entry: Facts & Progress;
		recordStatus: (status: number) => void;
	} {
		const entry: Facts & Mutable<Progress> = {
			...facts,
			faults,
			status: null,
			receivedAt: Date.now(),
			answeredAt: null,
		};
		this.#entries.push(entry);
		return {
			entry,
			recordStatus: (status) => {
				entry.status = status;
				entry.answeredAt = Date.now();
			},
		};
	}

	/** Adds a hook; returns a function that removes it. */
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

	/** Removes every request and hook. */
	reset(): void {
		this.#entries = [];
		this.#hooks = new Set();
	}
}
