import { z } from 'zod';

/** Which API requests a fault applies to. Every condition that is present must be met. */
export type FaultMatch = {
	/** HTTP method. */
	method?: string;
	/**
	 * A prefix of the path (with or without `/api/external/v1`), or a regular expression. A string
	 * that begins with `^` is a regular expression too, because JSON has no other way to write one.
	 */
	path?: string | RegExp;
	/** Only the n-th matching request (from 1). */
	nth?: number;
	/** Skips this many matching requests. */
	skip?: number;
	/** Only every n-th of the rest. */
	every?: number;
	/** How many requests the fault applies to at most. Default: all. */
	times?: number;
};

/** A fault of a request. */
export type RequestFault =
	/** Waits before the work. */
	| { kind: 'latency'; ms: number; match?: FaultMatch }
	/** Responds with this status instead of doing the work. */
	| {
			kind: 'status';
			status: number;
			/** Seconds, or the header's value (an HTTP date). */
			retryAfter?: number | string;
			/** An object is sent as JSON, a string unchanged, as `contentType` (default `text/html`). */
			body?: unknown;
			contentType?: string;
			match?: FaultMatch;
	  }
	/** `drop`: destroys the connection before the work; `lost-answer`: after it; `hang`: never responds. */
	| { kind: 'drop' | 'lost-answer' | 'hang'; match?: FaultMatch };

const WEBHOOK_FAULTS = ['lost-webhook', 'duplicate', 'shuffle'] as const;

/** A fault of the webhooks of a payment; `match` counts payments. */
export type WebhookFault = {
	/**
	 * `lost-webhook`: sends no delivery; `duplicate`: sends each delivery twice in parallel; `shuffle`:
	 * sends the last event first.
	 */
	kind: (typeof WEBHOOK_FAULTS)[number];
	match?: Pick<FaultMatch, 'nth' | 'skip' | 'every' | 'times'>;
};

export type Fault = RequestFault | WebhookFault;

const count = z.number().int().min(1);

const counters = {
	nth: count.optional(),
	skip: z.number().int().min(0).optional(),
	every: count.optional(),
	times: count.optional(),
};

/** A {@link FaultMatch} in JSON. */
export const matchSchema = z
	.object({
		method: z.string().optional(),
		path: z.union([z.string().startsWith('/'), z.string().startsWith('^')]).optional(),
		...counters,
	})
	.strict()
	.optional();

/** A {@link RequestFault} in JSON; one schema for each kind. */
export const requestFaultSchemas = [
	z.object({ kind: z.literal('latency'), ms: z.number().min(0), match: matchSchema }).strict(),
	z
		.object({
			kind: z.literal('status'),
			status: z.number().int().min(200).max(599),
			retryAfter: z.union([z.number().min(0), z.string()]).optional(),
			body: z.unknown().optional(),
			contentType: z.string().optional(),
			match: matchSchema,
		})
		.strict(),
	z.object({ kind: z.literal('drop'), match: matchSchema }).strict(),
	z.object({ kind: z.literal('lost-answer'), match: matchSchema }).strict(),
	z.object({ kind: z.literal('hang'), match: matchSchema }).strict(),
] as const;

/** A fault in JSON, on the command line or in a request to the control API. */
export const faultSchema: z.ZodType<Fault> = z.discriminatedUnion('kind', [
	...requestFaultSchemas,
	z
		.object({ kind: z.enum(WEBHOOK_FAULTS), match: z.object(counters).strict().optional() })
		.strict(),
]);

/**
 * Parses a fault of the command line: a status or a kind, and after a colon how many requests it
 * applies to (`429:5`, `drop:2`, `shuffle`), or a whole fault as JSON. A 429 has a Retry-After of 1 s.
 *
 * @throws if the text is neither.
 */
export function parseFault(text: string): Fault {
	if (text.trimStart().startsWith('{')) return faultSchema.parse(JSON.parse(text));
	const [, name = '', times] = /^([a-z-]+|\d{3})(?::(\d+))?$/.exec(text) ?? [];
	const match = times === undefined ? undefined : { times: Number(times) };
	if (!/^\d/.test(name)) return faultSchema.parse({ kind: name, match });
	const status = Number(name);
	return faultSchema.parse({
		kind: 'status',
		status,
		...(status === 429 && { retryAfter: 1 }),
		match,
	});
}

/** `matched` counts the requests that match, `applied` those of them that the fault applied to. */
type Counted<T extends Fault> = { fault: T; matched: number; applied: number };

/** The active faults; each has its own count of the requests (or payments) that match it. */
export class Faults {
	#requests: Counted<RequestFault>[] = [];
	#webhooks: Counted<WebhookFault>[] = [];

	inject(fault: Fault): void {
		if (isWebhookFault(fault)) {
			this.#webhooks.push({ fault, matched: 0, applied: 0 });
		} else {
			this.#requests.push({ fault, matched: 0, applied: 0 });
		}
	}

	clear(): void {
		this.#requests = [];
		this.#webhooks = [];
	}

	/** Counts a request and returns the faults that apply to it; `paths` are its path's spellings. */
	ofRequest(method: string, paths: readonly string[]): RequestFault[] {
		return this.#requests
			.filter(({ fault }) => matches(fault.match, method, paths))
			.filter(countAndTest)
			.map(({ fault }) => fault);
	}

	/** Counts a payment and returns the faults that apply to its webhooks. */
	ofPayment(): WebhookFault['kind'][] {
		return this.#webhooks.filter(countAndTest).map(({ fault }) => fault.kind);
	}
}

function isWebhookFault(fault: Fault): fault is WebhookFault {
	return WEBHOOK_FAULTS.some((kind) => kind === fault.kind);
}

function matches(
	{ method, path }: FaultMatch = {},
	requestMethod: string,
	paths: readonly string[],
): boolean {
	if (method !== undefined && method.toUpperCase() !== requestMethod) return false;
	if (path === undefined) return true;
	if (typeof path === 'string' && !path.startsWith('^')) {
		return paths.some((candidate) => candidate.startsWith(path));
	}
	const pattern = new RegExp(path);
	return paths.some((candidate) => pattern.test(candidate));
}

/** Counts one more match; whether the fault applies to it. */
function countAndTest(counted: Counted<Fault>): boolean {
	const { nth, skip = 0, every = 1, times = Infinity } = counted.fault.match ?? {};
	counted.matched += 1;
	if (nth !== undefined && counted.matched !== nth) return false;
	const afterSkip = counted.matched - skip;
	if (afterSkip <= 0 || afterSkip % every !== 0 || counted.applied >= times) return false;
	counted.applied += 1;
	return true;
}
