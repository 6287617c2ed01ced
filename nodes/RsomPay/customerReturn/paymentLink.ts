import type { Invoice } from '../api/schemas';

/** A simulated RsomPay on this machine has no HTTPS. */
const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;

/**
 * Reads the payment link of an invoice. It becomes a link on a page, so it must be HTTPS, or HTTP to
 * this machine.
 *
 * @returns the URL as the URL parser prints it, or `undefined`
 */
export function paymentLinkOf({ payment_url: link }: Invoice): string | undefined {
	if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
	const { protocol, hostname, username, password, href } = new URL(link);
	const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
	return isSafe && username === '' && password === '' ? href : undefined;
}
