import { z } from 'zod';

/** Which API requests a fault hits. Everything that is given must hold. */
export type FaultMatch = {
	/** HTTP method. */
	method?: string;
	/**
	 * A prefix of the path (with or without `/api/external/v1`), or a regular expression; a string
	 * that begins with `^` is one too, so that it can be written in JSON.
	 */
	path?: string | RegExp;
	/** Only the n-th matching request (from 1). */
	nth?: number;
	/** Let this many matching requests pass first. */
	skip?: number;
	/** Only every n-th of what is left. */
	every?: number;
	/** How many requests are hit before the fault wears off. Default: all. */
	times?: number;
};

/** What goes wrong with a request. */
export type RequestFault =
	/** Waits before the request is worked on. */
	| { kind: 'latency'; ms: number; match?: FaultMatch }
	/** Answers with this status instead of doing the work. */
	| {
			kind: 'status';
			status: number;
			/** Seconds, or the text of the header (an HTTP date). */
			retryAfter?: number | string;
			/** An object goes out as JSON, a string as it is (`text/html` unless `contentType` says else). */
			body?: unknown;
			contentType?: string;
			match?: FaultMatch;
	  }
	/** `drop`: connection destroyed before the work is done; `lost-answer`: after it; `hang`: no answer ever. */
	| { kind: 'drop' | 'lost-answer' | 'hang'; match?: FaultMatch };

/** What goes wrong with the webhooks of a payment; `match` counts payments. */
export type WebhookFault = {
	/** `duplicate`: each delivery goes out twice at once; `shuffle`: the last event goes out first. */
	kind: 'duplicate' | 'shuffle';
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

/** Which requests, as it is written in JSON. */
export const matchSchema = z
	.object({
		method: z.string().optional(),
		path: z.union([z.string().startsWith('/'), z.string().startsWith('^')]).optional(),
		...counters,
	})
	.strict()
	.optional();

/** What goes wrong with a request, as it is written in JSON; one schema for each kind. */
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

/** A fault as it is written in JSON, on the command line or in a request to the control API. */
export const faultSchema: z.ZodType<Fault> = z.discriminatedUnion('kind', [
	...requestFaultSchemas,
	z
		.object({ kind: z.literal('duplicate'), match: z.object(counters).strict().optional() })
		.strict(),
	z.object({ kind: z.literal('shuffle'), match: z.object(counters).strict().optional() }).strict(),
]);

/**
 * A fault from the command line: a status or a kind, and after a colon how many requests it hits
 * (`429:5`, `drop:2`, `shuffle`), or a whole fault as JSON. A 429 asks to come back after a second.
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

type Counted<T extends Fault> = { fault: T; seen: number; hits: number };

/** The faults in force; each counts the requests (or payments) that match it by itself. */
export class Faults {
	#requests: Counted<RequestFault>[] = [];
	#webhooks: Counted<WebhookFault>[] = [];

	inject(fault: Fault): void {
		if (isWebhookFault(fault)) {
			this.#webhooks.push({ fault, seen: 0, hits: 0 });
		} else {
			this.#requests.push({ fault, seen: 0, hits: 0 });
		}
	}

	clear(): void {
		this.#requests = [];
		this.#webhooks = [];
	}

	/** The faults that hit a request; `paths` are the spellings of its path that a prefix may have. */
	ofRequest(method: string, paths: readonly string[]): RequestFault[] {
		return this.#requests
			.filter(({ fault }) => matches(fault.match, method, paths))
			.filter(strikes)
			.map(({ fault }) => fault);
	}

	/** The faults that hit a payment's webhooks. */
	ofPayment(): WebhookFault['kind'][] {
		return this.#webhooks.filter(strikes).map(({ fault }) => fault.kind);
	}
}

function isWebhookFault(fault: Fault): fault is WebhookFault {
	return fault.kind === 'duplicate' || fault.kind === 'shuffle';
}

function matches(
	{ method, path }: FaultMatch = {},
	requested: string,
	paths: readonly string[],
): boolean {
	if (method !== undefined && method.toUpperCase() !== requested) return false;
	if (path === undefined) return true;
	if (typeof path === 'string' && !path.startsWith('^')) {
		return paths.some((candidate) => candidate.startsWith(path));
	}
	const pattern = new RegExp(path);
	return paths.some((candidate) => pattern.test(candidate));
}

function strikes(counted: Counted<Fault>): boolean {
	const { nth, skip = 0, every = 1, times = Infinity } = counted.fault.match ?? {};
	counted.seen += 1;
	if (nth !== undefined && counted.seen !== nth) return false;
	const beyondSkipped = counted.seen - skip;
	if (beyondSkipped <= 0 || beyondSkipped % every !== 0 || counted.hits >= times) return false;
	counted.hits += 1;
	return true;
}
