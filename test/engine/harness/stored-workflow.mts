import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IDataObject, INode, Workflow } from 'n8n-workflow';
import { z } from 'zod';

import type { N8n } from './n8n.mts';
import { buildWorkflow, type NodeSpec } from './workflows.mts';

const staticDataSchema = z.custom<IDataObject>(
	(value) => typeof value === 'object' && value !== null,
);

/** A workflow in n8n's database: its static data is one text column. */
export class StoredWorkflow {
	readonly id = randomUUID();
	/** Its time zone. */
	timezone: string | undefined;
	private readonly n8n: N8n;
	private readonly nodes: NodeSpec[];
	private column = '{}';

	constructor(n8n: N8n, nodes: NodeSpec[]) {
		this.n8n = n8n;
		this.nodes = nodes;
	}

	/** Returns a new workflow on each call, as n8n builds one for each request and each execution. */
	load(): { workflow: Workflow; trigger: INode } {
		const { id, n8n, nodes, timezone } = this;
		const staticData = this.staticData();
		const workflow = buildWorkflow(n8n, { id, nodes, staticData, settings: { timezone } });
		const trigger = workflow.getNode(nodes[0]?.name ?? '');
		if (!trigger) throw new Error('The workflow has no nodes.');
		return { workflow, trigger };
	}

	/** Writes the whole static data if it has changed. Overwrites changes made meanwhile. */
	async saveStaticData({ staticData }: Workflow): Promise<void> {
		if (staticData.__dataChanged !== true) return;
		const text = JSON.stringify(staticData);
		await nextTurn();
		this.column = text;
		staticData.__dataChanged = false;
	}

	/** The static data in the database. */
	staticData(): IDataObject {
		return staticDataSchema.parse(JSON.parse(this.column));
	}
}
