import type { IExecuteFunctions } from 'n8n-workflow';

type CheckOptions = Parameters<IExecuteFunctions['helpers']['checkProcessedAndRecord']>[2];

/**
 * Rows of the table in which n8n remembers what a node has processed. Processes share it, and of two
 * that insert the same row at once only one succeeds.
 */
export interface ClaimRows {
	/** Returns how many entries a row has, 0 where there is none. */
	count(row: string): Promise<number>;
	/**
	 * Inserts a row, or adds to an existing row of the same tag the entries that it does not have.
	 *
	 * @returns the entries that it had, none when it was inserted, or `undefined` when it has another tag
	 */
	record(row: string, tag: string, entries: string[]): Promise<ReadonlySet<unknown> | undefined>;
	/** Extends the lease of a row. Time in ms since 1970. */
	extendLease(row: string, time: number): Promise<void>;
	/** Returns whether the lease was last extended at this time or later. */
	isLeased(row: string, since: number): Promise<boolean>;
	/** Deletes a row and its lease. */
	delete(row: string): Promise<void>;
}

/**
 * Opens the rows of the node that is executed. n8n has one row for a node, which it reads and then
 * writes: two processes miss each other. It finds the row by the node's ID before it returns a promise,
 * so another ID during the call is another row.
 *
 * @returns `undefined` where this n8n has no such table
 */
export function claimRowsOf(context: IExecuteFunctions): ClaimRows | undefined {
	const { helpers } = context;
	if (typeof helpers.getProcessedDataCount !== 'function') return undefined;
	const { node } = context.getExecuteData();
	const at = async <T>(row: string, call: () => Promise<T>): Promise<T> => {
		const { id } = node;
		node.id = `${id} ${row}`;
		try {
			// Not awaited here: other calls may run before it ends.
			return call();
		} finally {
			node.id = id;
		}
	};
	const check = async (row: string, entries: Array<string | number>, mode: string) =>
		await at(
			row,
			async () => await helpers.checkProcessedAndRecord(entries, 'node', { mode } as CheckOptions),
		);
	const lease = async (row: string, time: number) =>
		(await check(leaseOf(row), [time], 'latestIncrementalKey')).processed.length > 0;

	return {
		count: async (row) =>
			await at(row, async () => await helpers.getProcessedDataCount('node', { mode: 'entries' })),
		record: async (row, tag, entries) =>
			await orAgain(async () => new Set((await check(row, entries, tag)).processed)).catch(
				(error: unknown) => {
					if (isTagMismatch(error)) return undefined;
					throw error;
				},
			),
		extendLease: async (row, time) => {
			await orAgain(async () => await lease(row, time));
		},
		isLeased: async (row, since) => await orAgain(async () => await lease(row, since)),
		delete: async (row) => {
			for (const id of [row, leaseOf(row)]) {
				await at(id, async () => await helpers.clearAllProcessedItems('node', { mode: 'entries' }));
			}
		},
	};
}

const leaseOf = (row: string) => `${row} lease`;

/** Repeats a call that lost the race to insert its row: now it finds the row. */
async function orAgain<T>(call: () => Promise<T>): Promise<T> {
	return await call().catch(async (error: unknown) => {
		if (/unique|duplicate/i.test(messageOf(error))) return await call();
		throw error;
	});
}

/** Whether n8n has found a row whose mode, in which the tag is stored, is another one. */
const isTagMismatch = (error: unknown): boolean =>
	messageOf(error).includes('incompatible setting');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/** Checks that rows behave as this file describes: n8n promises it nowhere. */
export async function areRowsUsable(rows: ClaimRows, name: string): Promise<boolean> {
	const row = `probe ${name}`;
	try {
		const inserted = await rows.record(row, 'a', ['x', 'x']);
		const counts = [await rows.count(row), await rows.count(`${row} other`)];
		const existing = await rows.record(row, 'a', ['x']);
		const mismatch = await rows.record(row, 'b', ['x']);
		if ([inserted?.size, ...counts, existing?.size, mismatch].join() !== '0,2,0,1,') return false;
		await rows.extendLease(row, 2);
		return (await rows.isLeased(row, 1)) && !(await rows.isLeased(row, 3));
	} finally {
		await rows.delete(row);
	}
}
