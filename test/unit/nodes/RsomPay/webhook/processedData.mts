import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { IExecuteFunctions, INode } from 'n8n-workflow';

type Helpers = IExecuteFunctions['helpers'];

/** The value of a row: all entries, or the latest one. */
interface Value {
	mode: string;
	data: string[] | number;
}

/** n8n's table `processed_data`, shared by several processes, each call with the gaps of a database. */
export class ProcessedData {
	readonly rows = new Map<string, Value>();

	/** How long a query takes at most, in ms. */
	latency = 2;

	/** Called before each query. */
	onQuery: (query: 'find' | 'insert' | 'update' | 'delete', row: string) => void = () => undefined;

	/** The context of one execution, with n8n's helpers over this table. */
	contextOf(node: INode): IExecuteFunctions {
		const helpers: Partial<Helpers> = {
			checkProcessedAndRecord: async (items, _scope, options) =>
				await this.check(`n:${node.id}`, items as Array<string | number>, options.mode),
			getProcessedDataCount: async () => {
				const row = await this.find(`n:${node.id}`);
				return Array.isArray(row?.data) ? row.data.length : 0;
			},
			clearAllProcessedItems: async () => {
				await this.delete(`n:${node.id}`);
			},
		};
		return { helpers, getExecuteData: () => ({ node }) } as unknown as IExecuteFunctions;
	}

	private async check(name: string, items: Array<string | number>, mode: string) {
		const row = await this.find(name);
		if (row && row.mode !== mode) {
			throw new Error(
				'Deduplication Failed: Deduplication data was originally saved with an incompatible setting of the ‘Keep Items Where’ parameter.',
			);
		}
		return mode === 'latestIncrementalKey'
			? await this.checkLatest(name, row, items)
			: await this.checkEntries(name, row, mode, items);
	}

	private async checkLatest(name: string, row: Value | undefined, items: Array<string | number>) {
		const [item] = items.map(Number);
		if (item === undefined) throw new Error('no item');
		if (!row) await this.insert(name, { mode: 'latestIncrementalKey', data: item });
		if (!row || typeof row.data !== 'number') return { new: items, processed: [] };
		const isNew = item > row.data;
		await this.update(name, { ...row, data: Math.max(item, row.data) });
		return isNew ? { new: items, processed: [] } : { new: [], processed: items };
	}

	private async checkEntries(
		name: string,
		row: Value | undefined,
		mode: string,
		items: Array<string | number>,
	) {
		if (!row) await this.insert(name, { mode, data: items.map(md5) });
		if (!row || !Array.isArray(row.data)) return { new: items, processed: [] };
		const before = new Set(row.data);
		const added = items.filter((item) => !before.has(md5(item)));
		await this.update(name, { mode, data: [...row.data, ...added.map(md5)] });
		return { new: added, processed: items.filter((item) => before.has(md5(item))) };
	}

	private async find(name: string): Promise<Value | undefined> {
		await this.query('find', name);
		return structuredClone(this.rows.get(name));
	}

	private async insert(name: string, value: Value): Promise<void> {
		await this.query('insert', name);
		if (this.rows.has(name)) {
			throw new Error('duplicate key value violates unique constraint "PK_processed_data"');
		}
		this.rows.set(name, value);
	}

	private async update(name: string, value: Value): Promise<void> {
		await this.query('update', name);
		if (this.rows.has(name)) this.rows.set(name, value);
	}

	private async delete(name: string): Promise<void> {
		await this.query('delete', name);
		this.rows.delete(name);
	}

	private async query(query: Parameters<typeof this.onQuery>[0], row: string): Promise<void> {
		if (this.latency > 0) await wait(Math.random() * this.latency);
		this.onQuery(query, row);
	}
}

const md5 = (item: string | number) => createHash('md5').update(String(item)).digest('base64');
