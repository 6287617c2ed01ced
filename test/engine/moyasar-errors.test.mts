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

/** The message, the description and the status that the panel shows. */
const shownError = ({ error }: FinishedRun) => ({
	message: error?.message ?? '',
	description: error && 'description' in error ? String(error.description) : '',
	httpCode: error && 'httpCode' in error ? error.httpCode : undefined,
});

const attempts = () => bench.control.requests().length;

const respondWith = (fault: Omit<Extract<MoyasarFault, { kind: 'status' }>, 'kind'>) =>
	bench.control.injectFault({ kind: 'status', ...fault });

const errorBody = (errors: unknown) => ({
	type: 'invalid_request_error',
	message: 'Validation Failed',
	errors,
});

describe('explains what happened and what to do', () => {
	test('a publishable key, before anything is sent', async () => {
		bench.credentials({ secretKey: bench.moyasar.keys.publishable });

		const run = await bench.run(LIST);

		expect(shownError(run).message).toBe(
			"The credential's 'Secret Key' is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard",
		);
		expect(shownError(run).description).toContain('Nothing was sent');
		expect(attempts()).toBe(0);
		expect(run.everything()).not.toContain(bench.moyasar.keys.publishable);
	});

	test('401: the key is invalid', async () => {
		bench.credentials({ secretKey: 'sk_test_unknown' });

		const run = await bench.run(LIST);

		expect(shownError(run)).toStrictEqual({
			message: 'Moyasar did not accept the secret key [Item 0]',
			description:
				'Check the Secret Key in the credential: it begins with sk_live_ or, for tests, with sk_test_. Moyasar said: Invalid authorization credentials',
			httpCode: '401',
		});
		expect(run.error).toHaveProperty('name', 'NodeApiError');
		expect(attempts()).toBe(1);
	});

	test('403: the key lacks the permission', async () => {
		bench.credentials({ secretKey: bench.moyasar.keys.unauthorized });

		const run = await bench.run(LIST);

		expect(shownError(run).message).toBe(
			'Moyasar does not allow this key to read payments [Item 0]',
		);
		expect(shownError(run).description).toContain('Moyasar said: User not authorized');
		expect(shownError(run).httpCode).toBe('403');
		expect(attempts()).toBe(1);
	});

	test("403: a firewall's page is not reported as a wrong key", async () => {
		bench.control.injectFault({ kind: 'firewall' });

		const run = await bench.run(LIST);

		expect(shownError(run).message).toBe(
			'Moyasar returned a web page instead of data (HTTP 403) [Item 0]',
		);
		expect(shownError(run).description).toContain('the key was not looked at');
		expect(shownError(run).description).not.toContain('blocked.<');
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
		respondWith({ status: 400, body: errorBody(errors) });

		const run = await bench.run(LIST);

		expect(shownError(run)).toStrictEqual({
			message: `Moyasar could not take the filters of the payments${list} [Item 0]`,
			description,
			httpCode: '400',
		});
		expect(attempts()).toBe(1);
	});

	test('400 of Get names the payment', async () => {
		respondWith({ status: 400, body: errorBody(null) });

		expect(shownError(await bench.run(GET)).message).toBe(
			'Moyasar could not take the payment "A" [Item 0]',
		);
	});

	test('404: there is no such payment', async () => {
		const run = await bench.run(GET);

		expect(shownError(run).message).toBe('Moyasar could not find the payment "A" [Item 0]');
		expect(shownError(run).description).toContain('Check that the ID is spelled the same');
		expect(shownError(run).httpCode).toBe('404');
		expect(attempts()).toBe(1);
	});

	test('404 of Get Many: the base URL is wrong', async () => {
		bench.credentials({ baseUrl: `${bench.moyasar.baseUrl}/v2` });

		expect(shownError(await bench.run(LIST)).message).toBe(
			'There is nothing of Moyasar at this address (HTTP 404) [Item 0]',
		);
	});

	test('405: the account is not activated', async () => {
		bench.control.configure({ activated: false });

		const run = await bench.run(LIST);

		expect(shownError(run).message).toBe(
			'This Moyasar account is not activated for live payments [Item 0]',
		);
		expect(shownError(run).httpCode).toBe('405');
		expect(attempts()).toBe(1);
	});

	test('429: shows the Retry-After header', async () => {
		respondWith({ status: 429, retryAfter: 7 });

		const run = await bench.run({ ...LIST, ...ONCE });

		expect(shownError(run).message).toBe('Moyasar is receiving too many requests [Item 0]');
		expect(shownError(run).description).toContain('Retry-After: 7');
		expect(shownError(run).httpCode).toBe('429');
	});

	test.each([500, 503])('%d: a server error of Moyasar', async (status) => {
		respondWith({ status });

		const run = await bench.run({ ...LIST, ...ONCE });

		expect(shownError(run).message).toBe(
			`Moyasar could not respond because of a fault on its side (HTTP ${status}) [Item 0]`,
		);
		expect(shownError(run).description).toContain('Try again later');
	});

	test.each<[string, unknown]>([
		['an HTML page', '<html>Welcome</html>'],
		['not a list', { data: [] }],
		['a list without its totals', { payments: [], meta: { current_page: 1 } }],
		['payments without an ID', { payments: [{}], meta: { total_pages: 1, total_count: 1 } }],
	])('200: a body that is %s', async (_, body) => {
		respondWith({ status: 200, body });

		const run = await bench.run(LIST);

		expect(shownError(run).message).toBe(
			'Moyasar returned a response that could not be read (HTTP 200) [Item 0]',
		);
		expect(shownError(run).description).toContain('Check the Base URL in the credential');
		expect(run.items('Moyasar')).toStrictEqual([]);
	});

	test('a dropped connection', async () => {
		bench.control.injectFault({ kind: 'drop' });

		const run = await bench.run({ ...LIST, ...ONCE });

		expect(shownError(run).message).toBe('Moyasar did not respond [Item 0]');
		expect(shownError(run).description).toContain(
			'The connection was closed before a response came',
		);
		expect(shownError(run).description).toContain(bench.moyasar.baseUrl);
	});

	test('the description names only fields of the credential', async () => {
		bench.control.injectFault({ kind: 'drop' });

		const { description } = shownError(await bench.run({ ...LIST, ...ONCE }));

		expect(description).toContain('The connection was closed');
		expect(description).not.toContain('environment');
	});

	test('a timeout', async () => {
		bench.control.injectFault({ kind: 'hang' });

		const run = await bench.run({ ...LIST, options: { maxRetries: 0, timeout: 1 } });

		expect(shownError(run).description).toContain('No response came in time');
		expect(run.elapsedMs).toBeLessThan(4000);
	});

	test('302: does not follow the redirect, which would send the key to another server', async () => {
		const received: string[] = [];
		const other = createServer((request, response) => {
			received.push(request.url ?? '');
			response.end('{}');
		});
		const urlOf = (server: Server) => {
			const { port } = z.object({ port: z.number() }).parse(server.address());
			return `http://127.0.0.1:${port}`;
		};
		const redirecting = createServer((_request, response) => {
			response.writeHead(302, { Location: `${urlOf(other)}/other` }).end();
		});
		for (const server of [other, redirecting]) {
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
		}
		bench.credentials({ baseUrl: urlOf(redirecting) });

		const run = await bench.run(LIST);
		for (const server of [other, redirecting]) {
			server.closeAllConnections();
			server.close();
		}

		expect(shownError(run).message).toContain('an unexpected response (HTTP 302)');
		expect(received).toStrictEqual([]);
	});
});

describe('retries after', () => {
	test('a 429 when its Retry-After has passed', async () => {
		bench.pay('A');
		respondWith({ status: 429, retryAfter: 1, match: { times: 1 } });

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

test('sends its own user agent, which the firewall accepts', async () => {
	bench.control.seedPayments({ count: 50 });

	await bench.run(LIST);
	await bench.run({ ...GET, paymentId: bench.control.payments()[0]?.id ?? '' });

	expect(
		bench.control.requests().map(({ headers, status }) => [headers['user-agent'], status]),
	).toStrictEqual(Array.from({ length: 3 }, () => ['n8n-nodes-moyasar', 200]));
});

describe('with continue-on-fail', () => {
	test('outputs an error as an item linked to its input item', async () => {
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

	test('outputs errors at the error output', async () => {
		bench.pay('A');

		const run = await bench.run(
			{ ...GET, paymentId: '={{ $json.id }}' },
			{ items: [{ id: 'B' }, { id: 'A' }, { id: '' }], onError: 'continueErrorOutput' },
		);

		expect(run.items('Moyasar', 0).map(({ json }) => json.id)).toStrictEqual(['A']);
		expect(run.items('Moyasar', 1)).toHaveLength(2);
		expect(JSON.stringify(run.items('Moyasar', 1))).toContain("'Payment' is empty [Item 2]");
	});

	test('outputs the messages of a 400 by field', async () => {
		respondWith({ status: 400, body: errorBody({ page: ['is invalid'] }) });

		const run = await bench.run(LIST, { onError: 'continueRegularOutput' });

		expect(JSON.stringify(run.items('Moyasar'))).toContain('"fields":{"page":["is invalid"]}');
	});
});

test('links an error to its item without continue-on-fail', async () => {
	bench.pay('A');

	const run = await bench.run(
		{ ...GET, paymentId: '={{ $json.id }}' },
		{ items: [{ id: 'A' }, { id: 'B' }] },
	);

	expect(shownError(run).message).toContain('"B" [Item 1]');
	expect(run.error).toMatchObject({ context: { itemIndex: 1 } });
});

describe('shows no key', () => {
	const secretKey = 'sk_test_that-must-stay-hidden';

	test.each<[string, MoyasarFault | undefined]>([
		['a 401', undefined],
		['a 400', { kind: 'status', status: 400, body: errorBody({ page: ['is invalid'] }) }],
		['a 429', { kind: 'status', status: 429 }],
		['a 500', { kind: 'status', status: 500 }],
		['a firewall', { kind: 'firewall' }],
		['a dropped connection', { kind: 'drop' }],
		['an unreadable success', { kind: 'status', status: 200, body: 'Hello' }],
		['a success', { kind: 'status', status: 200, body: { id: 'A', status: 'paid' } }],
	])('in the stored data and the log of %s', async (_, fault) => {
		bench.credentials({ secretKey });
		if (fault) bench.control.injectFault(fault);

		const stopped = await bench.run({ ...GET, ...ONCE });
		const continued = await bench.run({ ...GET, ...ONCE }, { onError: 'continueRegularOutput' });

		const everything = stopped.everything() + continued.everything();
		expect(everything).toContain('Start executing node');
		expect(everything).not.toContain('must-stay-hidden');
		expect(everything).not.toContain(Buffer.from(`${secretKey}:`).toString('base64'));
		expect(everything).not.toMatch(/Basic [A-Za-z0-9+/]/);
	});

	test('when the server is unreachable', async () => {
		bench.credentials({ secretKey, baseUrl: 'http://127.0.0.1:9/v1' });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(run.status).toBe('error');
		expect(shownError(run).description).toContain('Nothing listens at that address');
		expect(run.everything()).not.toContain('must-stay-hidden');
	});
});
