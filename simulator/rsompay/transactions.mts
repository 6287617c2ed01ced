import { seededIds } from '../shared/ids.mts';
import { fromHundredths } from '../shared/decimal.mts';
import { timestamp } from './timestamp.mts';
import type { Transaction } from './types.mts';

/** One page of a customer's transactions, as `data` and `meta` of GET /transactions. */
export type TransactionPage = {
	data: Transaction[];
	meta: { total: number; per_page: number; current_page: number; last_page: number };
};

const METHODS = ['card', 'mada', 'tamara', 'visa'];

/** Seven of ten are completed. */
const STATUSES: Transaction['status'][] = [
	'completed',
	'completed',
	'pending',
	'completed',
	'completed',
	'failed',
	'completed',
	'completed',
	'completed',
	'failed',
];

/** Every customer's transactions. */
export class Transactions {
	readonly #seed: number;
	/** Oldest first, so that adding a new one is cheap; equal times in order of insertion. */
	#byCustomer = new Map<string, Transaction[]>();
	#count = 0;

	constructor(seed: number) {
		this.#seed = seed;
	}

	/** Adds one in order of `created_at`; absent fields have defaults, which make it the newest. */
	add(customerId: string, now: Date, fields: Partial<Transaction> = {}): Transaction {
		const list = this.#listOf(customerId);
		const created = fields.created_at ?? nextTimestamp(list, now);
		const status = fields.status ?? 'completed';
		this.#count += 1;
		const transaction: Transaction = {
			reference: `TX-REF-${this.#count}`,
			status,
			amount: 103.5,
			currency_code: 'SAR',
			payment_method: 'card',
			invoice_external_id: `${customerId}-INV-${this.#count}`,
			captured_at: status === 'completed' ? created : null,
			created_at: created,
			...fields,
		};
		let index = list.length;
		while ((list[index - 1]?.created_at ?? '') > created) index -= 1;
		list.splice(index, 0, transaction);
		return transaction;
	}

	/**
	 * Adds `count` of them, seven minutes apart, the newest at `newestAt`: the same for the same seed,
	 * customer and count. Returns them newest first.
	 */
	seed(customerId: string, count: number, newestAt: Date): Transaction[] {
		const ids = seededIds(this.#seed, `transactions:${customerId}`);
		const oldestFirst = Array.from({ length: count }, (_, index) => {
			const age = (count - 1 - index) * 7 * 60_000;
			return this.add(customerId, newestAt, {
				status: STATUSES[index % STATUSES.length],
				payment_method: METHODS[parseInt(ids.hex(4), 16) % METHODS.length],
				amount: fromHundredths(BigInt(`0x${ids.hex(5)}`) + 1n),
				created_at: timestamp(new Date(newestAt.getTime() - age)),
			});
		});
		return oldestFirst.reverse();
	}

	/** A page, newest first; empty after the last one. */
	page(customerId: string, page: number, perPage: number): TransactionPage {
		const list = this.#byCustomer.get(customerId) ?? [];
		const end = Math.max(0, list.length - (page - 1) * perPage);
		return {
			data: list.slice(Math.max(0, end - perPage), end).reverse(),
			meta: {
				total: list.length,
				per_page: perPage,
				current_page: page,
				last_page: Math.max(1, Math.ceil(list.length / perPage)),
			},
		};
	}

	/** Removes all of them; the numbers of references continue. */
	clear(): void {
		this.#byCustomer = new Map();
	}

	#listOf(customerId: string): Transaction[] {
		const existing = this.#byCustomer.get(customerId);
		if (existing !== undefined) return existing;
		const list: Transaction[] = [];
		this.#byCustomer.set(customerId, list);
		return list;
	}
}

/** Now, or one second after the newest transaction, the later of both. */
function nextTimestamp(list: readonly Transaction[], now: Date): string {
	const last = list.at(-1)?.created_at;
	if (last === undefined || last < timestamp(now)) return timestamp(now);
	return timestamp(new Date(Date.parse(`${last.replace(' ', 'T')}Z`) + 1000));
}
