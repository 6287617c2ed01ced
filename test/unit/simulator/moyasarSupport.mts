import type { MoyasarPage, MoyasarPayment, Simulator } from '../../../simulator/index.mts';

/** A response of the simulated Moyasar. */
export type MoyasarResponse = {
	status: number;
	headers: Headers;
	text: string;
	/** Parsed JSON; null if it is not JSON. */
	body: unknown;
};

/** HTTP Basic with this key as user name. */
export function basic(key: string, password = ''): string {
	return `Basic ${Buffer.from(`${key}:${password}`).toString('base64')}`;
}

/** Sends a request, with the secret key and a User-Agent that passes the firewall unless `headers` has others. */
export async function moyasar(
	{ moyasar: { baseUrl, keys } }: Simulator,
	path: string,
	{ headers = {}, method = 'GET' }: { headers?: Record<string, string>; method?: string } = {},
): Promise<MoyasarResponse> {
	const response = await fetch(baseUrl + path, {
		method,
		headers: { Authorization: basic(keys.secret), 'User-Agent': 'my-shop/1.0', ...headers },
	});
	const text = await response.text();
	const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
	return {
		status: response.status,
		headers: response.headers,
		text,
		body: isJson ? (JSON.parse(text) as unknown) : null,
	};
}

/** Fetches a page of the list, filtered by `parameters`. Throws unless the status is 200. */
export async function page(
	simulator: Simulator,
	parameters: Record<string, string> = {},
): Promise<MoyasarPage> {
	const response = await moyasar(simulator, `/payments?${String(new URLSearchParams(parameters))}`);
	if (response.status !== 200) throw new Error(response.text);
	return response.body as MoyasarPage;
}

/** The IDs of payments, in order. */
export function idsOf(payments: readonly MoyasarPayment[]): string[] {
	return payments.map(({ id }) => id);
}
