import { readAllPages } from '../../shared/pagination';
import type { MoyasarClient } from '../api/client';
import type { Payment } from '../api/schemas';
import { advance, type Cursor, earliestOf, timeOf } from './cursor';
import { hasStatusOf, REQUESTS } from './output';
import { findSliceEnd, SLICE_SIZE } from './slice';

/** How many payments one poll returns. The last slice may exceed it. */
const MAX_PAYMENTS = 10_000;

/**
 * Reads what was created, or changed, since the cursor, from the oldest on, in slices.
 *
 * @param statuses returns only payments that have one of them
 * @param deadline when to stop, in ms since 1970. A slice that may end later is left to the next poll.
 * @returns the new payments, oldest first, and the next cursor
 * @throws ServiceError
 */
export async function readBacklog(
	client: MoyasarClient,
	cursor: Cursor,
	statuses: readonly string[],
	deadline: number,
): Promise<{ payments: Payment[]; next: Cursor }> {
	const found: Payment[] = [];
	let next = cursor;
	for (;;) {
		const startedAt = Date.now();
		const { payments, now, until } = await readSlice(client, next);
		const advanced = advance(next, payments, now, until);
		next = advanced.next;
		found.push(...advanced.fresh.filter(hasStatusOf(statuses)));
		const isLate = 2 * Date.now() - startedAt > deadline;
		if (until === undefined || isLate || found.length >= MAX_PAYMENTS) break;
	}
	return { payments: found, next };
}

/** The payments of a slice. */
interface Slice {
	payments: Payment[];
	/** When the first page was read, by Moyasar's clock. */
	now: number;
	/** The time up to which the payments were read, where there are more. */
	until?: number;
}

/**
 * Reads the next slice. A list of several pages is read up to a fixed time, so that new payments do not
 * shift its pages. The next poll returns those.
 */
async function readSlice(client: MoyasarClient, cursor: Cursor): Promise<Slice> {
	const { event, known } = cursor;
	const name = event === 'newPayment' ? 'created' : 'updated';
	const since = { [`${name}[gt]`]: isoOf(earliestOf(cursor)) };
	const queryUntil = (time: number) => ({ ...since, [`${name}[lt]`]: isoOf(time) });
	const { records, total, lastPage, now } = await client.listPayments(since, 1);
	if (lastPage <= 1) return { payments: records, now };

	// The first page has the newest payment. Any page may have the newest change.
	const times = records.map((payment) => timeOf(payment, event));
	const end = Math.max(...times, event === 'newPayment' ? 0 : now);
	const knownTimes = Object.values(known ?? {});
	const countNew = (all: number, time: number) =>
		all - knownTimes.filter((knownTime) => knownTime <= time).length;
	const count = countNew(total, end);
	let until: number | undefined;
	if (count > SLICE_SIZE) {
		// The last page has the oldest payment. No change is older.
		const oldest = (await client.listPayments(since, lastPage)).records;
		const start = Math.min(end, ...oldest.map((payment) => timeOf(payment, 'newPayment')));
		until = await findSliceEnd(
			{ start: Math.max(start, earliestOf(cursor)), end, count },
			async (time) => countNew((await client.listPayments(queryUntil(time), 1)).total, time),
		);
	}
	const payments = await readAllPages({
		readPage: async (page) => await client.listPayments(queryUntil(until ?? end), page),
		getKey: ({ id }) => id,
		concurrency: REQUESTS.concurrency,
	});
	return { payments, now, until };
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
