import { MAX_PAGE_SIZE, type RsomPayClient } from './client';
import type { Invoice, Transaction } from './schemas';

/** How long the transactions are waited for. The payment is an addition to a paid invoice. */
const TIMEOUT_MS = 5_000;

/** Finds the payment of a paid invoice, `undefined` when it is not certain which one it is. */
export type FindPayment = (invoice: Invoice) => Promise<Transaction | undefined>;

/**
 * Creates a function that looks for the payment of an invoice among the newest transactions of its
 * customer. The transactions of a customer are read again only for a payment that they lack: it may be
 * newer. API guide: `GET /transactions`.
 *
 * @param latest until when to wait for them at most, in ms since 1970
 * @returns the function. It throws a ServiceError when RsomPay does not return the transactions.
 */
export function createPaymentFinder(client: RsomPayClient, latest = Infinity): FindPayment {
	const newest = new Map<string, Promise<Transaction[]>>();
	const read = async (customerId: string) => {
		const deadline = Math.min(latest, Date.now() + TIMEOUT_MS);
		return (await client.listTransactions(customerId, 1, MAX_PAGE_SIZE, deadline)).records;
	};
	return async (invoice) => {
		const { id } = invoice.customer ?? {};
		if (!id) return undefined;
		const before = newest.get(id);
		const known = before && findPayment(invoice, await before.catch(() => []));
		if (known) return known;
		// Those that lack their payment in the same list share the next one.
		const next = newest.get(id);
		const transactions = next && next !== before ? next : read(id);
		newest.set(id, transactions);
		return findPayment(invoice, await transactions);
	};
}

/**
 * Finds the transaction that paid an invoice: the only completed one of this invoice, and of its whole
 * amount.
 */
export function findPayment(
	{ external_id, amount }: Invoice,
	transactions: readonly Transaction[],
): Transaction | undefined {
	const completed = transactions.filter(
		(transaction) =>
			transaction.invoice_external_id === external_id && transaction.status === 'completed',
	);
	const [payment] = completed;
	// An amount may be a text such as "103.50".
	const whole = Number(amount);
	// Number makes 0 of a missing amount such as null.
	const isWhole = whole > 0 && Number(payment?.amount) === whole;
	const isCertain = completed.length === 1 && isWhole;
	return isCertain ? payment : undefined;
}
