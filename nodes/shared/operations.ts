import {
	type IDisplayOptions,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodePropertyOptions,
	type NodeOutput,
	updateDisplayOptions,
} from 'n8n-workflow';

import { InputProblem } from './problems';

/** Does the work of one item whose parameters have been read and checked. */
export type Job = () => Promise<Array<Record<string, unknown>>>;

/** One operation of a resource: what it is called, its fields, and what it does with an item. */
export interface Operation<Run> {
	option: INodePropertyOptions & { value: string };
	/** Shown only while the operation is chosen; that condition is added by `resourceProperties`. */
	fields: INodeProperties[];
	/**
	 * Sets up a run. What it gives reads and checks the parameters of one item, and sends nothing:
	 * that is for the job. It throws an InputProblem when a parameter is wrong.
	 */
	prepare(context: IExecuteFunctions, run: Run): (itemIndex: number) => Job;
	/** Whether jobs wait rather than work: then all are under way at once, if not their requests. */
	jobsWait?: boolean;
	/**
	 * Decides, when the jobs of all items are done, what the node ends with; without it, that is
	 * what they gave.
	 *
	 * @param outputs in the order of the items, those of items that failed included
	 */
	conclude?(context: IExecuteFunctions, run: Run, outputs: INodeExecutionData[]): NodeOutput;
}

/** A resource and what can be done with it. `Run` is what the operations of one run share. */
export interface Resource<Run> {
	name: string;
	value: string;
	/** The first one is what the panel begins with. */
	operations: readonly [Operation<Run>, ...Array<Operation<Run>>];
}

/** The resources of a node; the first one is what the panel begins with. */
export type Resources<Run> = readonly [Resource<Run>, ...Array<Resource<Run>>];

/** The properties of a node that come from its resources: which one, which operation, its fields. */
export function resourceProperties<Run>(resources: Resources<Run>): INodeProperties[] {
	const firstResource = resources[0].value;
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ name, value }) => ({ name, value })),
			default: firstResource,
		},
		...resources.flatMap((resource) => [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options' as const,
				noDataExpression: true,
				displayOptions: { show: { resource: [resource.value] } },
				options: resource.operations.map(({ option }) => option),
				default: resource.operations[0].option.value,
			},
			...resource.operations.flatMap(({ option, fields }) => {
				const shown: IDisplayOptions = {
					show: { resource: [resource.value], operation: [option.value] },
				};
				return updateDisplayOptions(shown, fields);
			}),
		]),
	];
}

/**
 * The operation that is chosen in the node's panel.
 *
 * @throws InputProblem when the workflow was made for a version that has another set of them
 */
export function chosenOperation<Run>(
	context: IExecuteFunctions,
	resources: Resources<Run>,
): Operation<Run> {
	const resource = context.getNodeParameter('resource', 0);
	const operation = context.getNodeParameter('operation', 0);
	const chosen = resources
		.find(({ value }) => value === resource)
		?.operations.find(({ option }) => option.value === operation);
	if (chosen) return chosen;
	throw new InputProblem([`'Operation' ${String(resource)}: ${String(operation)} does not exist`]);
}
