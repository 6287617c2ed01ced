import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exampleInvoiceRequest, startSimulator } from '../../../simulator/index.mts';
import type { Simulator, SimulatorOptions } from '../../../simulator/index.mts';

const running: { close(): Promise<unknown> }[] = [];

/** Closes `server` after the test, also if it fails. */
export function closeAfterTest(server: { close(): Promise<unknown> }): void {
	running.push(server);
}

afterEach(async () => {
	await Promise.all(running.splice(0).map((server) => server.close()));
});

/** Starts a simulator that stops after the test; webhooks have no delay and short retry delays. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
	const simulator = await startSimulator({
		seed: 7,
		webhookDelayMs: 0,
		retryDelaysMs: [5, 5, 5],
		...options,
	});
	closeAfterTest(simulator);
	return simulator;
}

export type Received = { headers: IncomingHttpHeaders; body: string; path: string };

/** Starts a partner's server that stops after the test; returns what it received too. */
export async function receiver(
	respond: (received: Received, count: number) => number | Promise<number> = () => 200,
): Promise<{ url: string; received: Received[] }> {
	const received: Received[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const delivery = {
				headers: request.headers,
				body: Buffer.concat(chunks).toString(),
				path: request.url ?? '',
			};
			received.push(delivery);
			void Promise.resolve(respond(delivery, received.length)).then((status) =>
				response
					.writeHead(status, { 'X-Receiver': 'partner', Location: '/elsewhere' })
					.end('received'),
			);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	closeAfterTest({
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, received };
}

export type ApiResponse = {
	status: number;
	headers: Headers;
	text: string;
	/** Parsed body; an empty object if it is not a JSON object. */
	body: {
		status?: unknown;
		message?: unknown;
		// Unparsed, because these tests are about the body that the API returns.
		data?: unknown;
		errors?: Record<string, string[]>;
		meta?: unknown;
	};
};

/** Sends a request, with the valid token unless `headers` has another. */
export async function call(
	simulator: Simulator,
	method: string,
	path: string,
	{ body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<ApiResponse> {
	const response = await fetch(simulator.apiBaseUrl + path, {
		method,
		headers: {
			Authorization: `Bearer ${simulator.apiToken}`,
			...(body !== undefined && { 'Content-Type': 'application/json' }),
			...headers,
		},
		body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
	});
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		text,
		body: parseJson(text),
	};
}

function parseJson(text: string): ApiResponse['body'] {
	return text.startsWith('{') ? (JSON.parse(text) as ApiResponse['body']) : {};
}

/** The body of the guide's invoice, with `fields` replaced. */
export function invoiceRequest(fields: Record<string, unknown> = {}): Record<string, unknown> {
	return { ...exampleInvoiceRequest, ...fields };
}

/** Creates the guide's invoice, with `fields` replaced. */
export async function create(
	simulator: Simulator,
	fields: Record<string, unknown> = {},
): Promise<ApiResponse> {
	return await call(simulator, 'POST', '/invoices', { body: invoiceRequest(fields) });
}

/** Creates the guide's invoice; returns the URL of its payment page. */
export async function paymentPage(
	simulator: Simulator,
	fields: Record<string, unknown> = {},
): Promise<string> {
	await create(simulator, fields);
	const invoice = simulator.control.invoices().at(-1);
	if (invoice === undefined) throw new Error('No invoice was created');
	return invoice.payment_url;
}

/** Clicks a button of a payment page. */
export async function click(page: string, action: string): Promise<Response> {
	return await fetch(page, {
		method: 'POST',
		body: new URLSearchParams({ action }),
		redirect: 'manual',
	});
}
