/** The response to a customer's browser. */
export type Visit = {
	status: number;
	headers: Headers;
	body: string;
	/** The text of the page's heading. */
	heading: string | undefined;
	language: string | undefined;
	direction: string | undefined;
	/** The URLs of the links on the page. */
	links: string[];
};

/** The headers of a response that do not depend on the time. */
export function headersOf(headers: Headers): Record<string, string> {
	const found: Record<string, string> = {};
	headers.forEach((value, name) => {
		if (name !== 'date') found[name] = value;
	});
	return found;
}

/**
 * Requests a return URL like the browser of a customer who returns from the payment page. Does not
 * follow redirects.
 *
 * @param query the parameters that RsomPay adds to the URL, or a whole query string
 * @param languages the `Accept-Language` header
 */
export async function visit(
	url: string,
	query: Record<string, string> | string,
	languages = 'en-US,en;q=0.9',
): Promise<Visit> {
	const search = typeof query === 'string' ? query : new URLSearchParams(query).toString();
	const response = await fetch(`${url}${url.includes('?') ? '&' : '?'}${search}`, {
		redirect: 'manual',
		headers: { 'accept-language': languages },
	});
	const body = await response.text();
	const first = (pattern: RegExp) => pattern.exec(body)?.[1];
	return {
		status: response.status,
		headers: response.headers,
		body,
		heading: first(/<h1>(.*?)<\/h1>/),
		language: first(/<html lang="(.*?)"/),
		direction: first(/dir="(.*?)"/),
		links: [...body.matchAll(/<a href="(.*?)"/g)].map(([, href = '']) => href),
	};
}
