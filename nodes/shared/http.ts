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

import { ServiceProblem } from './problems';
import { isRetriedStatus, parseRetryAfter, retryWait } from './retry';
import { Throttle } from './throttle';

/** How one run of a node talks to its service. */
export interface HttpSettings {
	/** The service's name, for sentences about it. */
	service: string;
	/** What in the credential says where the service is, for sentences about it. */
	addressField: string;
	credentialType: string;
	credential: ICredentialDataDecryptedObject;
	baseUrl: string;
	/** Sent with every request, besides what signs it in. */
	headers?: IDataObject;
	/** How long a request may take, in ms. */
	timeoutMs: number;
	/** How often a request that failed in a passing way is sent again. */
	maxRetries: number;
	/** How many requests are under way at once. */
	concurrency: number;
}

/** One request. All are sent again when they fail in a passing way, so all must be idempotent. */
export interface HttpRequest {
	method: IHttpRequestMethods;
	/** The path below the base URL, with its leading slash. */
	path: string;
	query?: IDataObject;
	body?: IDataObject;
}

const answerSchema = z.object({
	statusCode: z.number(),
	headers: z.object({ 'retry-after': z.unknown(), date: z.unknown() }),
	body: z.unknown(),
});

/** What the service answered, whatever its status. The body is parsed where it was JSON. */
export interface HttpAnswer {
	status: number;
	/** The `Retry-After` header as it came. */
	retryAfter?: unknown;
	/** The `Date` header as it came. */
	date?: unknown;
	body?: unknown;
}

/** Sends a request and gives its answer. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Makes what sends the requests of one run: signed in by n8n, bounded, with a time limit, sent
 * again after network errors, time-outs, 408, 429 and 5xx, and stopped when the execution is.
 *
 * @returns a function that answers with any status that is not worth another try, or with the
 * last answer when the tries are used up. It throws a `ServiceProblem` when there was no answer.
 */
export function createSend(
	context: IExecuteFunctions | IPollFunctions | IWebhookFunctions,
	settings: HttpSettings,
): Send {
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const throttle = new Throttle(settings.concurrency, signal);
	// Handed over already decrypted: n8n would decrypt it again for each request.
	const credentialsDecrypted = {
		id: '',
		name: '',
		type: settings.credentialType,
		data: settings.credential,
	};

	const sendOnce = async (request: HttpRequest): Promise<HttpAnswer | ServiceProblem> => {
		try {
			const answer = answerSchema.parse(
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
				status: answer.statusCode,
				retryAfter: answer.headers['retry-after'],
				date: answer.headers.date,
				body: answer.body,
			};
		} catch (error) {
			return noAnswer(settings, error);
		}
	};

	return async (request) => {
		for (let attempt = 0; ; attempt++) {
			const outcome = await throttle.run(async (wave) => {
				const result = await sendOnce(request);
				if (!(result instanceof ServiceProblem) && result.status === 429) {
					throttle.holdBack(wave, waitAfter(result, attempt));
				}
				return result;
			});
			const failed = outcome instanceof ServiceProblem;
			if (!failed && !isRetriedStatus(outcome.status)) return outcome;
			if (attempt >= settings.maxRetries) {
				if (failed) throw outcome;
				return outcome;
			}
			// After a 429 the throttle makes this request wait, with all the others.
			if (failed || outcome.status !== 429) {
				await sleep(waitAfter(outcome, attempt), signal);
			}
		}
	};
}

function waitAfter(outcome: HttpAnswer | ServiceProblem, attempt: number): number {
	const header = outcome instanceof ServiceProblem ? undefined : outcome.retryAfter;
	return retryWait(attempt, parseRetryAfter(header, Date.now()), Math.random());
}

const causeSchema = z.object({ code: z.string() });

/** Finds the code of a network error, which n8n wraps up to three times. */
function networkCode(error: unknown): string | undefined {
	for (let layer = error, depth = 0; layer && depth < 4; depth++) {
		const { success, data } = causeSchema.safeParse(layer);
		if (success) return data.code;
		layer = layer instanceof Error ? layer.cause : undefined;
	}
	return undefined;
}

const UNREACHABLE: Record<string, string> = {
	ENOTFOUND: 'There is no server of that name',
	EAI_AGAIN: 'The name of the server could not be looked up',
	ECONNREFUSED: 'Nothing listens at that address',
	ECONNRESET: 'The connection was closed before an answer came',
	EPIPE: 'The connection was closed before an answer came',
	ECONNABORTED: 'No answer came in time',
	ETIMEDOUT: 'No answer came in time',
	EHOSTUNREACH: 'There is no way to that address from here',
	ENETUNREACH: 'There is no way to that address from here',
};

/**
 * Says in a sentence, without a final period, why there was no answer.
 *
 * @param error what n8n's request helper threw
 */
export function whyNoAnswer(error: unknown): string {
	const code = networkCode(error);
	if (code === undefined) return 'The request could not be sent';
	const certificate = /CERT|SSL|TLS|SELF_SIGNED|SIGNATURE/.test(code);
	return (
		UNREACHABLE[code] ??
		(certificate
			? `Its certificate was not accepted (${code})`
			: `The connection broke down (${code})`)
	);
}

// Built anew instead of passed on: what n8n throws holds the request, token included.
function noAnswer(
	{ service, addressField, baseUrl }: HttpSettings,
	error: unknown,
): ServiceProblem {
	return new ServiceProblem(`${service} did not answer`, {
		description: `${whyNoAnswer(error)} (${baseUrl}). Check the ${addressField} in the credential and this machine's connection.`,
	});
}
