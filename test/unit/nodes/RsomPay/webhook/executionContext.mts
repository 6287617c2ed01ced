import type { IExecuteFunctions, INode, Workflow } from 'n8n-workflow';

import type { Deduplicator } from '../../../../deduplicator.mts';

/** The workflow of the executions. */
export const WORKFLOW_ID = 'W';

/** The context of one execution of a node, with n8n's helpers over a table that several processes share. */
export function contextOf(table: Deduplicator, node: INode): IExecuteFunctions {
	const of = { workflow: { id: WORKFLOW_ID } as Workflow, node };
	const helpers: Partial<IExecuteFunctions['helpers']> = {
		checkProcessedAndRecord: async (items, scope, options) =>
			await table.checkProcessedAndRecord(items, scope, of, options),
		getProcessedDataCount: async (scope, options) =>
			await table.getProcessedDataCount(scope, of, options),
		clearAllProcessedItems: async (scope, options) =>
			await table.clearAllProcessedItems(scope, of, options),
	};
	const entry = { node };
	return {
		helpers,
		getExecuteData: () => entry,
		getWorkflow: () => ({ id: WORKFLOW_ID }),
	} as unknown as IExecuteFunctions;
}
