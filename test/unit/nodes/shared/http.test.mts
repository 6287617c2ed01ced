import fc from 'fast-check';
import type { IExecuteFunctions } from 'n8n-workflow';

import { createSend, type HttpSettings, whyNoResponse } from '../../../../nodes/shared/http.ts';
import { ServiceError } from '../../../../nodes/shared/errors.ts';

const failure = (code: string) => Object.assign(new Error('failed'), { code });

const containing = (text: string): unknown => expect.stringContaining(text);

describe('createSend', () => {
	const settings: HttpSettings = {
		service: 'RsomPay',
		addressField: 'environment',
		credentialType: 'rsomPayApi',
		credential: { apiToken: 'token' },
		baseUrl: 'https://integration.rsompay.com/api/external/v1',
		timeoutMs: 30_000,
		maxRetries: 1,
		concurrency: 20,
	};

	/** What sends requests, and n8n's helper, whose every answer has this status. */
	const sending = (status: number, headers = {}, signal?: AbortSignal) => {
		const request = jest.fn().mockResolvedValue({ statusCode: status, headers, body: {} });
		const context = {
			getExecutionCancelSignal: () => signal,
			helpers: { httpRequestWithAuthentication: request },
		} as unknown as IExecuteFunctions;
		return { send: createSend(context, settings), request };
	};

	test("leaves the request to n8n's own helper, which knows its proxy and TLS settings", async () => {
		const { send, request } = sending(200);

		await send({ method: 'GET', path: '/transactions', query: { page: 1 } });

		expect(request.mock.calls).toMatchObject([
			[
				'rsomPayApi',
				{
					method: 'GET',
					baseURL: settings.baseUrl,
					url: '/transactions',
					qs: { page: 1 },
					timeout: 30_000,
					disableFollowRedirect: true,
				},
				{ credentialsDecrypted: { type: 'rsomPayApi', data: settings.credential } },
			],
		]);
	});

	test('says whom it could not reach, and nothing of what n8n throws', async () => {
		const { send, request } = sending(200);
		request.mockRejectedValue(
			Object.assign(failure('ECONNREFUSED'), { config: { headers: 'Bearer token' } }),
		);

		const problem: unknown = await send({ method: 'GET', path: '/' }).catch(
			(error: unknown) => error,
		);

		expect(problem).toBeInstanceOf(ServiceError);
		expect(problem).toMatchObject({
			message: 'RsomPay did not answer',
			description: containing(`Nothing listens at that address (${settings.baseUrl}). Check the`),
		});
		expect(JSON.stringify(problem)).not.toContain('Bearer');
		expect(problem).not.toHaveProperty('cause');
	});

	test.each([
		[0, 250],
		[0.5, 375],
	])('leaves half of a back-off to chance: %d is %d ms', async (chance, waitMs) => {
		jest.useFakeTimers();
		jest.spyOn(Math, 'random').mockReturnValue(chance);
		const { send, request } = sending(503);

		const sent = send({ method: 'GET', path: '/transactions' });
		await jest.advanceTimersByTimeAsync(waitMs - 1);
		expect(request).toHaveBeenCalledTimes(1);
		await jest.advanceTimersByTimeAsync(5);
		expect(request).toHaveBeenCalledTimes(2);
		expect(await sent).toMatchObject({ status: 503 });
	});

	test.each([429, 503])(
		'ends the wait after a %d when the execution is cancelled',
		async (status) => {
			jest.useFakeTimers();
			const cancellation = new AbortController();
			const { send, request } = sending(status, { 'retry-after': '30' }, cancellation.signal);
			let outcome: unknown;
			void send({ method: 'GET', path: '/' }).catch((error: unknown) => (outcome = error));
			await jest.advanceTimersByTimeAsync(1_000);
			expect(outcome).toBeUndefined();

			cancellation.abort();
			await jest.advanceTimersByTimeAsync(0);
			expect(outcome).toBeDefined();
			await jest.runAllTimersAsync();
			expect(request).toHaveBeenCalledTimes(1);
		},
	);

	afterEach(() => {
		jest.useRealTimers();
		jest.restoreAllMocks();
	});
});

describe('whyNoAnswer', () => {
	test.each([
		['ENOTFOUND', 'There is no server of that name'],
		['EAI_AGAIN', 'The name of the server could not be looked up'],
		['ECONNREFUSED', 'Nothing listens at that address'],
		['ECONNRESET', 'The connection was closed before an answer came'],
		['EPIPE', 'The connection was closed before an answer came'],
		['ECONNABORTED', 'No answer came in time'],
		['ETIMEDOUT', 'No answer came in time'],
		['EHOSTUNREACH', 'There is no way to that address from here'],
		['ENETUNREACH', 'There is no way to that address from here'],
		[
			'DEPTH_ZERO_SELF_SIGNED_CERT',
			'Its certificate was not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)',
		],
		[
			'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
			'Its certificate was not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
		],
		[
			'ERR_TLS_CERT_ALTNAME_INVALID',
			'Its certificate was not accepted (ERR_TLS_CERT_ALTNAME_INVALID)',
		],
		['HPE_INVALID_CONSTANT', 'The connection broke down (HPE_INVALID_CONSTANT)'],
	])('puts %s into words', (code, sentence) => {
		expect(whyNoResponse(failure(code))).toBe(sentence);
	});

	test('finds the code below what n8n wraps around it', () => {
		let error: Error = failure('ECONNREFUSED');
		for (let layer = 0; layer < 3; layer++) error = new Error('wrapped', { cause: error });

		expect(whyNoResponse(error)).toBe('Nothing listens at that address');
	});

	test('takes the outermost code', () => {
		const error = Object.assign(failure('ETIMEDOUT'), { cause: failure('ECONNRESET') });

		expect(whyNoResponse(error)).toBe('No answer came in time');
	});

	test('tells nothing of the message, which may hold the token', () => {
		const error = Object.assign(failure('ECONNRESET'), { message: 'Bearer secret-token' });

		expect(whyNoResponse(error)).not.toContain('secret-token');
		expect(whyNoResponse(new Error('Bearer secret-token'))).toBe('The request could not be sent');
	});

	test('has a sentence for anything', () => {
		const circular = new Error('circular');
		circular.cause = circular;
		expect(whyNoResponse(circular)).toBe('The request could not be sent');
		fc.assert(
			fc.property(fc.anything(), (error) => {
				expect(whyNoResponse(error)).toMatch(/^[A-Z].*[^.]$/s);
			}),
		);
	});
});
