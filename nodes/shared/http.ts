import {
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestMethods,
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
}

/** One request. It is retried after transient errors, so it must be idempotent. */
export interface HttpRequest {
	method: IHttpRequestMethods;
	/** The path below the base URL, with a leading slash. */
	path: string;
	query?: IDataObject;
	body?: IDataObject;
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
 * all retries. It throws a ServiceError when there was no response.
 */
export function createSend(
	context: IExecuteFunctions | IPollFunctions | IWebhookFunctions,
	settings: HttpSettings,
): Send {
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const limiter = new ConcurrencyLimiter(settings.concurrency, signal);
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
						timeout: settings.timeoutMs,
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
		for (let attempt = 0; ; attempt++) {
			const result = await limiter.run(async () => {
				const sent = await sendOnce(request);
				if (!(sent instanceof ServiceError) && sent.status === 429) {
					limiter.pause(delayAfter(sent, attempt));
				}
				return sent;
			});
			const failed = result instanceof ServiceError;
			if (!failed && !isRetryableStatus(result.status)) return result;
			if (attempt >= settings.maxRetries) {
				if (failed) throw result;
				return result;
			}
			// After a 429 the limiter delays this request together with all others.
			if (failed || result.status !== 429) await sleep(delayAfter(result, attempt), signal);
		}
	};
}

function delayAfter(result: HttpResponse | ServiceError, attempt: number): number {
	const header = result instanceof ServiceError ? undefined : result.retryAfter;
	return retryDelay(attempt, parseRetryAfter(header, Date.now()), Math.random());
}

const causeSchema = z.object({ code: z.string() });

/** Finds the code of a network error. n8n wraps it up to three times. */
function networkCode(error: unknown): string | undefined {
	for (let layer = error, depth = 0; layer && depth < 4; depth++) {
		const { success, data } = causeSchema.safeParse(layer);
		if (success) return data.code;
		layer = layer instanceof Error ? layer.cause : undefined;
	}
	return undefined;
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
	if (code === undefined) return 'The request could not be sent';
	const isCertificateError = /CERT|SSL|TLS|SELF_SIGNED|SIGNATURE/.test(code);
	return (
		NETWORK_ERRORS[code] ??
		(isCertificateError
			? `Its certificate was not accepted (${code})`
			: `The connection broke down (${code})`)
	);
}

// A new error, because the one that n8n throws contains the request with its token.
function noResponseError(
	{ service, addressField, baseUrl }: HttpSettings,
	error: unknown,
): ServiceError {
	return new ServiceError(`${service} did not respond`, {
		description: `${whyNoResponse(error)} (${baseUrl}). Check the ${addressField} in the credential and this machine's connection.`,
	});
}
