import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { itemsOf } from '../../harness/n8n/api.mts';
import type { Figure } from '../scenario.mts';
import { Bed } from './bed.mts';

const COUNT = 20_000;

/** n8n gives a poll half of this: 5 s. */
const SHORT_POLLS = { N8N_SCHEDULER_POLL_TIMEOUT: '10' };

/**
 * Starts from everything on an account with many payments, with a small budget, and until nothing is
 * left.
 */
export async function drain(
	env: Record<string, string>,
	report: (line: string) => void,
): Promise<Figure[]> {
	const bed = await Bed.start({ ...env, ...SHORT_POLLS });
	try {
		bed.control.seedPayments({ count: COUNT, everyMs: 30_000, until: new Date() });
		bed.control.configure({ latencyMs: 50 });
		const workflowId = await bed.importTrigger({ startFrom: 'everything' });
		const startedAt = Date.now();
		await bed.n8n.api.publish(workflowId);
		report(`published after ${Math.round((Date.now() - startedAt) / 1000)} s`);
		const sizes: number[] = [];
		const byExecution = new Map<string, string[]>();
		const given = () => [...byExecution.values()].flat();
		while (given().length < COUNT && Date.now() - startedAt < 240_000) {
			await wait(1_000);
			for (const { id } of await bed.n8n.api.executions(workflowId)) {
				if (byExecution.has(id)) continue;
				const { nodes } = await bed.n8n.api.finished(id);
				byExecution.set(
					id,
					itemsOf(nodes['Moyasar Trigger']).map((item) => String(item.id)),
				);
			}
			sizes.push(storedBytes(bed, workflowId));
		}
		const seconds = (Date.now() - startedAt) / 1000;
		const distinct = new Set(given());
		const largest = Math.max(...[...byExecution.values()].map((ids) => ids.length));
		const label = (what: string) => `${COUNT} payments of backlog, 5 s for a poll: ${what}`;
		return [
			{ label: label('lost'), value: COUNT - distinct.size, atMost: 0 },
			{ label: label('twice'), value: given().length - distinct.size, atMost: 0 },
			{ label: label('seconds'), value: seconds, atMost: 240 },
			{ label: label('requests'), value: bed.control.requests().length, atMost: 1_500 },
			{ label: label('executions'), value: byExecution.size },
			{ label: label('payments of the largest'), value: largest, atMost: 11_000 },
			{ label: label('kB stored at most'), value: Math.max(...sizes) / 1000, atMost: 1_000 },
		];
	} finally {
		await bed.close();
	}
}

/** What n8n stores for the trigger besides its executions. */
function storedBytes({ n8n }: Bed, workflowId: string): number {
	using database = new DatabaseSync(join(n8n.userFolder, '.n8n', 'database.sqlite'));
	const sizeOf = (sql: string) =>
		z
			.object({ size: z.number().nullable() })
			.parse(database.prepare(`SELECT sum(length(${sql} = ?`).get(workflowId)).size ?? 0;
	return (
		sizeOf('staticData)) AS size FROM workflow_entity WHERE id') +
		sizeOf('cursor)) AS size FROM poller_state WHERE workflowId') +
		sizeOf('value)) AS size FROM processed_data WHERE workflowId')
	);
}
