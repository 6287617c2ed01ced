import type { IExecuteFunctions } from 'n8n-workflow';

/** Returns whether this n8n cannot run a node again after a pause. Older ones lack this method, too. */
export function isTooOld(context: IExecuteFunctions): boolean {
	return !('isToolExecution' in context);
}

/** Returns whether an AI Agent runs the node as its tool. */
export function isTool(context: IExecuteFunctions): boolean {
	return (
		(!isTooOld(context) && context.isToolExecution()) || context.getNode().type.endsWith('Tool')
	);
}
