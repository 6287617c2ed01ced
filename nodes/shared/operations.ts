import {
	type EngineRequest,
	type IDisplayOptions,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodePropertyOptions,
	updateDisplayOptions,
} from 'n8n-workflow';

import { InputError } from './errors';

/** Sends the requests of one item. Its parameters have been read and validated. */
export type Job = () => Promise<Array<Record<string, unknown>>>;

/** One operation of a resource: its entry in the panel, its fields, and what it does with an item. */
export interface Operation<Run> {
	option: INodePropertyOptions & { value: string };
	/** Shown only while the operation is selected. `resourceProperties` adds that condition. */
	fields: INodeProperties[];
	/**
	 * Sets up a run. The returned function reads and validates the parameters of one item and sends
	 * nothing. It throws an InputError for a wrong parameter.
	 */
	prepare(context: IExecuteFunctions, run: Run): (itemIndex: number) => Job;
	/** Runs all jobs at once. For jobs that mostly sleep; their requests stay limited. */
	unbounded?: boolean;
	/**
	 * Decides after all jobs whether the node has ended.
	 *
	 * @param outputs the output items in item order, with the error items of failed items
	 * @returns what the node requests of n8n instead, or `undefined` when it has ended
	 */
	finish?(
		context: IExecuteFunctions,
		run: Run,
		outputs: INodeExecutionData[],
	): EngineRequest | undefined;
	/** Distributes the output items to the node's outputs. Without it there is one output. */
	toOutputs?(context: IExecuteFunctions, outputs: INodeExecutionData[]): INodeExecutionData[][];
}

/** A resource and its operations. `Run` is what the operations of one run share. */
export interface Resource<Run> {
	name: string;
	value: string;
	/** The first one is the panel's default. */
	operations: readonly [Operation<Run>, ...Array<Operation<Run>>];
}

/** The resources of a node. The first one is the panel's default. */
export type Resources<Run> = readonly [Resource<Run>, ...Array<Resource<Run>>];

/** Builds a node's properties from its resources: Resource, Operation, and each operation's fields. */
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

/** Builds the expression of a node's subtitle: the names of the selected operation and resource. */
export function subtitleOf<Run>(resources: Resources<Run>): string {
	const names = Object.fromEntries(
		resources.flatMap(({ name, value, operations }) =>
			operations.map(({ option }) => [`${value}:${option.value}`, `${option.name}: ${name}`]),
		),
	);
	return `={{ (${JSON.stringify(names)})[$parameter["resource"] + ":" + $parameter["operation"]] }}`;
}

/**
 * Finds the operation that is selected in the panel.
 *
 * @throws InputError when the node has no such operation
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
	throw new InputError([`'Operation' ${String(resource)}: ${String(operation)} does not exist`]);
}
