import {
	type EngineRequest,
	type EngineResponse,
	type IDataObject,
	type IExecuteData,
	type IExecuteFunctions,
	type INodeExecutionData,
	type ISourceData,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { z } from 'zod';

import { warnIfNotCreatedHere } from './thisExecution';

/**
 * Suspends an execution so that the node is run again afterwards, however the wait ended. n8n does
 * not do that by itself: when the time of a node that it suspended is up, it only hands on what
 * went into the node. So the node asks n8n, as an AI Agent does for its tools, for a run of its own
 * in between, and it is that one which is suspended. What it ends with comes back with n8n's
 * second call of `execute()`.
 */

/** What the run in between is known by. */
const PAUSE_ACTION_ID = 'rsompay-pause';

/** A pause puts nothing out where a node may be connected: at the output, and at that for errors. */
const RESULT_OUTPUT = 2;

const responses = new WeakMap<IExecuteData, EngineResponse>();

/** What n8n gave to `execute()`, also when it tries the node again and gives nothing along. */
export function engineResponse(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): EngineResponse | undefined {
	const entry = context.getExecuteData();
	if (response) responses.set(entry, response);
	return responses.get(entry);
}

/**
 * Says why n8n could not suspend this execution.
 *
 * @param response what `responseTo` gave
 * @param limitMs for how long at most
 * @returns a sentence without a final period, or `undefined` when it can
 */
export function whyCannotPause(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
	limitMs: number,
): string | undefined {
	if (context.isToolExecution() || context.getNode().type.endsWith('Tool')) {
		return "'How to Wait' must be 'By Asking' in a tool of an AI Agent";
	}
	if (!response) return "'How to Wait' must be 'By Asking' in an n8n as old as this one";
	const { executionOrder, executionTimeout = -1 } = context.getWorkflowSettings();
	if (executionTimeout > 0 && executionTimeout * 1000 < limitMs) {
		return "'Wait at Most' is longer than the workflow's setting 'Timeout Workflow', after which n8n would cancel it";
	}
	if (executionOrder !== 'v1') {
		return "'How to Wait' must be 'By Asking' in a workflow whose setting 'Execution Order' is not v1";
	}
	if (!previousNode(context)) {
		return "'How to Wait' must be 'By Asking' in a node that nothing leads to";
	}
	return undefined;
}

/**
 * Asks n8n for a pause: what `execute()` is to return.
 *
 * @param until when it ends at the latest, in ms since 1970
 */
export function requestPause(context: IExecuteFunctions, until: number): EngineRequest {
	return {
		actions: [
			{
				actionType: 'ExecutionNodeAction',
				nodeName: context.getNode().name,
				type: NodeConnectionTypes.Main,
				id: PAUSE_ACTION_ID,
				input: { until },
				metadata: {},
			},
		],
		metadata: { source: sourceOf(context) },
	};
}

/** Whether n8n runs the node for a pause that it asked for. */
export function isPause(context: IExecuteFunctions): boolean {
	return (
		previousNode(context) === context.getNode().name &&
		context.getInputData()[0]?.json.toolCallId === PAUSE_ACTION_ID
	);
}

/** Suspends the execution: what `execute()` is to do in a pause. */
export async function pause(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const { until } = z.object({ until: z.number() }).parse(context.getInputData()[0]?.json);
	const entry = context.getExecuteData();
	// What n8n hands on when the time is up; the nodes behind this one are to see nothing of it.
	entry.data = { main: [[]] };
	// n8n disables the node of a run that it continues. Ours shares its node with the run that is
	// to come afterwards; and settings that make items out of none are not meant for it.
	entry.node = { ...entry.node, alwaysOutputData: false };
	warnIfNotCreatedHere(context);
	await context.putExecutionToWait(new Date(until));
	return [[]];
}

/**
 * Ends a pause before its time: what `webhook()` is to return as `workflowData`.
 *
 * @param result is given to the run that comes afterwards
 */
export function resume(result: IDataObject): INodeExecutionData[][] {
	const outputs = new Array<INodeExecutionData[]>(RESULT_OUTPUT).fill([]);
	return [...outputs, [{ json: result }]];
}

/** How a pause ended. */
export interface ResumeResult {
	/** What `endPause` was given; nothing when the time was up. */
	result?: IDataObject;
}

/**
 * Tells how the pause ended that the node was in, and sets right what n8n made of the run because
 * of it: its items are said to come from the first output of the node before, and of its first run.
 *
 * @param response what `responseTo` gave
 * @returns `undefined` when there was no pause yet
 */
export function readResume(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): ResumeResult | undefined {
	const ended = response?.actionResponses.find(({ action }) => action.id === PAUSE_ACTION_ID);
	if (!ended) return undefined;
	const { source } = z.object({ source: sourceSchema }).parse(response?.metadata);
	// In place: n8n has taken it over for what it stores of this run.
	Object.assign(sourceOf(context) ?? {}, source);
	// Marks of a tool's run, by which the editor would show the next node without its input.
	delete ended.data.inputOverride;
	delete context.getExecuteData().node.rewireOutputLogTo;
	return { result: ended.data.data?.main?.[RESULT_OUTPUT]?.[0]?.json };
}

const sourceSchema = z.object({
	previousNode: z.string(),
	previousNodeOutput: z.number().optional(),
	previousNodeRun: z.number().optional(),
});

/** Where the items of a run came from. */
function sourceOf(context: IExecuteFunctions): ISourceData | undefined {
	return context.getExecuteData().source?.main?.[0] ?? undefined;
}

function previousNode(context: IExecuteFunctions): string | undefined {
	return sourceOf(context)?.previousNode;
}
