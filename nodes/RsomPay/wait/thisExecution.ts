import type { IExecuteFunctions } from 'n8n-workflow';

import { CALLBACK_TARGET } from '../resources/invoice/target';

const NOT_CREATED_HERE =
	"No 'Create' with 'Notify: This Execution' comes before this node, so RsomPay may have no reason to call this execution back. It goes on when the time is up.";

/** Hints, in the node's output, that nobody may call back an execution that is to be suspended. */
export function warnIfNotCreatedHere(context: IExecuteFunctions): void {
	const { name, type } = context.getNode();
	const isCreatedHere = context
		.getParentNodes(name, { includeNodeParameters: true })
		.some((node) => node.type === type && node.parameters?.notify === CALLBACK_TARGET.execution);
	if (isCreatedHere) return;
	context.addExecutionHints({ message: NOT_CREATED_HERE, location: 'outputPane' });
}
