/** What a customer's browser is given. */
export type Visit = {
	status: number;
	headers: Headers;
	body: string;
	/** The text of the page's heading. */
	heading: string | undefined;
	language: string | undefined;
	direction: string | undefined;
	/** Where the links on the page lead. */
	links: string[];
};

/**
 * Opens an address as the browser of a customer does who comes back from the payment page; a
 * redirect is not followed.
 *
 * @param query the parameters that RsomPay puts behind the address, or a whole query
 * @param languages what the browser accepts
 */
export async function visit(
	url: string,
	query: Record<string, string> | string,
	languages = 'en-US,en;q=0.9',
): Promise<Visit> {
	const behind = typeof query === 'string' ? query : new URLSearchParams(query).toString();
	const response = await fetch(`${url}${url.includes('?') ? '&' : '?'}${behind}`, {
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
