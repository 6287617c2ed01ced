import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	ISourceData,
	ITaskData,
} from 'n8n-workflow';

import {
	engineResponse,
	readResume,
	requestPause,
	resume,
	whyCannotPause,
} from '../../../../../nodes/RsomPay/wait/pause.ts';

const UNTIL = 1_800_000_000_000;

/** A run of the node whose items come from `source`. */
const runFrom = (source: ISourceData) =>
	({
		getNode: () => ({ name: 'Wait for Payment' }),
		getExecuteData: () => ({ node: {}, source: { main: [source] } }),
	}) as unknown as IExecuteFunctions;

const FROM_SECOND_OUTPUT = { previousNode: 'If', previousNodeOutput: 1, previousNodeRun: 2 };

const request = requestPause(runFrom({ ...FROM_SECOND_OUTPUT }), UNTIL);

const [action] = request.actions;

/** What n8n passes to `execute()` when the requested run has ended with these outputs. */
function responseWith(main: Array<INodeExecutionData[] | null>, id = action?.id): EngineResponse {
	const data = { data: { main } } as unknown as ITaskData;
	const stored = { actionResponses: [{ action: { ...action, id }, data }], ...request };
	return JSON.parse(JSON.stringify(stored)) as EngineResponse;
}

const read = (response: EngineResponse | undefined, source: ISourceData = { previousNode: 'If' }) =>
	readResume(runFrom(source), response);

test('requests one run of the node itself', () => {
	expect(request.actions).toMatchObject([
		{
			actionType: 'ExecutionNodeAction',
			nodeName: 'Wait for Payment',
			type: 'main',
			input: { until: UNTIL },
		},
	]);
});

test('passes the result of the webhook to the run that follows', () => {
	const result: IDataObject = { settled: [{ invoice: { external_id: 'INV-1' }, payment: null }] };

	expect(read(responseWith(resume(result)))).toStrictEqual({ result });
});

test('outputs nothing that a connected node would receive', () => {
	const outputs = resume({ settled: [] });

	expect(outputs.slice(0, 3)).toStrictEqual([[], [], []]);
	expect(outputs).toHaveLength(4);
});

test('restores the source of the items in the run that follows', () => {
	const source = { previousNode: 'If', previousNodeOutput: 0, previousNodeRun: 0 };
	read(responseWith([[]]), source);

	expect(source).toStrictEqual(FROM_SECOND_OUTPUT);
});

test.each([
	['the empty output of a node whose time was up', [[]]],
	['no output', []],
	['outputs without data', [null, null, null]],
])('returns no result for %s', (_, main) => {
	expect(read(responseWith(main))).toStrictEqual({ result: undefined });
});

test.each<[string, EngineResponse | undefined]>([
	['n8n is too old and passes nothing', undefined],
	['no run was requested', { actionResponses: [], metadata: {} }],
	['another node requested a run', responseWith([[{ json: {} }]], 'other')],
])('returns undefined, and leaves the source unchanged, when %s', (_, response) => {
	const source = { previousNode: 'Create', previousNodeRun: 3 };

	expect(read(response, source)).toBeUndefined();
	expect(source).toStrictEqual({ previousNode: 'Create', previousNodeRun: 3 });
});

test('removes the marks of a tool run from the run that follows', () => {
	const response = responseWith([[]]);
	const [first] = response.actionResponses;
	if (!first) throw new Error('no response');
	const data = { ...first.data, inputOverride: { ai_tool: [[{ json: {} }]] } };
	const node = { name: 'Wait for Payment', rewireOutputLogTo: 'ai_tool' };
	const context = {
		getExecuteData: () => ({ node, source: { main: [{ previousNode: 'If' }] } }),
	} as unknown as IExecuteFunctions;
	readResume(context, { ...response, actionResponses: [{ ...first, data }] });

	expect(data).toStrictEqual(first.data);
	expect(node).toStrictEqual({ name: 'Wait for Payment' });
});

describe('engineResponse', () => {
	const entryOf = () => {
		const entry = {};
		return { getExecuteData: () => entry } as unknown as IExecuteFunctions;
	};
	const [first, second] = [responseWith([[]]), responseWith([])];

	test('returns the last response when n8n retries the node without one', () => {
		const run = entryOf();
		expect(engineResponse(run, undefined)).toBeUndefined();

		expect(engineResponse(run, first)).toBe(first);
		expect(engineResponse(run, undefined)).toBe(first);
	});

	test('returns the latest response', () => {
		const run = entryOf();
		engineResponse(run, first);

		expect(engineResponse(run, second)).toBe(second);
		expect(engineResponse(run, undefined)).toBe(second);
	});

	test('stores the response of each run apart', () => {
		engineResponse(entryOf(), first);

		expect(engineResponse(entryOf(), undefined)).toBeUndefined();
	});
});

describe('whyCannotPause', () => {
	const HOUR_MS = 3_600_000;
	const NO_RESPONSES: EngineResponse = { actionResponses: [], metadata: {} };

	const why = ({
		settings = {},
		type = 'n8n-nodes-rsompay.rsomPay',
		isTool = false,
		source = { previousNode: 'If' },
		response = NO_RESPONSES,
	}: {
		settings?: IDataObject;
		type?: string;
		/** `null` for an n8n that does not say. */
		isTool?: boolean | null;
		source?: ISourceData | null;
		response?: EngineResponse | null;
	} = {}) =>
		whyCannotPause(
			{
				...(isTool !== null && { isToolExecution: () => isTool }),
				getNode: () => ({ type }),
				getWorkflowSettings: () => ({ executionOrder: 'v1', ...settings }),
				getExecuteData: () => ({ source: source && { main: [source] } }),
			} as unknown as IExecuteFunctions,
			response ?? undefined,
			HOUR_MS,
		);

	test('returns undefined for a workflow with the default settings', () => {
		expect(why()).toBeUndefined();
	});

	test.each([[undefined], [-1], [0], [3_600], [7_200]])(
		'returns undefined for a timeout of %j seconds',
		(executionTimeout) => {
			expect(why({ settings: { executionTimeout } })).toBeUndefined();
		},
	);

	test.each([[1], [3_599]])('names the setting for a timeout of %d seconds', (executionTimeout) => {
		expect(why({ settings: { executionTimeout } })).toContain("'Timeout Workflow'");
	});

	test.each<[string, Parameters<typeof why>[0]]>([
		['an n8n older than 2.4', { response: null }],
		['an n8n older than 2.4', { isTool: null }],
		["'Execution Order'", { settings: { executionOrder: 'v0' } }],
		["'Execution Order'", { settings: { executionOrder: undefined } }],
		['nothing leads to', { source: null }],
	])('names %s: %j', (reason, run) => {
		expect(why(run)).toContain(reason);
	});
});
