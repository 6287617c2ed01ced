import {
	type INodeExecutionData,
	type IWebhookFunctions,
	type IWebhookResponseData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';

import {
	acknowledge,
	describeError,
	failUnlessRun,
	onResponseEnd,
	reject,
	rejectUnconfirmed,
	respond,
	RESPONSE_SENT,
	retryLater,
	type WebhookReply,
	type WebhookResponse,
	RESPOND_WHEN,
} from '../../../../../nodes/RsomPay/webhook/respond.ts';
import { InputError, ServiceError } from '../../../../../nodes/shared/errors.ts';

const TRIGGER = 'n8n-nodes-rsompay.rsomPayTrigger';

const SECRET = 'whsec-rsom-7Q2f';

const ITEMS: INodeExecutionData[][] = [[{ json: { event_id: 'a' } }]];

/** The context of a webhook, and the calls of its response and of the logger, in order. */
function webhookOf(type = TRIGGER) {
	const calls: unknown[][] = [];
	const record =
		(name: string) =>
		(...values: unknown[]) => {
			calls.push([name, ...values]);
			return response;
		};
	const response = {
		set: record('set'),
		status: record('status'),
		json: record('json'),
		send: record('send'),
		end: record('end'),
	};
	const node = {
		id: 'node ID',
		name: 'When Paid',
		type,
		typeVersion: 2,
		position: [0, 0],
		parameters: { backUrl: `https://partner.example.com/${SECRET}` },
		credentials: { rsomPayApi: { id: SECRET, name: SECRET } },
	};
	const context = {
		getNode: () => node,
		getWorkflow: () => ({ id: 'workflow ID', name: 'Fulfil', active: true }),
		getResponseObject: () => response,
		getHeaderData: () => ({ authorization: SECRET }),
		logger: {
			debug: record('debug'),
			info: record('info'),
			warn: record('warn'),
			error: record('error'),
		},
	} as unknown as IWebhookFunctions;
	return { context, calls };
}

/** Carries out a reply. Returns the calls in order, and what n8n gets. */
async function carryOut(reply: WebhookReply, type?: string) {
	const { context, calls } = webhookOf(type);
	const result = await respond(context, reply);
	return { calls, result };
}

describe('the replies', () => {
	test('acknowledge leaves the status to n8n', () => {
		expect(acknowledge('Event received')).toStrictEqual({ body: { message: 'Event received' } });
	});

	test('reject has the status and logs the message', () => {
		expect(reject(401, 'Not verified')).toStrictEqual({
			status: 401,
			body: { message: 'Not verified' },
			warning: 'Not verified',
		});
	});

	test('retryLater is a 503 with Retry-After, and logs nothing', () => {
		expect(retryLater('In flight')).toStrictEqual({
			status: 503,
			headers: { 'Retry-After': '5' },
			body: { message: 'In flight' },
		});
	});

	test('rejectUnconfirmed is a 503 with Retry-After, and logs the reason', () => {
		const error = new ServiceError('RsomPay did not respond', { description: 'Try again later.' });
		const message = 'The invoice could not be confirmed';
		const warning = `${message}: RsomPay did not respond. Try again later.`;

		expect(rejectUnconfirmed(webhookOf().context, error)).toStrictEqual({
			status: 503,
			headers: { 'Retry-After': '5' },
			body: { message },
			warning,
		});
	});

	test('rejectUnconfirmed contains nothing of the request', () => {
		const request = { headers: { Authorization: `Bearer ${SECRET}` } };
		const error = Object.assign(new Error('socket hang up'), { config: request, request });

		expect(JSON.stringify(rejectUnconfirmed(webhookOf().context, error))).not.toContain(SECRET);
	});
});

describe('respond with a status', () => {
	const HEADERS = { 'Retry-After': '5', 'Cache-Control': 'no-store' };

	test('sends the headers, the status and JSON at once', async () => {
		const body = { message: 'In flight' };
		const { calls, result } = await carryOut({ status: 503, headers: HEADERS, body });

		expect(calls).toStrictEqual([
			['set', 'Retry-After', '5'],
			['set', 'Cache-Control', 'no-store'],
			['status', 503],
			['json', body],
		]);
		expect(result).toStrictEqual({ noWebhookResponse: true });
	});

	test.each(['<!doctype html>', ''])('sends the text %j at once', async (body) => {
		const { calls, result } = await carryOut({ status: 200, headers: HEADERS, body });

		expect(calls).toStrictEqual([
			['set', 'Retry-After', '5'],
			['set', 'Cache-Control', 'no-store'],
			['status', 200],
			['send', body],
		]);
		expect(result).toStrictEqual(RESPONSE_SENT);
	});

	test('sets no header without headers', async () => {
		const { calls } = await carryOut({ status: 200, body: 'text' });

		expect(calls).toStrictEqual([
			['status', 200],
			['send', 'text'],
		]);
	});
});

describe('respond without a status', () => {
	test.each<[WebhookReply['body']]>([[{ message: 'Event received' }], ['<!doctype html>'], ['']])(
		'lets n8n respond with the headers and the body %j',
		async (body) => {
			const headers = { Location: 'https://partner.example.com', 'Cache-Control': 'no-store' };
			const { calls, result } = await carryOut({ headers, body });

			expect(calls).toStrictEqual([
				['set', 'Location', 'https://partner.example.com'],
				['set', 'Cache-Control', 'no-store'],
			]);
			expect(result).toEqual({ webhookResponse: body });
		},
	);

	test('starts the execution with the items', async () => {
		const { calls, result } = await carryOut({ body: 'text', workflowData: ITEMS });

		expect(calls).toStrictEqual([]);
		expect(result).toStrictEqual({ webhookResponse: 'text', workflowData: ITEMS });
		expect(result.workflowData).toBe(ITEMS);
	});

	test('leaves the body to n8n without one', async () => {
		const { calls, result } = await carryOut({ workflowData: ITEMS });

		expect(calls).toStrictEqual([]);
		expect(result).toEqual({ workflowData: ITEMS });
	});
});

describe('afterResponse', () => {
	test('runs after the response was sent, and before n8n gets the result', async () => {
		const { context, calls } = webhookOf();
		const finish = Promise.withResolvers<INodeExecutionData[][]>();
		const afterResponse = async () => {
			calls.push(['afterResponse']);
			return await finish.promise;
		};
		const results: IWebhookResponseData[] = [];
		const responding = respond(context, { status: 200, body: 'page', afterResponse }).then(
			(result) => results.push(result),
		);
		await new Promise((resolve) => setImmediate(resolve));

		expect(calls).toStrictEqual([['status', 200], ['send', 'page'], ['afterResponse']]);
		expect(results).toStrictEqual([]);

		finish.resolve(ITEMS);
		await responding;
		expect(results).toStrictEqual([{ noWebhookResponse: true, workflowData: ITEMS }]);
		expect(calls).toHaveLength(3);
	});

	test('without items starts nothing', async () => {
		const afterResponse = jest.fn().mockResolvedValue(undefined);
		const { result } = await carryOut({ status: 200, body: 'page', afterResponse });

		expect(afterResponse).toHaveBeenCalledTimes(1);
		expect(result).toStrictEqual({ noWebhookResponse: true });
	});

	test('does not change the result of other webhooks', async () => {
		await carryOut({
			status: 200,
			body: 'page',
			afterResponse: async () => await Promise.resolve(ITEMS),
		});

		expect(RESPONSE_SENT).toStrictEqual({ noWebhookResponse: true });
	});
});

describe('a warning', () => {
	test.each([
		[TRIGGER, 'RsomPay Trigger'],
		['n8n-nodes-rsompay.rsomPay', 'RsomPay'],
	])('of %s is logged once, with the workflow and the node', async (type, nodeType) => {
		const { calls } = await carryOut(reject(401, 'Not verified'), type);

		expect(calls.filter(([name]) => name !== 'status' && name !== 'json')).toStrictEqual([
			[
				'warn',
				`${nodeType} responded to a webhook with 401. Not verified`,
				{ workflowId: 'workflow ID', nodeName: 'When Paid' },
			],
		]);
	});

	test('does not change the response', async () => {
		const { calls, result } = await carryOut(reject(400, 'Not an event'));

		expect(calls.filter(([name]) => name !== 'warn')).toStrictEqual([
			['status', 400],
			['json', { message: 'Not an event' }],
		]);
		expect(result).toStrictEqual({ noWebhookResponse: true });
	});

	test('contains no secret of the node, of its credential and of the request', async () => {
		const { calls } = await carryOut({
			...reject(503, 'Not read'),
			headers: { 'X-Test': SECRET },
			body: SECRET,
		});
		const logged = calls.filter(([name]) => name === 'warn');

		expect(logged).toHaveLength(1);
		expect(JSON.stringify(logged)).not.toContain(SECRET);
	});

	test.each<[WebhookReply]>([
		[acknowledge('Event received')],
		[retryLater('In flight')],
		[{ status: 200, body: 'page' }],
		[{ workflowData: ITEMS }],
	])('is not logged for %j', async (reply) => {
		const { calls } = await carryOut(reply);

		expect(calls.map(([name]) => name)).not.toContain('warn');
	});
});

describe('describeError', () => {
	const descriptionOf = (error: unknown) => describeError(webhookOf().context, error);

	test.each<[string, unknown, string]>([
		[
			'an InputError',
			new InputError(["'Base URL' is empty", "'Options' must be an object"]),
			"'Base URL' is empty; 'Options' must be an object. Nothing was sent. Correct what is named above.",
		],
		[
			'a ServiceError',
			new ServiceError('RsomPay rejected the token', {
				description: 'Check the API token of the credential.',
				httpCode: 401,
			}),
			'RsomPay rejected the token. Check the API token of the credential.',
		],
		[
			'a ServiceError without a response',
			new ServiceError('RsomPay did not respond', { description: 'Try again later.' }),
			'RsomPay did not respond. Try again later.',
		],
		[
			'a ServiceError without a description',
			new ServiceError('RsomPay is not available', { description: '', httpCode: 503 }),
			'RsomPay is not available',
		],
		['any Error', new TypeError('fetch failed'), 'fetch failed'],
		['a text', 'no credential', 'no credential'],
	])('describes %s', (_, error, expected) => {
		expect(descriptionOf(error)).toBe(expected);
	});

	test('describes an error of n8n with its own message and description', () => {
		const node = webhookOf().context.getNode();
		const description = 'Open the credential.';

		expect(descriptionOf(new NodeOperationError(node, 'No credential', { description }))).toBe(
			'No credential. Open the credential.',
		);
		expect(descriptionOf(new NodeApiError(node, {}, { message: 'Not found', description }))).toBe(
			'Not found. Open the credential.',
		);
	});
});

describe('onResponseEnd', () => {
	const responseOf = (calls: unknown[]) => {
		const response = {
			statusCode: 200,
			end: () => {
				calls.push('end');
				return response;
			},
		};
		return response;
	};

	const listen = (response: object, listener: (status: number) => void) =>
		onResponseEnd(response as WebhookResponse, listener);

	test('calls the listener with the final status before the response ends', () => {
		const calls: unknown[] = [];
		const response = responseOf(calls);
		listen(response, (status) => calls.push(status));
		response.statusCode = 503;
		expect(calls).toStrictEqual([]);

		response.end();
		expect(calls).toStrictEqual([503, 'end']);
	});

	test('calls each of two listeners once per end', () => {
		const calls: unknown[] = [];
		const response = responseOf(calls);
		listen(response, (status) => calls.push(`first ${status}`));
		listen(response, (status) => calls.push(`second ${status}`));
		response.end();

		expect(calls.toSorted()).toStrictEqual(['end', 'first 200', 'second 200']);
		expect(calls.at(-1)).toBe('end');
	});
});

describe('failUnlessRun', () => {
	/** Ends a response of n8n with this body. Returns the status that a listener gets, and the calls. */
	const endWith = (body: unknown) => {
		const { context, calls } = webhookOf();
		const ending = context.getResponseObject() as unknown as { end: (body: unknown) => void };
		const response = Object.assign(ending, { statusCode: 200 });
		const statuses: number[] = [];
		onResponseEnd(response as unknown as WebhookResponse, (status) => statuses.push(status));
		failUnlessRun(context, response as unknown as WebhookResponse);
		response.end(body);
		return { statuses, calls };
	};

	test.each([
		'{"message":"Workflow executed successfully but the last node did not return any data"}',
		'{"message":"Workflow executed successfully but no data was returned"}',
	])('fails with 500, and logs it, when n8n responds with %s', (text) => {
		for (const body of [text, Buffer.from(text)]) {
			const { statuses, calls } = endWith(body);
			expect(statuses).toStrictEqual([500]);
			expect(calls).toStrictEqual([
				['warn', expect.stringContaining('no node has run'), expect.anything()],
				['end', body],
			]);
		}
	});

	test.each([undefined, '', '{"message":"Error in workflow"}'])(
		'leaves the status when n8n responds with %j',
		(body) => {
			const { statuses, calls } = endWith(body);
			expect(statuses).toStrictEqual([200]);
			expect(calls).toStrictEqual([['end', body]]);
		},
	);
});

test("uses n8n's response modes as the values of 'Respond'", () => {
	expect(RESPOND_WHEN).toStrictEqual({ immediately: 'onReceived', workflowSucceeds: 'lastNode' });
});

describe('a reply with a time', () => {
	const HEADERS = { 'Content-Security-Policy': "default-src 'none'" };

	beforeEach(() => {
		jest.useFakeTimers({ now: 1_000_000 });
	});
	afterEach(() => {
		jest.useRealTimers();
	});

	/** The response as n8n uses it. Express's types are not installed. */
	const n8nResponse = (context: IWebhookFunctions) =>
		context.getResponseObject() as unknown as Record<'set' | 'end', (...values: string[]) => void>;

	/** Carries the reply out; n8n then changes a header, and responds. */
	const respondAt = async (notBefore: number) => {
		const { context, calls } = webhookOf();
		await respond(context, { body: 'page', headers: HEADERS, notBefore });
		n8nResponse(context).set('Content-Security-Policy', 'sandbox');
		n8nResponse(context).end('page');
		return calls;
	};

	test('is sent then, with its own headers', async () => {
		const calls = await respondAt(Date.now() + 1_000);

		await jest.advanceTimersByTimeAsync(999);
		expect(calls.map(([name]) => name)).not.toContain('end');
		await jest.advanceTimersByTimeAsync(1);
		expect(calls.at(-1)).toStrictEqual(['end', 'page']);
		expect(calls.filter(([name]) => name === 'set').at(-1)).toStrictEqual([
			'set',
			...Object.entries(HEADERS).flat(),
		]);
	});

	test('is sent at once when the time has passed', async () => {
		const calls = await respondAt(Date.now() - 1_000);

		await jest.advanceTimersByTimeAsync(0);
		expect(calls.at(-1)).toStrictEqual(['end', 'page']);
	});

	test('reports the end to listeners when n8n ends it, not later', async () => {
		const { context } = webhookOf();
		await respond(context, { body: 'page', notBefore: Date.now() + 1_000 });
		const listener = jest.fn();
		onResponseEnd(context.getResponseObject(), listener);
		n8nResponse(context).end();

		expect(listener).toHaveBeenCalledTimes(1);
	});
});
