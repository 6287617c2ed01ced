import fc from 'fast-check';
import type { IExecuteFunctions } from 'n8n-workflow';

import { createSend, type HttpSettings, whyNoResponse } from '../../../../nodes/shared/http.ts';
import { ServiceError } from '../../../../nodes/shared/errors.ts';

const networkError = (code: string) => Object.assign(new Error('failed'), { code });

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

	/** Creates a send function, and n8n's request helper, which always responds with this status. */
	const createSendWith = (status: number, headers = {}, signal?: AbortSignal) => {
		const request = jest.fn().mockResolvedValue({ statusCode: status, headers, body: {} });
		const context = {
			getExecutionCancelSignal: () => signal,
			helpers: { httpRequestWithAuthentication: request },
		} as unknown as IExecuteFunctions;
		return { send: createSend(context, settings), request };
	};

	test("sends the request with n8n's helper, which applies its proxy and TLS settings", async () => {
		const { send, request } = createSendWith(200);

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

	test('throws a ServiceError with the address and without the error of n8n', async () => {
		const { send, request } = createSendWith(200);
		request.mockRejectedValue(
			Object.assign(networkError('ECONNREFUSED'), { config: { headers: 'Bearer token' } }),
		);

		const error: unknown = await send({ method: 'GET', path: '/' }).catch(
			(thrown: unknown) => thrown,
		);

		expect(error).toBeInstanceOf(ServiceError);
		expect(error).toMatchObject({
			message: 'RsomPay did not respond',
			description: containing(`Nothing listens at that address (${settings.baseUrl}). Check the`),
		});
		expect(JSON.stringify(error)).not.toContain('Bearer');
		expect(error).not.toHaveProperty('cause');
	});

	const blocked = (name: string) =>
		new Error('failed', { cause: Object.assign(new Error('blocked'), { name }) });
	const invalid = Object.assign(new Error('Invalid character in header content'), {
		code: 'ERR_INVALID_CHAR',
	});

	test.each<[string, Error, number, string | undefined, string, string]>([
		[
			'a lost connection',
			networkError('ECONNRESET'),
			2,
			'temporarily-unavailable',
			'RsomPay did not respond',
			"Check the environment in the credential and this machine's connection.",
		],
		[
			'a proxy that closes the connection',
			new Error('Proxy connection ended before receiving CONNECT response'),
			2,
			'temporarily-unavailable',
			'RsomPay did not respond',
			"Check the environment in the credential and this machine's connection.",
		],
		[
			'a blocked address',
			blocked('SsrfBlockedIpError'),
			1,
			'configuration-invalid',
			'n8n could not send the request to RsomPay',
			'n8n said: blocked (https://integration.rsompay.com/api/external/v1). Check the environment in the credential, or ask the administrator of this n8n to allow that address.',
		],
		[
			'a blocked name',
			blocked('SsrfBlockedHostnameError'),
			1,
			'configuration-invalid',
			'n8n could not send the request to RsomPay',
			'ask the administrator of this n8n to allow that address.',
		],
		[
			'a token that no header can have',
			invalid,
			1,
			'configuration-invalid',
			'n8n could not send the request to RsomPay',
			'n8n said: Invalid character in header content (https://integration.rsompay.com/api/external/v1). Check the credential.',
		],
		[
			'anything else',
			new TypeError('x is not a function'),
			1,
			undefined,
			'n8n could not send the request to RsomPay',
			'n8n said: x is not a function (',
		],
	])('after %s', async (_, thrown, attempts, cause, message, description) => {
		jest.useFakeTimers();
		const { send, request } = createSendWith(200);
		request.mockRejectedValue(thrown);

		const [error] = await Promise.all([
			send({ method: 'GET', path: '/' }).catch((caught: unknown) => caught),
			jest.runAllTimersAsync(),
		]);

		expect(request).toHaveBeenCalledTimes(attempts);
		expect(error).toMatchObject({ message, description: containing(description) });
		expect(error).toHaveProperty('failure', cause && { cause });
	});

	test.each([
		[0, 250],
		[0.5, 375],
	])('randomizes half of the backoff: %d gives %d ms', async (random, delayMs) => {
		jest.useFakeTimers();
		jest.spyOn(Math, 'random').mockReturnValue(random);
		const { send, request } = createSendWith(503);

		const sent = send({ method: 'GET', path: '/transactions' });
		await jest.advanceTimersByTimeAsync(delayMs - 1);
		expect(request).toHaveBeenCalledTimes(1);
		await jest.advanceTimersByTimeAsync(5);
		expect(request).toHaveBeenCalledTimes(2);
		expect(await sent).toMatchObject({ status: 503 });
	});

	test.each([429, 503])(
		'stops waiting after a %d when the execution is cancelled',
		async (status) => {
			jest.useFakeTimers();
			const cancellation = new AbortController();
			const { send, request } = createSendWith(
				status,
				{ 'retry-after': '30' },
				cancellation.signal,
			);
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

	test.each([
		[1_000, 1_001],
		[60_000, 30_000],
		[1, 2],
	])('a request with %d ms left has a timeout of %d ms', async (leftMs, timeout) => {
		jest.useFakeTimers();
		const { send, request } = createSendWith(200);

		await send({ method: 'GET', path: '/', deadline: Date.now() + leftMs });

		expect(request.mock.calls).toMatchObject([['rsomPayApi', { timeout }, {}]]);
	});

	test.each([429, 503])(
		'returns a %d at the deadline when a retry would be later',
		async (status) => {
			jest.useFakeTimers();
			const { send, request } = createSendWith(status, { 'retry-after': '5' });
			let outcome: unknown;
			void send({ method: 'GET', path: '/', deadline: Date.now() + 1_000 }).then(
				(response) => (outcome = response),
			);

			await jest.advanceTimersByTimeAsync(999);
			expect(outcome).toBeUndefined();
			await jest.advanceTimersByTimeAsync(2);
			expect(outcome).toMatchObject({ status });
			await jest.advanceTimersByTimeAsync(10_000);
			expect(request).toHaveBeenCalledTimes(1);
		},
	);

	test('sets no timer in the past when the response comes after the deadline', async () => {
		jest.useFakeTimers();
		const { send, request } = createSendWith(503);
		const setTimer = jest.spyOn(globalThis, 'setTimeout');
		request.mockImplementation(async () => {
			jest.setSystemTime(Date.now() + 2_000);
			return await Promise.resolve({ statusCode: 503, headers: {}, body: {} });
		});

		const [response] = await Promise.all([
			send({ method: 'GET', path: '/', deadline: Date.now() + 1_000 }),
			jest.runAllTimersAsync(),
		]);

		expect(response).toMatchObject({ status: 503 });
		expect(request).toHaveBeenCalledTimes(1);
		expect(setTimer).toHaveBeenCalled();
		for (const [, delayMs] of setTimer.mock.calls) expect(delayMs).toBeGreaterThanOrEqual(0);
	});

	test('sends nothing after the deadline', async () => {
		const { send, request } = createSendWith(200);

		await expect(send({ method: 'GET', path: '/', deadline: Date.now() })).rejects.toMatchObject({
			name: 'ServiceError',
			message: 'RsomPay was not asked in time',
			failure: { cause: 'rate-limited' },
		});
		expect(request).not.toHaveBeenCalled();
	});

	afterEach(() => {
		jest.useRealTimers();
		jest.restoreAllMocks();
	});
});

describe('whyNoResponse', () => {
	test.each([
		['ENOTFOUND', 'There is no server of that name'],
		['EAI_AGAIN', 'The name of the server could not be looked up'],
		['ECONNREFUSED', 'Nothing listens at that address'],
		['ECONNRESET', 'The connection was closed before a response came'],
		['EPIPE', 'The connection was closed before a response came'],
		['ECONNABORTED', 'No response came in time'],
		['ETIMEDOUT', 'No response came in time'],
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
	])('explains %s', (code, sentence) => {
		expect(whyNoResponse(networkError(code))).toBe(sentence);
	});

	test('finds the code in the cause of a wrapped error', () => {
		let error: Error = networkError('ECONNREFUSED');
		for (let layer = 0; layer < 3; layer++) error = new Error('wrapped', { cause: error });

		expect(whyNoResponse(error)).toBe('Nothing listens at that address');
	});

	test('prefers the outermost code', () => {
		const error = Object.assign(networkError('ETIMEDOUT'), { cause: networkError('ECONNRESET') });

		expect(whyNoResponse(error)).toBe('No response came in time');
	});

	test('does not show the message, which may contain the token', () => {
		const error = Object.assign(networkError('ECONNRESET'), { message: 'Bearer secret-token' });

		expect(whyNoResponse(error)).not.toContain('secret-token');
		expect(whyNoResponse(new Error('Bearer secret-token'))).not.toContain('secret-token');
	});

	test.each([
		['The request was blocked.', 'The request was blocked'],
		['Two\n  lines', 'Two lines'],
		['Invalid URL: https://user:secret@host/?key=secret', 'Invalid URL: …'],
		['header Authorization: Basic c2VjcmV0Og==', 'header Authorization: Basic …'],
		['sk_live_abcdefghijklmnop0123 is wrong', '… is wrong'],
		['x '.repeat(300), `${'x '.repeat(99)}x`],
	])(
		'quotes what n8n said without a code, without secrets and addresses: %j',
		(message, quoted) => {
			const error = new Error('wrapped', { cause: new Error(message) });

			expect(whyNoResponse(error)).toBe(`The request could not be sent. n8n said: ${quoted}`);
		},
	);

	test.each([undefined, null, '', 'text', {}, new Error('')])(
		'has nothing to quote of %j',
		(error) => {
			expect(whyNoResponse(error)).toBe('The request could not be sent');
		},
	);

	test('returns a sentence for any value', () => {
		const circular = new Error('circular');
		circular.cause = circular;
		expect(whyNoResponse(circular)).toBe('The request could not be sent. n8n said: circular');
		fc.assert(
			fc.property(fc.anything(), (error) => {
				expect(whyNoResponse(error)).toMatch(/^[A-Z].*[^.]$/s);
			}),
		);
	});
});
