import {
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';

import { mapBounded } from './bounded';
import { chosenOperation, type Resources } from './operations';
import { InputProblem, ServiceProblem } from './problems';

/**
 * Runs a node over its items: the one place that knows continue-on-fail, item linking and
 * concurrency. All items are read and checked before the first of them is worked on, so that
 * without continue-on-fail nothing at all is done when one of them is wrong.
 *
 * @param resources what the node offers
 * @param startRun sets up what the items share
 * @returns the outputs in the order of the items, each linked to the item it came from
 * @throws NodeOperationError or NodeApiError, linked to the first item that failed
 */
export async function runOverItems<Run extends { concurrency: number }>(
	context: IExecuteFunctions,
	resources: Resources<Run>,
	startRun: (context: IExecuteFunctions) => Promise<Run>,
): Promise<INodeExecutionData[]> {
	const { run, prepare } = await start(context, resources, startRun);
	const goesOn = context.continueOnFail();

	const signal = context.getExecutionCancelSignal();

	const failed = (error: unknown, itemIndex: number): INodeExecutionData[] => {
		// Whoever cancels an execution need not be told that it did not succeed.
		if (signal?.aborted) return [];
		const nodeError = asNodeError(context, error, itemIndex);
		if (!goesOn) throw nodeError;
		return [{ json: errorJson(error, nodeError), pairedItem: { item: itemIndex } }];
	};

	const jobs = context.getInputData().map((_, itemIndex) => {
		try {
			return prepare(itemIndex);
		} catch (error) {
			return failed(error, itemIndex);
		}
	});

	const outputs = await mapBounded(jobs, run.concurrency, async (job, itemIndex) => {
		if (Array.isArray(job)) return job;
		try {
			return link(await job(), itemIndex);
		} catch (error) {
			return failed(error, itemIndex);
		}
	});
	return outputs.flat();
}

async function start<Run>(
	context: IExecuteFunctions,
	resources: Resources<Run>,
	startRun: (context: IExecuteFunctions) => Promise<Run>,
) {
	try {
		const run = await startRun(context);
		return { run, prepare: chosenOperation(context, resources).prepare(context, run) };
	} catch (error) {
		throw asNodeError(context, error);
	}
}

function link(records: Array<Record<string, unknown>>, itemIndex: number): INodeExecutionData[] {
	return records.map((record) => ({
		json: record as IDataObject,
		pairedItem: { item: itemIndex },
	}));
}

function asNodeError(
	context: IExecuteFunctions,
	error: unknown,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	const node = context.getNode();
	const where = itemIndex === undefined ? '' : ` [Item ${itemIndex}]`;
	if (error instanceof InputProblem) {
		return new NodeOperationError(node, error.message + where, {
			itemIndex,
			description: 'Nothing was sent. Correct what is named above and run the workflow again.',
		});
	}
	if (error instanceof ServiceProblem) {
		return new NodeApiError(
			node,
			{},
			{
				itemIndex,
				message: error.message + where,
				description: error.description,
				httpCode: error.httpCode?.toString(),
			},
		);
	}
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	return new NodeOperationError(node, error instanceof Error ? error : String(error), {
		itemIndex,
	});
}

// n8n takes an item for an error, and keeps what it says, by these names and no others.
function errorJson(error: unknown, nodeError: NodeApiError | NodeOperationError): IDataObject {
	const details: IDataObject = { description: nodeError.description };
	if (error instanceof ServiceProblem) {
		details.http_code = error.httpCode;
		details.fields = error.fields;
	}
	return { error: nodeError.message, details };
}
