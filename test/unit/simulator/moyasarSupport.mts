import type { MoyasarPage, MoyasarPayment, Simulator } from '../../../simulator/index.mts';

/** An answer of the simulated Moyasar. */
export type MoyasarAnswer = {
	status: number;
	headers: Headers;
	text: string;
	/** A page or a payment, left as it came; null if it is not JSON. */
	body: unknown;
};

/** HTTP Basic with this key as user name. */
export function basic(key: string, password = ''): string {
	return `Basic ${Buffer.from(`${key}:${password}`).toString('base64')}`;
}

/** A request with the secret key and a User-Agent that the firewall lets in, unless `headers` say otherwise. */
export async function moyasar(
	{ moyasar: { baseUrl, keys } }: Simulator,
	path: string,
	{ headers = {}, method = 'GET' }: { headers?: Record<string, string>; method?: string } = {},
): Promise<MoyasarAnswer> {
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

/** A page of the list, of the payments that these parameters let through. */
export async function page(
	simulator: Simulator,
	parameters: Record<string, string> = {},
): Promise<MoyasarPage> {
	const answer = await moyasar(simulator, `/payments?${String(new URLSearchParams(parameters))}`);
	if (answer.status !== 200) throw new Error(answer.text);
	return answer.body as MoyasarPage;
}

/** The ids of a page, in order. */
export function idsOf(payments: readonly MoyasarPayment[]): string[] {
	return payments.map(({ id }) => id);
}
