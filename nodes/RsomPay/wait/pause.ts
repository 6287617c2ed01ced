import {
	type EngineRequest,
	type EngineResponse,
	type IDataObject,
	type IExecuteData,
	type IExecuteFunctions,
	type INodeExecutionData,
	type IRunExecutionData,
	type ISourceData,
	type ITaskData,
	type IWorkflowSettings,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { z } from 'zod';

import { LIMIT_LABEL, MUST_POLL, TOO_OLD } from './settings';
import { warnIfNotCreatedHere } from './thisExecution';
import { isTooOld } from './engineFeatures';

/**
 * Suspends an execution so that the node runs again when it resumes, by webhook or by time. n8n does
 * not do that by itself: when the time of a suspended node is up, it only passes the node's input on.
 * So the node requests a run of itself in between, as an AI Agent does for its tools, and that run is
 * suspended. Its result comes back with n8n's second call of `execute()`.
 */

/** Identifies the run in between. */
const PAUSE_ACTION_ID = 'rsompay-pause';

/**
 * The output index of the result. No node can be connected to it: 0 and 1 are the node's outputs, and
 * n8n's error output comes after them.
 */
const RESULT_OUTPUT = 3;

const responses = new WeakMap<IExecuteData, EngineResponse>();

/** Returns what n8n passed to `execute()`. n8n passes nothing when it retries the node. */
export function engineResponse(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): EngineResponse | undefined {
	const entry = context.getExecuteData();
	if (response) responses.set(entry, response);
	return responses.get(entry);
}

/**
 * Says why n8n cannot suspend this execution.
 *
 * @param response what `engineResponse` returned
 * @param limitMs how long the execution is suspended at most
 * @returns a sentence without a final period, or `undefined` when it can
 */
export function whyCannotPause(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
	limitMs: number,
): string | undefined {
	if (isTooOld(context) || !response) return TOO_OLD;
	const { executionOrder, executionTimeout = -1 } = settingsOf(context);
	if (executionTimeout > 0 && executionTimeout * 1000 < limitMs) {
		return `${LIMIT_LABEL} is longer than the workflow's setting 'Timeout Workflow', after which n8n would cancel it`;
	}
	if (executionOrder !== 'v1') {
		return `${MUST_POLL} in a workflow whose setting 'Execution Order' is not v1`;
	}
	if (!previousNode(context)) return `${MUST_POLL} in a node that nothing leads to`;
	return undefined;
}

/** Returns the workflow's settings. n8n 2.4 has no method for them. */
function settingsOf(context: IExecuteFunctions): IWorkflowSettings {
	if ('getWorkflowSettings' in context) return context.getWorkflowSettings();
	return (context as { workflow: { settings: IWorkflowSettings } }).workflow.settings;
}

/**
 * Builds the request for a pause: what `execute()` returns.
 *
 * @param until when the pause ends at the latest, in ms since 1970
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

/**
 * Returns whether n8n can suspend this execution again after a pause. For that the run of the pause
 * must be deleted, and n8n has no method for it.
 */
export function canPauseAgain(context: IExecuteFunctions): boolean {
	return runsOf(context) !== undefined;
}

/**
 * Deletes the run of a pause that has ended, so that the next pause takes its place. Otherwise each
 * pause would leave an empty run of the node in the execution.
 *
 * @param response what `engineResponse` returned
 */
export function deletePause(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): void {
	const runs = runsOf(context);
	const ended = pauseOf(response);
	if (runs && runs.at(-1) === ended?.data) runs.pop();
}

/** The runs of this node, as n8n stores them with the execution. */
function runsOf(context: IExecuteFunctions): ITaskData[] | undefined {
	// Not part of n8n's interface for nodes, so it may be missing.
	const { runExecutionData } = context as { runExecutionData?: IRunExecutionData };
	const runData = runExecutionData?.resultData?.runData;
	return runData && (runData[context.getNode().name] ??= []);
}

/** Returns whether n8n runs the node for a pause that it requested. */
export function isPause(context: IExecuteFunctions): boolean {
	return (
		previousNode(context) === context.getNode().name &&
		context.getInputData()[0]?.json.toolCallId === PAUSE_ACTION_ID
	);
}

/** Suspends the execution: what `execute()` does in a pause. */
export async function pause(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const { until } = z.object({ until: z.number() }).parse(context.getInputData()[0]?.json);
	const entry = context.getExecuteData();
	// n8n passes this on when the time is up. The nodes behind this one must not see it.
	entry.data = { main: [[]] };
	// n8n disables the node of a resumed run. This run shares its node with the one that follows, so
	// it gets a copy. 'Always Output Data' would make an item out of none.
	entry.node = { ...entry.node, alwaysOutputData: false };
	warnIfNotCreatedHere(context);
	await context.putExecutionToWait(new Date(until));
	return [[]];
}

/**
 * Ends a pause before its time: the `workflowData` that `webhook()` returns.
 *
 * @param result is passed to the run that follows
 */
export function resume(result: IDataObject): INodeExecutionData[][] {
	const outputs = new Array<INodeExecutionData[]>(RESULT_OUTPUT).fill([]);
	return [...outputs, [{ json: result }]];
}

/** How a pause ended. */
export interface ResumeResult {
	/** What was passed to `resume`. Undefined when the time was up. */
	result?: IDataObject;
}

/**
 * Reads how the node's pause ended, and repairs what n8n made of the run because of it: n8n says that
 * its items come from the first output and the first run of the previous node.
 *
 * @param response what `engineResponse` returned
 * @returns `undefined` when there was no pause yet
 */
export function readResume(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): ResumeResult | undefined {
	const ended = pauseOf(response);
	if (!ended) return undefined;
	const { source } = z.object({ source: sourceSchema }).parse(response?.metadata);
	// In place, because n8n stores this very object with the run.
	Object.assign(sourceOf(context) ?? {}, source);
	// Marks of a tool's run. With them the editor would show the next node without its input.
	delete ended.data.inputOverride;
	delete context.getExecuteData().node.rewireOutputLogTo;
	return { result: ended.data.data?.main?.[RESULT_OUTPUT]?.[0]?.json };
}

const pauseOf = (response: EngineResponse | undefined) =>
	response?.actionResponses.find(({ action }) => action.id === PAUSE_ACTION_ID);

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
