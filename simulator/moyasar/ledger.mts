import { seededIds, type Ids } from '../shared/ids.mts';
import { buildPayment, type PaymentFacts } from './payment.mts';
import { generateSourceValues } from './source.mts';
import type {
	MoyasarControl,
	MoyasarKind,
	MoyasarPage,
	MoyasarPayment,
	MoyasarPaymentChanges,
} from './types.mts';

/** Every status (API documentation, "status"). */
export const STATUSES = [
	'initiated',
	'paid',
	'authorized',
	'failed',
	'refunded',
	'captured',
	'voided',
	'verified',
] as const;

/** Every kind of source. */
export const KINDS = [
	'creditcard',
	'applepay',
	'googlepay',
	'samsungpay',
	'stcpay',
] as const satisfies readonly MoyasarKind[];

/** Fixed by the API. */
const PER_PAGE = 40;

/** A payment and the times that filters compare, ms since the epoch. */
export type PaymentRecord = {
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly payment: MoyasarPayment;
};

type StoredRecord = { -readonly [Key in keyof PaymentRecord]: PaymentRecord[Key] } & {
	facts: PaymentFacts;
};

/** No payment has this ID. */
export class UnknownPaymentError extends Error {
	constructor(id: string) {
		super(`No payment ${id}`);
	}
}

/** Another payment has this ID. */
export class DuplicatePaymentError extends Error {
	constructor(id: string) {
		super(`Payment ${id} exists`);
	}
}

/** The payments of the simulator's one account, in memory. */
export class Ledger {
	readonly #now: () => Date;
	readonly #ids: Ids;
	readonly #sourceIds: Ids;
	/** Oldest first, so that adding a new one is cheap; equal times in order of insertion. */
	#records: StoredRecord[] = [];
	#byId = new Map<string, StoredRecord>();

	constructor({ seed, now }: { seed: number; now: () => Date }) {
		this.#now = now;
		this.#ids = seededIds(seed, 'moyasar-payment');
		this.#sourceIds = seededIds(seed, 'moyasar-source');
	}

	/** @throws DuplicatePaymentError */
	add(changes: MoyasarPaymentChanges = {}): MoyasarPayment {
		const { createdAt = this.#now(), id = this.#ids.uuid() } = changes;
		if (this.#byId.has(id)) throw new DuplicatePaymentError(id);
		const { updatedAt = createdAt } = changes;
		const record = toRecord({
			id,
			status: changes.status ?? 'paid',
			amount: changes.amount ?? 100,
			currency: changes.currency ?? 'SAR',
			description: orDefault(changes.description, 'Kindle Whitepaper'),
			metadata: orDefault(changes.metadata, {
				cart_id: '72e470a5-cbc4-47b3-a52a-e89fda6adb19',
				customer_id: '23432',
			}),
			kind: changes.kind ?? 'creditcard',
			source: changes.source ?? {},
			extra: changes.extra ?? {},
			createdAt,
			updatedAt,
			statusSince: updatedAt,
			sourceValues: generateSourceValues(this.#sourceIds),
		});
		let index = this.#records.length;
		while ((this.#records[index - 1]?.createdAt ?? -Infinity) > record.createdAt) index -= 1;
		this.#records.splice(index, 0, record);
		this.#byId.set(id, record);
		return record.payment;
	}

	/** See {@link MoyasarControl.seedPayments}. */
	seed(options: Parameters<MoyasarControl['seedPayments']>[0]): void {
		const { count, everyMs = 1000, until = this.#now(), status, metadata } = options;
		for (let index = 0; index < count; index += 1) {
			this.add({
				status: status ?? STATUSES[index % STATUSES.length],
				kind: KINDS[index % KINDS.length],
				amount: 100 + (index % 1000) * 25,
				metadata,
				createdAt: new Date(until.getTime() - (count - 1 - index) * everyMs),
			});
		}
	}

	/** @throws UnknownPaymentError */
	update(id: string, changes: Parameters<MoyasarControl['updatePayment']>[1]): MoyasarPayment {
		const record = this.#byId.get(id);
		if (record === undefined) throw new UnknownPaymentError(id);
		const { facts } = record;
		const { status = facts.status, at = this.#now() } = changes;
		const updated = toRecord({
			...facts,
			status,
			amount: changes.amount ?? facts.amount,
			metadata: orDefault(changes.metadata, facts.metadata),
			updatedAt: at,
			statusSince: status === facts.status ? facts.statusSince : at,
		});
		return Object.assign(record, updated).payment;
	}

	/** @throws UnknownPaymentError */
	remove(id: string): void {
		const record = this.#byId.get(id);
		if (record === undefined) throw new UnknownPaymentError(id);
		this.#byId.delete(id);
		this.#records.splice(this.#records.indexOf(record), 1);
	}

	find(id: string): MoyasarPayment | undefined {
		return this.#byId.get(id)?.payment;
	}

	/** Newest first. */
	all(): MoyasarPayment[] {
		return this.#records.map(({ payment }) => payment).reverse();
	}

	/** A page of the payments that pass every filter; empty after the last one. */
	page(page: number, filters: readonly ((record: PaymentRecord) => boolean)[]): MoyasarPage {
		const found =
			filters.length === 0
				? this.#records
				: this.#records.filter((record) => filters.every((passes) => passes(record)));
		const end = Math.max(0, found.length - (page - 1) * PER_PAGE);
		const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
		return {
			payments: found
				.slice(Math.max(0, end - PER_PAGE), end)
				.reverse()
				.map(({ payment }) => payment),
			meta: {
				current_page: page,
				next_page: page < pages ? page + 1 : null,
				prev_page: page > 1 ? Math.min(page - 1, pages) : null,
				total_pages: pages,
				total_count: found.length,
			},
		};
	}

	/** Removes all of them; the sequence of IDs continues. */
	clear(): void {
		this.#records = [];
		this.#byId = new Map();
	}
}

function toRecord(facts: PaymentFacts): StoredRecord {
	return {
		facts,
		createdAt: facts.createdAt.getTime(),
		updatedAt: facts.updatedAt.getTime(),
		payment: buildPayment(facts),
	};
}

/** Like `??`, but null is a value. */
function orDefault<T>(value: T | undefined, fallback: T): T {
	return value === undefined ? fallback : value;
}
