import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	ISourceData,
	ITaskData,
} from 'n8n-workflow';

import { afterPause, endPause, requestPause } from '../../../../../nodes/RsomPay/waiting/pause.ts';

const UNTIL = 1_800_000_000_000;

/** A run of the node whose items came from somewhere. */
const runFrom = (source: ISourceData) =>
	({
		getNode: () => ({ name: 'Wait for Payment' }),
		getExecuteData: () => ({ source: { main: [source] } }),
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
) => afterPause(runFrom(source), response);

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

	expect(ended(responseWith(endPause(result)))).toStrictEqual({ result });
});

test('puts nothing out where a node may be connected', () => {
	const outputs = endPause({ settled: [] });

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
