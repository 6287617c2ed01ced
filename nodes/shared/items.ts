import {
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type NodeApiError,
	type NodeOperationError,
	type NodeOutput,
} from 'n8n-workflow';

import { mapBounded } from './bounded';
import { asNodeError } from './nodeErrors';
import { chosenOperation, type Resources } from './operations';
import { ServiceProblem } from './problems';

/**
 * How many items are read and checked before the first is worked on, and how far ahead from then
 * on. Not all of them: n8n takes up to a millisecond to evaluate an expression, which is lost
 * before the first request and costs nothing while requests are under way.
 */
const CHECKED_AHEAD = 20;

/**
 * Runs a node over its items: the one place that knows continue-on-fail, item linking and
 * concurrency. Without continue-on-fail, work on an item begins only when it and the 19 after it
 * are right; so a run of up to 20 items, of which one is wrong, does nothing at all.
 *
 * @param resources what the node offers
 * @param startRun sets up what the items share
 * @returns the outputs in the order of the items, each linked to the item it came from, or what
 * the operation makes of them
 * @throws NodeOperationError or NodeApiError, linked to the first item that failed
 */
export async function runOverItems<Run extends { concurrency: number }>(
	context: IExecuteFunctions,
	resources: Resources<Run>,
	startRun: (context: IExecuteFunctions) => Promise<Run>,
): Promise<NodeOutput> {
	const { run, operation, prepare } = await start(context, resources, startRun);
	const goesOn = context.continueOnFail();

	const signal = context.getExecutionCancelSignal();

	const failed = (error: unknown, itemIndex: number): INodeExecutionData[] => {
		// Whoever cancels an execution need not be told that it did not succeed.
		if (signal?.aborted) return [];
		const nodeError = asNodeError(context.getNode(), error, itemIndex);
		if (!goesOn) throw nodeError;
		return [{ json: errorJson(error, nodeError), pairedItem: { item: itemIndex } }];
	};

	const jobs = context.getInputData().map((_, itemIndex) =>
		once(() => {
			try {
				return prepare(itemIndex);
			} catch (error) {
				return failed(error, itemIndex);
			}
		}),
	);

	const bound = operation.jobsWait ? Infinity : run.concurrency;
	const results = await mapBounded(jobs, bound, async (checked, itemIndex) => {
		if (signal?.aborted) return [];
		for (const check of jobs.slice(itemIndex, itemIndex + CHECKED_AHEAD)) check();
		const job = checked();
		if (Array.isArray(job)) return job;
		try {
			return link(await job(), itemIndex);
		} catch (error) {
			return failed(error, itemIndex);
		}
	});
	const outputs = results.flat();
	return operation.conclude?.(context, run, outputs) ?? [outputs];
}

async function start<Run>(
	context: IExecuteFunctions,
	resources: Resources<Run>,
	startRun: (context: IExecuteFunctions) => Promise<Run>,
) {
	try {
		const run = await startRun(context);
		const operation = chosenOperation(context, resources);
		return { run, operation, prepare: operation.prepare(context, run) };
	} catch (error) {
		throw asNodeError(context.getNode(), error);
	}
}

/** Makes something when it is first asked for, and keeps it. */
export function once<T>(make: () => T): () => T {
	let made: { value: T } | undefined;
	return () => (made ??= { value: make() }).value;
}

function link(records: Array<Record<string, unknown>>, itemIndex: number): INodeExecutionData[] {
	return records.map((record) => ({
		json: record as IDataObject,
		pairedItem: { item: itemIndex },
	}));
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
