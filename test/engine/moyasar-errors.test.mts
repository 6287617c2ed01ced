import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { z } from 'zod';

import type { MoyasarFault } from '../../simulator/index.mts';
import { useMoyasar } from './harness/moyasar.mts';
import type { FinishedRun } from './harness/run-workflow.mts';

const bench = useMoyasar();

const LIST = { resource: 'payment', operation: 'getAll', returnAll: true };
const GET = { resource: 'payment', operation: 'get', paymentId: 'A' };
const ONCE = { options: { maxRetries: 0 } };

/** What the panel shows of an error. */
const told = ({ error }: FinishedRun) => ({
	message: error?.message ?? '',
	description: error && 'description' in error ? String(error.description) : '',
	httpCode: error && 'httpCode' in error ? error.httpCode : undefined,
});

const attempts = () => bench.control.requests().length;

const answerWith = (fault: Omit<Extract<MoyasarFault, { kind: 'status' }>, 'kind'>) =>
	bench.control.injectFault({ kind: 'status', ...fault });

const errorBody = (errors: unknown) => ({
	type: 'invalid_request_error',
	message: 'Validation Failed',
	errors,
});

describe('says what happened and what to do', () => {
	test('a publishable key, before anything is sent', async () => {
		bench.credentials({ secretKey: bench.moyasar.keys.publishable });

		const run = await bench.run(LIST);

		expect(told(run).message).toBe(
			"The credential's 'Secret Key' is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard",
		);
		expect(told(run).description).toContain('Nothing was sent');
		expect(attempts()).toBe(0);
		expect(run.everything()).not.toContain(bench.moyasar.keys.publishable);
	});

	test('401: the key is wrong', async () => {
		bench.credentials({ secretKey: 'sk_test_unknown' });

		const run = await bench.run(LIST);

		expect(told(run)).toStrictEqual({
			message: 'Moyasar did not accept the secret key [Item 0]',
			description:
				'Check the Secret Key in the credential: it begins with sk_live_ or, for tests, with sk_test_. Moyasar said: Invalid authorization credentials',
			httpCode: '401',
		});
		expect(run.error).toHaveProperty('name', 'NodeApiError');
		expect(attempts()).toBe(1);
	});

	test('403: the key has not got the right', async () => {
		bench.credentials({ secretKey: bench.moyasar.keys.unauthorized });

		const run = await bench.run(LIST);

		expect(told(run).message).toBe('Moyasar does not allow this key to read payments [Item 0]');
		expect(told(run).description).toContain('Moyasar said: User not authorized');
		expect(told(run).httpCode).toBe('403');
		expect(attempts()).toBe(1);
	});

	test("403: a firewall's page does not blame the key", async () => {
		bench.control.injectFault({ kind: 'firewall' });

		const run = await bench.run(LIST);

		expect(told(run).message).toBe(
			'Moyasar answered with a web page instead of data (HTTP 403) [Item 0]',
		);
		expect(told(run).description).toContain('the key was not looked at');
		expect(told(run).description).not.toContain('blocked.<');
		expect(attempts()).toBe(1);
	});

	test.each<[string, unknown, string, string]>([
		[
			'a map',
			{ status: ['is invalid', 'is unknown'], page: ['is invalid'] },
			': status: is invalid is unknown; page: is invalid',
			'Correct the values named above and run the workflow again.',
		],
		[
			'a text',
			'page is invalid',
			': page is invalid',
			'Correct the values named above and run the workflow again.',
		],
		['null', null, '', 'Check the values of this item. Moyasar said: Validation Failed'],
	])('400 with %s of errors', async (_, errors, list, description) => {
		answerWith({ status: 400, body: errorBody(errors) });

		const run = await bench.run(LIST);

		expect(told(run)).toStrictEqual({
			message: `Moyasar could not take the filters of the payments${list} [Item 0]`,
			description,
			httpCode: '400',
		});
		expect(attempts()).toBe(1);
	});

	test('400 of a payment names it', async () => {
		answerWith({ status: 400, body: errorBody(null) });

		expect(told(await bench.run(GET)).message).toBe(
			'Moyasar could not take the payment "A" [Item 0]',
		);
	});

	test('404: there is no such payment', async () => {
		const run = await bench.run(GET);

		expect(told(run).message).toBe('Moyasar could not find the payment "A" [Item 0]');
		expect(told(run).description).toContain('Check that the ID is spelled the same');
		expect(told(run).httpCode).toBe('404');
		expect(attempts()).toBe(1);
	});

	test('404 of a list: the address is wrong', async () => {
		bench.credentials({ baseUrl: `${bench.moyasar.baseUrl}/v2` });

		expect(told(await bench.run(LIST)).message).toBe(
			'There is nothing of Moyasar at this address (HTTP 404) [Item 0]',
		);
	});

	test('405: the account is not activated', async () => {
		bench.control.configure({ activated: false });

		const run = await bench.run(LIST);

		expect(told(run).message).toBe(
			'This Moyasar account is not activated for live payments [Item 0]',
		);
		expect(told(run).httpCode).toBe('405');
		expect(attempts()).toBe(1);
	});

	test('429: too many requests, and for how long', async () => {
		answerWith({ status: 429, retryAfter: 7 });

		const run = await bench.run({ ...LIST, ...ONCE });

		expect(told(run).message).toBe('Moyasar is receiving too many requests [Item 0]');
		expect(told(run).description).toContain('Retry-After: 7');
		expect(told(run).httpCode).toBe('429');
	});

	test.each([500, 503])('%d: a fault on the side of Moyasar', async (status) => {
		answerWith({ status });

		const run = await bench.run({ ...LIST, ...ONCE });

		expect(told(run).message).toBe(
			`Moyasar could not answer because of a fault on its side (HTTP ${status}) [Item 0]`,
		);
		expect(told(run).description).toContain('Try again later');
	});

	test.each<[string, unknown]>([
		['a web page', '<html>Welcome</html>'],
		['no list', { data: [] }],
		['a list without its totals', { payments: [], meta: { current_page: 1 } }],
		['payments without an ID', { payments: [{}], meta: { total_pages: 1, total_count: 1 } }],
	])('a success that is %s', async (_, body) => {
		answerWith({ status: 200, body });

		const run = await bench.run(LIST);

		expect(told(run).message).toBe(
			'Moyasar gave an answer that could not be read (HTTP 200) [Item 0]',
		);
		expect(told(run).description).toContain('Check the Base URL in the credential');
		expect(run.items('Moyasar')).toStrictEqual([]);
	});

	test('a dropped connection', async () => {
		bench.control.injectFault({ kind: 'drop' });

		const run = await bench.run({ ...LIST, ...ONCE });

		expect(told(run).message).toBe('Moyasar did not answer [Item 0]');
		expect(told(run).description).toContain('The connection was closed before an answer came');
		expect(told(run).description).toContain(bench.moyasar.baseUrl);
	});

	test('what to check is something that the credential has', async () => {
		bench.control.injectFault({ kind: 'drop' });

		const { description } = told(await bench.run({ ...LIST, ...ONCE }));

		expect(description).toContain('The connection was closed');
		expect(description).not.toContain('environment');
	});

	test('a time-out', async () => {
		bench.control.injectFault({ kind: 'hang' });

		const run = await bench.run({ ...LIST, options: { maxRetries: 0, timeout: 1 } });

		expect(told(run).description).toContain('No answer came in time');
		expect(run.elapsedMs).toBeLessThan(4000);
	});

	test('a redirect, which would take the key to another address', async () => {
		const visitors: string[] = [];
		const elsewhere = createServer((request, response) => {
			visitors.push(request.url ?? '');
			response.end('{}');
		});
		const addressOf = (server: Server) => {
			const { port } = z.object({ port: z.number() }).parse(server.address());
			return `http://127.0.0.1:${port}`;
		};
		const redirecting = createServer((_request, response) => {
			response.writeHead(302, { Location: `${addressOf(elsewhere)}/elsewhere` }).end();
		});
		for (const server of [elsewhere, redirecting]) {
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
		}
		bench.credentials({ baseUrl: addressOf(redirecting) });

		const run = await bench.run(LIST);
		for (const server of [elsewhere, redirecting]) {
			server.closeAllConnections();
			server.close();
		}

		expect(told(run).message).toContain('an answer that was not expected (HTTP 302)');
		expect(visitors).toStrictEqual([]);
	});
});

describe('is tried again after', () => {
	test('a 429, when its Retry-After has passed', async () => {
		bench.pay('A');
		answerWith({ status: 429, retryAfter: 1, match: { times: 1 } });

		const run = await bench.run(GET);

		expect(run.status).toBe('success');
		const [first, second] = bench.control.requests();
		expect((second?.receivedAt ?? 0) - (first?.answeredAt ?? 0)).toBeGreaterThanOrEqual(990);
	});

	test.each<MoyasarFault>([
		{ kind: 'status', status: 500, match: { times: 1 } },
		{ kind: 'status', status: 503, match: { times: 1 } },
		{ kind: 'drop', match: { times: 1 } },
		{ kind: 'lost-answer', match: { times: 1 } },
	])('%j', async (fault) => {
		bench.pay('A');
		bench.control.injectFault(fault);

		const run = await bench.run(GET);

		expect(run.status).toBe('success');
		expect(attempts()).toBe(2);
	});
});

test('calls itself by its own name, which a firewall lets through', async () => {
	bench.control.seedPayments({ count: 50 });

	await bench.run(LIST);
	await bench.run({ ...GET, paymentId: bench.control.payments()[0]?.id ?? '' });

	expect(
		bench.control.requests().map(({ headers, status }) => [headers['user-agent'], status]),
	).toStrictEqual(Array.from({ length: 3 }, () => ['n8n-nodes-rsompay', 200]));
});

describe('with continue-on-fail', () => {
	test('an error is an item, linked to the one that it is about', async () => {
		bench.pay('A');
		bench.pay('C');

		const run = await bench.run(
			{ ...GET, paymentId: '={{ $json.id }}', simplify: false },
			{ items: [{ id: 'A' }, { id: 'B' }, { id: 'C' }], onError: 'continueRegularOutput' },
		);

		expect(run.status).toBe('success');
		expect(
			run.items('Moyasar').map(({ json, error }) => json.id ?? json.error ?? error),
		).toStrictEqual(['A', expect.stringContaining('could not find the payment "B" [Item 1]'), 'C']);
		expect(run.items('Moyasar').map(({ pairedItem }) => pairedItem)).toStrictEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
	});

	test('errors go to their own output', async () => {
		bench.pay('A');

		const run = await bench.run(
			{ ...GET, paymentId: '={{ $json.id }}' },
			{ items: [{ id: 'B' }, { id: 'A' }, { id: '' }], onError: 'continueErrorOutput' },
		);

		expect(run.items('Moyasar', 0).map(({ json }) => json.id)).toStrictEqual(['A']);
		expect(run.items('Moyasar', 1)).toHaveLength(2);
		expect(JSON.stringify(run.items('Moyasar', 1))).toContain("'Payment ID' is empty [Item 2]");
	});

	test('the messages of a 400 are kept by their fields', async () => {
		answerWith({ status: 400, body: errorBody({ page: ['is invalid'] }) });

		const run = await bench.run(LIST, { onError: 'continueRegularOutput' });

		expect(JSON.stringify(run.items('Moyasar'))).toContain('"fields":{"page":["is invalid"]}');
	});
});

test('without it an error is linked to the item that it is about', async () => {
	bench.pay('A');

	const run = await bench.run(
		{ ...GET, paymentId: '={{ $json.id }}' },
		{ items: [{ id: 'A' }, { id: 'B' }] },
	);

	expect(told(run).message).toContain('"B" [Item 1]');
	expect(run.error).toMatchObject({ context: { itemIndex: 1 } });
});

describe('the key never appears', () => {
	const secretKey = 'sk_test_that-nobody-may-see';

	test.each<[string, MoyasarFault | undefined]>([
		['a 401', undefined],
		['a 400', { kind: 'status', status: 400, body: errorBody({ page: ['is invalid'] }) }],
		['a 429', { kind: 'status', status: 429 }],
		['a 500', { kind: 'status', status: 500 }],
		['a firewall', { kind: 'firewall' }],
		['a dropped connection', { kind: 'drop' }],
		['an unreadable success', { kind: 'status', status: 200, body: 'Hello' }],
		['a success', { kind: 'status', status: 200, body: { id: 'A', status: 'paid' } }],
	])('in what n8n stores and logs of %s', async (_, fault) => {
		bench.credentials({ secretKey });
		if (fault) bench.control.injectFault(fault);

		const stopped = await bench.run({ ...GET, ...ONCE });
		const goesOn = await bench.run({ ...GET, ...ONCE }, { onError: 'continueRegularOutput' });

		const everything = stopped.everything() + goesOn.everything();
		expect(everything).toContain('Start executing node');
		expect(everything).not.toContain('nobody-may-see');
		expect(everything).not.toContain(Buffer.from(`${secretKey}:`).toString('base64'));
		expect(everything).not.toMatch(/Basic [A-Za-z0-9+/]/);
	});

	test('when the address is unreachable', async () => {
		bench.credentials({ secretKey, baseUrl: 'http://127.0.0.1:9/v1' });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(run.status).toBe('error');
		expect(told(run).description).toContain('Nothing listens at that address');
		expect(run.everything()).not.toContain('nobody-may-see');
	});
});
