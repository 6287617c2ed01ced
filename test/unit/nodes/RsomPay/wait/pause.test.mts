import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	ISourceData,
	ITaskData,
} from 'n8n-workflow';

import {
	readResume,
	resume,
	requestPause,
	engineResponse,
	whyCannotPause,
} from '../../../../../nodes/RsomPay/wait/pause.ts';

const UNTIL = 1_800_000_000_000;

/** A run of the node whose items came from somewhere. */
const runFrom = (source: ISourceData) =>
	({
		getNode: () => ({ name: 'Wait for Payment' }),
		getExecuteData: () => ({ node: {}, source: { main: [source] } }),
	}) as unknown as IExecuteFunctions;

const FROM_SECOND_OUTPUT = { previousNode: 'If', previousNodeOutput: 1, previousNodeRun: 2 };

const request = requestPause(runFrom({ ...FROM_SECOND_OUTPUT }), UNTIL);

const [action] = request.actions;

/** What n8n gives to `execute()` when the run that was asked for has ended with these outputs. */
function responseWith(main: Array<INodeExecutionData[] | null>, id = action?.id): EngineResponse {
	const data = { data: { main } } as unknown as ITaskData;
	const stored = { actionResponses: [{ action: { ...action, id }, data }], ...request };
	return JSON.parse(JSON.stringify(stored)) as EngineResponse;
}

const ended = (
	response: EngineResponse | undefined,
	source: ISourceData = { previousNode: 'If' },
) => readResume(runFrom(source), response);

test('asks for one run of the node itself', () => {
	expect(request.actions).toMatchObject([
		{
			actionType: 'ExecutionNodeAction',
			nodeName: 'Wait for Payment',
			type: 'main',
			input: { until: UNTIL },
		},
	]);
});

test('gives to the run that follows what a pause was ended with', () => {
	const result: IDataObject = { settled: [{ invoice: { external_id: 'INV-1' }, payment: null }] };

	expect(ended(responseWith(resume(result)))).toStrictEqual({ result });
});

test('puts nothing out where a node may be connected', () => {
	const outputs = resume({ settled: [] });

	expect(outputs.slice(0, 2)).toStrictEqual([[], []]);
	expect(outputs).toHaveLength(3);
});

test('the items of the run that follows come from where they came from before', () => {
	const source = { previousNode: 'If', previousNodeOutput: 0, previousNodeRun: 0 };
	ended(responseWith([[]]), source);

	expect(source).toStrictEqual(FROM_SECOND_OUTPUT);
});

test.each([
	['the output of a node whose time was up', [[]]],
	['no output', []],
	['an empty output', [null, null, null]],
])('has no result where there is %s', (_, main) => {
	expect(ended(responseWith(main))).toStrictEqual({ result: undefined });
});

test.each<[string, EngineResponse | undefined]>([
	['an old n8n gives nothing', undefined],
	['nothing was asked for', { actionResponses: [], metadata: {} }],
	['somebody else asked for something', responseWith([[{ json: {} }]], 'other')],
])('was not in a pause when %s', (_, response) => {
	const source = { previousNode: 'Create', previousNodeRun: 3 };

	expect(ended(response, source)).toBeUndefined();
	expect(source).toStrictEqual({ previousNode: 'Create', previousNodeRun: 3 });
});

test('the run that follows keeps no marks of a run for a tool', () => {
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

describe('what n8n gave', () => {
	const entryOf = () => {
		const entry = {};
		return { getExecuteData: () => entry } as unknown as IExecuteFunctions;
	};
	const [first, second] = [responseWith([[]]), responseWith([])];

	test('is known when it tries the node again and gives nothing along', () => {
		const run = entryOf();
		expect(engineResponse(run, undefined)).toBeUndefined();

		expect(engineResponse(run, first)).toBe(first);
		expect(engineResponse(run, undefined)).toBe(first);
	});

	test('is followed by what it gives later', () => {
		const run = entryOf();
		engineResponse(run, first);

		expect(engineResponse(run, second)).toBe(second);
		expect(engineResponse(run, undefined)).toBe(second);
	});

	test('is of that run alone', () => {
		engineResponse(entryOf(), first);

		expect(engineResponse(entryOf(), undefined)).toBeUndefined();
	});
});

describe('why there is no pause', () => {
	const HOUR_MS = 3_600_000;
	const NOTHING_YET: EngineResponse = { actionResponses: [], metadata: {} };

	const why = ({
		settings = {},
		type = 'n8n-nodes-rsompay.rsomPay',
		isTool = false,
		source = { previousNode: 'If' },
		response = NOTHING_YET,
	}: {
		settings?: IDataObject;
		type?: string;
		isTool?: boolean;
		source?: ISourceData | null;
		response?: EngineResponse | null;
	} = {}) =>
		whyCannotPause(
			{
				isToolExecution: () => isTool,
				getNode: () => ({ type }),
				getWorkflowSettings: () => ({ executionOrder: 'v1', ...settings }),
				getExecuteData: () => ({ source: source && { main: [source] } }),
			} as unknown as IExecuteFunctions,
			response ?? undefined,
			HOUR_MS,
		);

	test('there is none in a workflow of today', () => {
		expect(why()).toBeUndefined();
	});

	test.each([[undefined], [-1], [0], [3_600], [7_200]])(
		'is not that the workflow may take %j seconds',
		(executionTimeout) => {
			expect(why({ settings: { executionTimeout } })).toBeUndefined();
		},
	);

	test.each([[1], [3_599]])('is that the workflow may take only %d seconds', (executionTimeout) => {
		expect(why({ settings: { executionTimeout } })).toContain("'Timeout Workflow'");
	});

	test.each<[string, Parameters<typeof why>[0]]>([
		['a tool of an AI Agent', { isTool: true }],
		['a tool of an AI Agent', { type: 'n8n-nodes-rsompay.rsomPayTool' }],
		['an n8n as old', { response: null }],
		["'Execution Order'", { settings: { executionOrder: 'v0' } }],
		["'Execution Order'", { settings: { executionOrder: undefined } }],
		['nothing leads to', { source: null }],
	])('is %s: %j', (reason, run) => {
		expect(why(run)).toContain(reason);
	});
});
