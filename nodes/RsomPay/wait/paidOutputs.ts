import { type IExecuteFunctions, type INodeExecutionData, NodeConnectionTypes } from 'n8n-workflow';

import { isTool } from './engineFeatures';
import { WAIT_OPERATION } from './settings';

const main = (displayName: string) => ({ type: NodeConnectionTypes.Main, displayName });

const PAID_AND_NOT_PAID = JSON.stringify([main('Paid'), main('Not Paid')]);

const ONE_OUTPUT = JSON.stringify([NodeConnectionTypes.Main]);

/**
 * The outputs of the action node, as an expression. From version 2 of the node, Wait for Payment has two.
 * In version 1 a canceled or timed-out invoice comes out of the same output as a paid one.
 */
export const OUTPUTS =
	`={{ $nodeVersion > 1 && $parameter["operation"] === "${WAIT_OPERATION}" ? ${PAID_AND_NOT_PAID} : ${ONE_OUTPUT} }}` as const;

const isPaid = ({ json }: INodeExecutionData) => json.status === 'paid';

/**
 * Distributes the items of Wait for Payment to its outputs: Paid for paid invoices, Not Paid for all
 * others and for errors.
 */
export function splitByPayment(
	context: IExecuteFunctions,
	outputs: INodeExecutionData[],
): INodeExecutionData[][] {
	if (context.getNode().typeVersion < 2 || isTool(context)) return [outputs];
	const paid = outputs.filter(isPaid);
	const notPaid = outputs.filter((item) => !isPaid(item));
	// 'Always Output Data' would make an item on the first output, which is Paid.
	const entry = context.getExecuteData();
	if (paid.length === 0) entry.node = { ...entry.node, alwaysOutputData: false };
	return [paid, notPaid];
}
