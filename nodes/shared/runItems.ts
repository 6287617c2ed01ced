import {
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type NodeApiError,
	type NodeOperationError,
	type NodeOutput,
} from 'n8n-workflow';

import { ServiceError } from './errors';
import { mapConcurrently } from './mapConcurrently';
import { asNodeError } from './nodeErrors';
import { chosenOperation, type Operation, type Resources } from './operations';

/**
 * How many items are read and validated ahead of the one that is sent. Not all of them: n8n takes up
 * to a millisecond per expression. Before the first request that time is lost; while requests are in
 * flight it costs nothing.
 */
const LOOKAHEAD = 20;

/**
 * Runs a node over its items. The one place that knows continue-on-fail, item linking and
 * concurrency. Without continue-on-fail an item is sent only when it and the next 19 items are valid:
 * a run of up to 20 items with one invalid item sends nothing.
 *
 * @param resources the node's resources
 * @param startRun sets up what the items share
 * @returns the output items in item order, each linked to its input item and on the output that the
 * operation's `toOutputs` chooses, or what its `finish` requests
 * @throws NodeOperationError or NodeApiError, linked to the first item that failed
 */
export async function runItems<Run extends { concurrency: number }>(
	context: IExecuteFunctions,
	resources: Resources<Run>,
	startRun: (context: IExecuteFunctions) => Promise<Run>,
): Promise<NodeOutput> {
	const operation = chooseOperation(context, resources);
	const continueOnFail = context.continueOnFail();
	const signal = context.getExecutionCancelSignal();

	const failed = (error: unknown, itemIndex?: number): INodeExecutionData[] => {
		// A cancelled execution needs no error.
		if (signal?.aborted) return [];
		const nodeError = asNodeError(context.getNode(), error, itemIndex);
		if (!continueOnFail) throw nodeError;
		return [{ json: errorJson(error, nodeError), pairedItem: { item: itemIndex ?? 0 } }];
	};
	const toOutputs = (outputs: INodeExecutionData[]) =>
		operation.toOutputs?.(context, outputs) ?? [outputs];

	// If it threw with continue-on-fail, n8n would pass the input on, as if the node had succeeded.
	const allFailed = (error: unknown) => {
		const errors = failed(error);
		return toOutputs(
			context
				.getInputData()
				.flatMap((_, item) => errors.map(({ json }) => ({ json, pairedItem: { item } }))),
		);
	};

	const started = await start(context, operation, startRun).catch((error: unknown) => ({ error }));
	if ('error' in started) return allFailed(started.error);
	const { run, prepare } = started;

	const jobs = context.getInputData().map((_, itemIndex) =>
		once(() => {
			try {
				return prepare(itemIndex);
			} catch (error) {
				return failed(error, itemIndex);
			}
		}),
	);

	const concurrency = operation.unbounded ? Infinity : run.concurrency;
	const results = await mapConcurrently(jobs, concurrency, async (prepared, itemIndex) => {
		if (signal?.aborted) return [];
		for (const prepareAhead of jobs.slice(itemIndex, itemIndex + LOOKAHEAD)) prepareAhead();
		const job = prepared();
		if (Array.isArray(job)) return job;
		try {
			return link(await job(), itemIndex);
		} catch (error) {
			return failed(error, itemIndex);
		}
	});
	const outputs = results.flat();
	try {
		return operation.finish?.(context, run, outputs) ?? toOutputs(outputs);
	} catch (error) {
		return allFailed(error);
	}
}

function chooseOperation<Run>(context: IExecuteFunctions, resources: Resources<Run>) {
	try {
		return chosenOperation(context, resources);
	} catch (error) {
		throw asNodeError(context.getNode(), error);
	}
}

async function start<Run>(
	context: IExecuteFunctions,
	operation: Operation<Run>,
	startRun: (context: IExecuteFunctions) => Promise<Run>,
) {
	const run = await startRun(context);
	return { run, prepare: operation.prepare(context, run) };
}

/** Calls a function at the first request and caches its result. */
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

// n8n recognises an error item, and keeps its content, by these keys alone.
function errorJson(error: unknown, nodeError: NodeApiError | NodeOperationError): IDataObject {
	const details: IDataObject = { description: nodeError.description };
	if (error instanceof ServiceError) {
		details.http_code = error.httpCode;
		details.fields = error.fields;
	}
	return { error: nodeError.message, details };
}
