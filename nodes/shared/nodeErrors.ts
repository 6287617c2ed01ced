import { type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';

import { InputError, ServiceError } from './errors';

/**
 * Maps any thrown value to the error that n8n shows.
 *
 * @param itemIndex the item it concerns; left out for an error of the whole run
 */
export function asNodeError(
	node: INode,
	error: unknown,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	const where = itemIndex === undefined ? '' : ` [Item ${itemIndex}]`;
	if (error instanceof InputError) {
		return new NodeOperationError(node, error.message + where, {
			itemIndex,
			failure: error.failure,
			description: `${itemIndex === undefined ? 'Nothing' : 'Nothing of this item'} was sent. Correct what is named above.`,
		});
	}
	if (error instanceof ServiceError) {
		return new NodeApiError(
			node,
			{},
			{
				itemIndex,
				message: error.message + where,
				description: error.description,
				httpCode: error.httpCode?.toString(),
				failure: error.failure,
			},
		);
	}
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	return new NodeOperationError(node, error instanceof Error ? error : String(error), {
		itemIndex,
	});
}
