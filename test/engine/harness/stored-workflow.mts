import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IDataObject, INode, Workflow } from 'n8n-workflow';
import { z } from 'zod';

import type { N8n } from './n8n.mts';
import { buildWorkflow, type NodeSpec } from './workflows.mts';

const staticDataSchema = z.custom<IDataObject>(
	(value) => typeof value === 'object' && value !== null,
);

/** A workflow as n8n's database keeps it: its static data is one column of text. */
export class StoredWorkflow {
	readonly id = randomUUID();
	private readonly n8n: N8n;
	private readonly nodes: NodeSpec[];
	private column = '{}';

	constructor(n8n: N8n, nodes: NodeSpec[]) {
		this.n8n = n8n;
		this.nodes = nodes;
	}

	/** A new one each time, as n8n makes one for each request and each execution. */
	load(): { workflow: Workflow; trigger: INode } {
		const { id, n8n, nodes } = this;
		const workflow = buildWorkflow(n8n, { id, nodes, staticData: this.staticData() });
		const trigger = workflow.getNode(nodes[0]?.name ?? '');
		if (!trigger) throw new Error('The workflow has no nodes.');
		return { workflow, trigger };
	}

	/** Writes the static data as a whole, if it has changed, over whatever is there meanwhile. */
	async saveStaticData({ staticData }: Workflow): Promise<void> {
		if (staticData.__dataChanged !== true) return;
		const written = JSON.stringify(staticData);
		await nextTurn();
		this.column = written;
		staticData.__dataChanged = false;
	}

	/** As it is in the database. */
	staticData(): IDataObject {
		return staticDataSchema.parse(JSON.parse(this.column));
	}
}
