import {
	type Failure,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestMethods,
	type ILoadOptionsFunctions,
	type IPollFunctions,
	type IWebhookFunctions,
	sleep,
} from 'n8n-workflow';
import { z } from 'zod';

import { ConcurrencyLimiter } from './concurrencyLimiter';
import { ServiceError } from './errors';
import { isRetryableStatus, parseRetryAfter, retryDelay } from './retry';

/** How one run of a node sends its requests. */
export interface HttpSettings {
	/** The service's name, for error messages. */
	service: string;
	/** The credential field that holds the address, for error messages. */
	addressField: string;
	credentialType: string;
	credential: ICredentialDataDecryptedObject;
	baseUrl: string;
	/** Added to every request, besides the authentication. */
	headers?: IDataObject;
	/** Timeout of one request, in ms. */
	timeoutMs: number;
	/** How often a request is retried after a transient error. */
	maxRetries: number;
	/** How many requests are in flight at once. */
	concurrency: number;
	/** Replaces `concurrency`: a limit that other runs share. */
	limiter?: ConcurrencyLimiter;
}

/** One request. It is retried after transient errors, so it must be idempotent. */
export interface HttpRequest {
	method: IHttpRequestMethods;
	/** The path below the base URL, with a leading slash. */
	path: string;
	query?: IDataObject;
	body?: IDataObject;
	/** When the request ends at the latest, retries included, in ms since 1970. */
	deadline?: number;
}

const responseSchema = z.object({
	statusCode: z.number(),
	headers: z.object({ 'retry-after': z.unknown(), date: z.unknown() }),
	body: z.unknown(),
});

/** A response with any status. A JSON body is parsed. */
export interface HttpResponse {
	status: number;
	/** The raw `Retry-After` header. */
	retryAfter?: unknown;
	/** The raw `Date` header. */
	date?: unknown;
	body?: unknown;
}

/** Sends a request and returns the response. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * Creates the function that sends the requests of one run. n8n authenticates them. They have a
 * timeout and a concurrency limit. They are retried after network errors, timeouts, 408, 429 and
 * 5xx, and stop when the execution is cancelled.
 *
 * @returns a function that returns the first response that is not retryable, or the last one after
 * all retries or at the deadline. It throws a ServiceError when there was no response.
 */
export function createSend(
	context: IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions | IWebhookFunctions,
	settings: HttpSettings,
): Send {
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const { limiter = new ConcurrencyLimiter(settings.concurrency, signal) } = settings;
	// Passed decrypted, because n8n would otherwise decrypt the credential for each request.
	const credentialsDecrypted = {
		id: '',
		name: '',
		type: settings.credentialType,
		data: settings.credential,
	};

	const sendOnce = async (request: HttpRequest): Promise<HttpResponse | ServiceError> => {
		try {
			const response = responseSchema.parse(
				await context.helpers.httpRequestWithAuthentication.call(
					context,
					settings.credentialType,
					{
						method: request.method,
						baseURL: settings.baseUrl,
						url: request.path,
						headers: settings.headers,
						qs: request.query,
						body: request.body,
						json: true,
						// 0 would be no timeout at all.
						timeout: Math.min(settings.timeoutMs, Math.max(1, timeLeft(request))),
						returnFullResponse: true,
						ignoreHttpStatusErrors: true,
						// A redirect would carry the token to another address.
						disableFollowRedirect: true,
					},
					{ credentialsDecrypted },
				),
			);
			return {
				status: response.statusCode,
				retryAfter: response.headers['retry-after'],
				date: response.headers.date,
				body: response.body,
			};
		} catch (error) {
			return noResponseError(settings, error);
		}
	};

	return async (request) => {
		const { deadline = Infinity } = request;
		let last: HttpResponse | ServiceError = noTimeError(settings);
		for (let attempt = 0; ; attempt++) {
			const sent = await limiter.runBefore(deadline, async () => {
				const received = await sendOnce(request);
				if (received instanceof ServiceError) return received;
				if (received.status === 429) limiter.pause(delayAfter(received, attempt));
				else if (!isRetryableStatus(received.status)) limiter.grow();
				return received;
			});
			const result: HttpResponse | ServiceError = sent ?? last;
			last = result;
			const failed = result instanceof ServiceError;
			if (!failed && !isRetryableStatus(result.status)) return result;
			if (failed && result.failure?.cause !== 'temporarily-unavailable') throw result;
			if (!sent || attempt >= settings.maxRetries) {
				if (failed) throw result;
				return result;
			}
			// After a 429 the limiter delays this request together with all others.
			if (failed || result.status !== 429) {
				await sleep(Math.min(delayAfter(result, attempt), timeLeft(request)), signal);
			}
		}
	};
}

/** How long a request may take, in ms. A timer can be 1 ms early. */
function timeLeft({ deadline = Infinity }: HttpRequest): number {
	return Math.max(0, deadline - Date.now() + 1);
}

function delayAfter(result: HttpResponse | ServiceError, attempt: number): number {
	const header = result instanceof ServiceError ? undefined : result.retryAfter;
	return retryDelay(attempt, parseRetryAfter(header, Date.now()), Math.random());
}

const causeSchema = z.object({ code: z.string() });

/** An error and what it wraps, outermost first. n8n wraps a network error up to three times. */
function layersOf(error: unknown): unknown[] {
	const layers: unknown[] = [];
	for (let layer = error; layer && layers.length < 4;) {
		layers.push(layer);
		layer = layer instanceof Error ? layer.cause : undefined;
	}
	return layers;
}

function networkCode(error: unknown): string | undefined {
	const codes = layersOf(error).map((layer) => causeSchema.safeParse(layer).data?.code);
	// These are codes of a request that cannot be sent, such as ERR_INVALID_URL.
	return codes.find((code) => code !== undefined && !code.startsWith('ERR_INVALID_'));
}

const MAX_QUOTE_LENGTH = 200;

/** The innermost message, without what may be an address or a secret. */
function quotedMessage(error: unknown): string {
	const message = layersOf(error)
		.map((layer) => (layer instanceof Error ? layer.message : ''))
		.findLast((text) => text !== '');
	return (message ?? '')
		.replace(/\b(Bearer|Basic)\s+\S+/gi, '$1 …')
		.replace(/\w+:\/\/\S+/g, '…')
		.replace(/[\w+/=-]{20,}/g, '…')
		.replace(/\s+/g, ' ')
		.slice(0, MAX_QUOTE_LENGTH)
		.replace(/[. ]+$/, '');
}

const NETWORK_ERRORS: Record<string, string> = {
	ENOTFOUND: 'There is no server of that name',
	EAI_AGAIN: 'The name of the server could not be looked up',
	ECONNREFUSED: 'Nothing listens at that address',
	ECONNRESET: 'The connection was closed before a response came',
	EPIPE: 'The connection was closed before a response came',
	ECONNABORTED: 'No response came in time',
	ETIMEDOUT: 'No response came in time',
	EHOSTUNREACH: 'There is no way to that address from here',
	ENETUNREACH: 'There is no way to that address from here',
};

/**
 * Says why there was no response.
 *
 * @param error what n8n's request helper threw
 * @returns a sentence without a final period
 */
export function whyNoResponse(error: unknown): string {
	const code = networkCode(error);
	if (code === undefined) {
		const message = quotedMessage(error);
		return `The request could not be sent${message && `. n8n said: ${message}`}`;
	}
	const isCertificateError = /CERT|SSL|TLS|SELF_SIGNED|SIGNATURE/.test(code);
	return (
		NETWORK_ERRORS[code] ??
		(isCertificateError
			? `Its certificate was not accepted (${code})`
			: `The connection broke down (${code})`)
	);
}

/** n8n's protection against requests to internal addresses. */
const isBlocked = (error: unknown): boolean =>
	layersOf(error).some((layer) => layer instanceof Error && layer.name.startsWith('SsrfBlocked'));

/** The reason, as n8n reads it. Undefined where it is not known. */
function causeOf(error: unknown): Failure['cause'] | undefined {
	// A connection that a proxy or the server closes may leave no code.
	const isClosed = /\bproxy\b|socket hang up|\baborted\b/i.test(quotedMessage(error));
	if (networkCode(error) !== undefined || isClosed) {
		return 'temporarily-unavailable';
	}
	const isRejected = layersOf(error).some((layer) => causeSchema.safeParse(layer).success);
	return isRejected || isBlocked(error) ? 'configuration-invalid' : undefined;
}

function noTimeError({ service }: HttpSettings): ServiceError {
	return new ServiceError(`${service} was not asked in time`, {
		description: 'Other requests took all the time there was. Wait longer, or for fewer at once.',
		failure: { cause: 'rate-limited' },
	});
}

// A new error, because the one that n8n throws contains the request with its token.
function noResponseError(
	{ service, addressField, baseUrl }: HttpSettings,
	error: unknown,
): ServiceError {
	const cause = causeOf(error);
	const why = `${whyNoResponse(error)} (${baseUrl}). Check the`;
	if (cause === 'temporarily-unavailable') {
		return new ServiceError(`${service} did not respond`, {
			description: `${why} ${addressField} in the credential and this machine's connection.`,
			failure: { cause },
		});
	}
	return new ServiceError(`n8n could not send the request to ${service}`, {
		description: isBlocked(error)
			? `${why} ${addressField} in the credential, or ask the administrator of this n8n to allow that address.`
			: `${why} credential.`,
		failure: cause && { cause },
	});
}
