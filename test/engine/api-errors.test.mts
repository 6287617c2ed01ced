import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { z } from 'zod';

import type { Fault } from '../../simulator/index.mts';
import type { FinishedRun } from './harness/run-workflow.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const GET = { resource: 'invoice', operation: 'get', reference: 'INV-PARTNER-001' };
const ONCE = { options: { maxRetries: 0 } };

/** The message and the description that the panel shows. */
const shownError = ({ error }: FinishedRun) => ({
	message: error?.message ?? '',
	description: error && 'description' in error ? String(error.description) : '',
});

const urlOf = (server: Server) => {
	const { port } = z.object({ port: z.number() }).parse(server.address());
	return `http://127.0.0.1:${port}`;
};

const attempts = () => bench.simulator.control.requests().length;

const respondWith = (fault: Omit<Extract<Fault, { kind: 'status' }>, 'kind'>) =>
	bench.simulator.control.injectFault({ kind: 'status', ...fault });

describe('explains what happened and what to do', () => {
	test('401: the token is invalid', async () => {
		bench.credentials({ apiToken: 'rsom-token-unknown' });

		const run = await bench.run(GET);

		expect(shownError(run).message).toBe('RsomPay did not accept the API token [Item 0]');
		expect(shownError(run).description).toContain('Check the API Token in the credential');
		expect(run.error).toMatchObject({ name: 'NodeApiError', httpCode: '401' });
	});

	test.each(['wrongType', 'suspended'] as const)('403: the token is %s', async (kind) => {
		bench.credentials({ apiToken: bench.simulator.tokens[kind] });

		const run = await bench.run(GET);

		expect(shownError(run).message).toBe(
			'RsomPay does not allow this API token to do this [Item 0]',
		);
		expect(shownError(run).description).toContain('client-external-api');
		expect(shownError(run).description).toContain('suspended');
		expect(run.error).toMatchObject({ httpCode: '403' });
		expect(attempts()).toBe(1);
	});

	test('404: there is no such invoice', async () => {
		const run = await bench.run(GET);

		expect(shownError(run).message).toBe(
			'RsomPay could not find the invoice "INV-PARTNER-001" [Item 0]',
		);
		expect(shownError(run).description).toContain('RsomPay said: Invoice not found.');
		expect(run.error).toMatchObject({ httpCode: '404' });
		expect(attempts()).toBe(1);
	});

	test.each([
		{ language: 'ar', errorsUnder: 'errors', sentence: 'يجب أن يكون رابط حقل return_url متاحًا' },
		{ language: 'ar', errorsUnder: 'data', sentence: 'يجب أن يكون رابط حقل return_url متاحًا' },
		{ language: 'en', errorsUnder: 'errors', sentence: 'return_url' },
		{ language: 'en', errorsUnder: 'data', sentence: 'return_url' },
	] as const)(
		'422: every field with its messages, in $language, keyed under $errorsUnder',
		async ({ sentence, ...settings }) => {
			bench.simulator.control.configure({ ...settings, allowPrivateUrls: false });

			const run = await bench.run({
				...EXAMPLE_INVOICE,
				notificationUrl: 'http://127.0.0.1/hook',
				returnUrl: 'https://localhost/return',
			});

			expect(shownError(run).message).toContain(
				'RsomPay could not take the invoice "INV-PARTNER-001": ',
			);
			expect(shownError(run).message).toContain('notification_url: ');
			expect(shownError(run).message).toContain('return_url: ');
			expect(shownError(run).message).toContain(sentence);
			expect(run.error).toMatchObject({ httpCode: '422' });
			expect(attempts()).toBe(1);
		},
	);

	test('422 without fields: quotes the message of RsomPay', async () => {
		respondWith({ status: 422, body: { status: false, message: 'قيمة غير صالحة', data: null } });

		const run = await bench.run(EXAMPLE_INVOICE);

		expect(shownError(run).description).toContain('RsomPay said: قيمة غير صالحة');
	});

	test('429: shows the Retry-After header', async () => {
		respondWith({ status: 429, retryAfter: 7 });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(shownError(run).message).toBe('RsomPay is receiving too many requests [Item 0]');
		expect(shownError(run).description).toContain('Retry-After: 7');
		expect(shownError(run).description).toContain("'Concurrency'");
		expect(run.error).toMatchObject({ httpCode: '429' });
	});

	test('500: a server error of RsomPay', async () => {
		respondWith({ status: 500 });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(shownError(run).message).toContain('a fault on its side (HTTP 500)');
		expect(shownError(run).description).toContain('again later');
		expect(run.error).toMatchObject({ httpCode: '500' });
	});

	test.each([
		[404, '<!DOCTYPE html><title>Not here</title>'],
		[403, '  <html><body>Firewall</body></html>'],
	])('%d: HTML instead of data', async (status, body) => {
		respondWith({ status, body });

		const run = await bench.run(GET);

		expect(shownError(run).message).toContain(`a web page instead of data (HTTP ${status})`);
		expect(shownError(run).description).toContain('Check the environment and the Base URL');
	});

	test.each(['<html>Welcome</html>', { status: true, data: null }])(
		'200: a body that the guide does not describe: %j',
		async (body) => {
			respondWith({ status: 200, body });

			const run = await bench.run(GET);

			expect(shownError(run).message).toContain('could not be read (HTTP 200)');
			expect(shownError(run).description).toContain('Check the environment and the Base URL');
		},
	);

	test('302: does not follow the redirect, which would send the token to another server', async () => {
		const received: string[] = [];
		const other = createServer((request, response) => {
			received.push(request.url ?? '');
			response.end('{}');
		});
		const redirecting = createServer((_request, response) => {
			response.writeHead(302, { Location: `${urlOf(other)}/other` }).end();
		});
		await Promise.all(
			[other, redirecting].map(async (server) => {
				server.listen(0, '127.0.0.1');
				await once(server, 'listening');
			}),
		);
		bench.credentials({ baseUrl: urlOf(redirecting) });

		const run = await bench.run(GET);
		for (const server of [other, redirecting]) {
			server.closeAllConnections();
			server.close();
		}

		expect(shownError(run).message).toContain('an unexpected response (HTTP 302)');
		expect(received).toStrictEqual([]);
	});

	test('a dropped connection', async () => {
		bench.simulator.control.injectFault({ kind: 'drop' });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(shownError(run).message).toBe('RsomPay did not respond [Item 0]');
		expect(shownError(run).description).toContain(
			'The connection was closed before a response came',
		);
		expect(shownError(run).description).toContain(bench.simulator.apiBaseUrl);
	});

	test('a timeout', async () => {
		bench.simulator.control.injectFault({ kind: 'hang' });

		const run = await bench.run({ ...GET, options: { maxRetries: 0, timeout: 1 } });

		expect(shownError(run).description).toContain('No response came in time');
		expect(run.elapsedMs).toBeGreaterThanOrEqual(1000);
		expect(run.elapsedMs).toBeLessThan(4000);
	});

	test('a refused connection', async () => {
		bench.credentials({ baseUrl: 'http://127.0.0.1:9/api/external/v1' });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(shownError(run).description).toContain('Nothing listens at that address');
	});

	test('an invalid base URL', async () => {
		bench.credentials({ baseUrl: 'integration.rsompay.com' });

		const run = await bench.run(GET);

		expect(shownError(run).message).toContain("'Base URL' must be a whole address");
		expect(shownError(run).description).toContain('Nothing was sent');
		expect(run.error).toMatchObject({ name: 'NodeOperationError', node: { name: 'RsomPay' } });
	});
});

test('links an error to its item', async () => {
	await bench.run({ ...EXAMPLE_INVOICE, externalId: 'A' });

	const run = await bench.run(
		{ ...GET, reference: '={{ $json.id }}' },
		{ items: [{ id: 'A' }, { id: 'B' }] },
	);

	expect(shownError(run).message).toContain('"B" [Item 1]');
	expect(run.error).toMatchObject({ context: { itemIndex: 1 } });
});

describe('shows no token and no secret', () => {
	const SECRETS = {
		apiToken: 'rsom-token-that-must-stay-hidden',
		signingSecret: 'secret-that-must-stay-hidden',
		previousSigningSecret: 'older-secret-that-must-stay-hidden',
	};

	test.each<[string, Fault | undefined]>([
		['a 401', undefined],
		['a 422', { kind: 'status', status: 422, body: { errors: { notes: ['Too long.'] } } }],
		['a 429', { kind: 'status', status: 429 }],
		['a 500', { kind: 'status', status: 500 }],
		['HTML', { kind: 'status', status: 403, body: '<html></html>' }],
		['a dropped connection', { kind: 'drop' }],
		['an unreadable success', { kind: 'status', status: 200, body: 'Hello' }],
		[
			'a success',
			{ kind: 'status', status: 200, body: { data: { external_id: 'A', status: 'paid' } } },
		],
	])('in the stored data and the log of %s', async (_kind, fault) => {
		bench.credentials(SECRETS);
		if (fault) bench.simulator.control.injectFault(fault);

		const stopped = await bench.run({ ...GET, ...ONCE });
		const continued = await bench.run({ ...GET, ...ONCE }, { onError: 'continueRegularOutput' });

		const everything = stopped.everything() + continued.everything();
		expect(everything).toContain('Start executing node');
		expect(everything).not.toContain('must-stay-hidden');
		expect(everything).not.toContain('Bearer');
	});

	test('when the server is unreachable', async () => {
		bench.credentials({ ...SECRETS, baseUrl: 'http://127.0.0.1:9/api' });

		const run = await bench.run({ ...GET, ...ONCE });

		expect(run.status).toBe('error');
		expect(run.everything()).not.toContain('must-stay-hidden');
	});
});
