import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IDataDeduplicator } from 'n8n-workflow';
import { z } from 'zod';

const optionsSchema = z.object({ mode: z.literal('entries'), maxEntries: z.number().optional() });

/** n8n's table of what executions have processed, for the mode `entries`. As in n8n, a check reads a row, then writes it. */
export class Deduplicator implements IDataDeduplicator {
	private readonly rows = new Map<string, string>();

	checkProcessedAndRecord: IDataDeduplicator['checkProcessedAndRecord'] = async (
		items,
		_scope,
		{ workflow, node },
		options,
	) => {
		const { maxEntries = Infinity } = optionsSchema.parse(options);
		const row = `${workflow.id} n:${node?.id}`;
		await nextTurn();
		const entries = z.array(z.string()).parse(JSON.parse(this.rows.get(row) ?? '[]'));
		await nextTurn();
		const before = new Set(entries);
		const fresh = items.filter((item) => !before.has(hash(item)));
		const all = [...entries, ...fresh.map(hash)];
		this.rows.set(row, JSON.stringify(all.slice(Math.max(0, all.length - maxEntries))));
		return { new: fresh, processed: items.filter((item) => before.has(hash(item))) };
	};

	removeProcessed: IDataDeduplicator['removeProcessed'] = async (
		items,
		_scope,
		{ workflow, node },
	) => {
		const row = `${workflow.id} n:${node?.id}`;
		await nextTurn();
		const entries = z.array(z.string()).parse(JSON.parse(this.rows.get(row) ?? '[]'));
		await nextTurn();
		const removed = new Set(items.map(hash));
		this.rows.set(row, JSON.stringify(entries.filter((entry) => !removed.has(entry))));
	};

	clearAllProcessedItems = notUsed;
	getProcessedDataCount = notUsed;

	/** How many entries a workflow's rows have, to see that they do not grow without end. */
	size(workflowId: string): number {
		return [...this.rows]
			.filter(([row]) => row.startsWith(workflowId))
			.reduce((sum, [, text]) => sum + z.array(z.string()).parse(JSON.parse(text)).length, 0);
	}
}

async function notUsed(): Promise<never> {
	return await Promise.reject(new Error('The n8n of the tests does not have this.'));
}

const hash = (item: string | number) => createHash('md5').update(String(item)).digest('base64');
