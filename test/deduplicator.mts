import { createHash } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { DeduplicationItemTypes, IDataDeduplicator } from 'n8n-workflow';

/** A row: all entries, or the latest one. */
interface Row {
	mode: string;
	data: string[] | number;
}

type Query = 'find' | 'insert' | 'update' | 'delete';

type RowOf = Parameters<IDataDeduplicator['clearAllProcessedItems']>[1];

/**
 * n8n's table `processed_data` of what executions have processed. As in n8n, a check finds a row, then
 * inserts or updates it. Of two that insert a row one fails.
 */
export class Deduplicator implements IDataDeduplicator {
	readonly rows = new Map<string, Row>();

	/** How long a query takes at most, in ms. */
	latency = 0;

	/** Called before each query. */
	onQuery: (query: Query) => void = () => undefined;

	checkProcessedAndRecord: IDataDeduplicator['checkProcessedAndRecord'] = async (
		items,
		_scope,
		of,
		{ mode, maxEntries = Infinity },
	) => {
		const name = nameOf(of);
		const row = await this.find(name);
		if (row && row.mode !== mode) {
			throw new Error(
				'Deduplication Failed: Deduplication data was originally saved with an incompatible setting of the ‘Keep Items Where’ parameter.',
			);
		}
		return mode === 'latestIncrementalKey'
			? await this.checkLatest(name, row, items)
			: await this.checkEntries(name, row, items, mode, maxEntries);
	};

	removeProcessed: IDataDeduplicator['removeProcessed'] = async (items, _scope, of) => {
		const name = nameOf(of);
		const row = await this.find(name);
		if (!row || !Array.isArray(row.data)) return;
		const removed = new Set(items.map(hash));
		await this.update(name, { ...row, data: row.data.filter((entry) => !removed.has(entry)) });
	};

	clearAllProcessedItems: IDataDeduplicator['clearAllProcessedItems'] = async (_scope, of) => {
		const name = nameOf(of);
		await this.query('delete');
		this.rows.delete(name);
	};

	getProcessedDataCount: IDataDeduplicator['getProcessedDataCount'] = async (_scope, of) => {
		const row = await this.find(nameOf(of));
		return Array.isArray(row?.data) ? row.data.length : 0;
	};

	/** How many entries a workflow's rows have, to see that they do not grow without end. */
	size(workflowId: string): number {
		return [...this.rows]
			.filter(([name]) => name.startsWith(workflowId))
			.reduce((sum, [, { data }]) => sum + (Array.isArray(data) ? data.length : 1), 0);
	}

	private async checkLatest(name: string, row: Row | undefined, items: DeduplicationItemTypes[]) {
		const latest = Math.max(...items.map(Number));
		if (!row) await this.insert(name, { mode: 'latestIncrementalKey', data: latest });
		if (!row || typeof row.data !== 'number') return { new: items, processed: [] };
		const before = row.data;
		await this.update(name, { ...row, data: Math.max(latest, before) });
		return {
			new: items.filter((item) => Number(item) > before),
			processed: items.filter((item) => Number(item) <= before),
		};
	}

	private async checkEntries(
		name: string,
		row: Row | undefined,
		items: DeduplicationItemTypes[],
		mode: string,
		maxEntries: number,
	) {
		const newest = (entries: string[]) => entries.slice(Math.max(0, entries.length - maxEntries));
		if (!row) await this.insert(name, { mode, data: newest(items.map(hash)) });
		if (!row || !Array.isArray(row.data)) return { new: items, processed: [] };
		const before = new Set(row.data);
		const fresh = items.filter((item) => !before.has(hash(item)));
		await this.update(name, { mode, data: newest([...row.data, ...fresh.map(hash)]) });
		return { new: fresh, processed: items.filter((item) => before.has(hash(item))) };
	}

	private async find(name: string): Promise<Row | undefined> {
		await this.query('find');
		return structuredClone(this.rows.get(name));
	}

	private async insert(name: string, row: Row): Promise<void> {
		await this.query('insert');
		if (this.rows.has(name)) {
			throw new Error('duplicate key value violates unique constraint "PK_processed_data"');
		}
		this.rows.set(name, row);
	}

	private async update(name: string, row: Row): Promise<void> {
		await this.query('update');
		if (this.rows.has(name)) this.rows.set(name, row);
	}

	private async query(query: Query): Promise<void> {
		await (this.latency > 0 ? wait(Math.random() * this.latency) : nextTurn());
		this.onQuery(query);
	}
}

/** The row of a node. n8n takes its ID before the first query. */
const nameOf = ({ workflow, node }: RowOf): string => `${workflow.id} n:${node?.id}`;

const hash = (item: DeduplicationItemTypes) =>
	createHash('md5').update(String(item)).digest('base64');
