import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from './fieldLabels';
import { numberBetween, validate } from './fieldSchemas';

const fields: INodeProperties[] = [
	{
		displayName: 'Concurrency',
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		default: 20,
		description: 'How many requests are in flight at once, from 1 to 100',
	},
	{
		displayName: 'Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 3, numberPrecision: 0 },
		default: 3,
		description:
			"How often a request is sent again after a lost connection, a timeout, too many requests or a fault on the service's side, from 0 to 3. Nothing is created twice by that.",
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 300, numberPrecision: 0 },
		default: 30,
		description: 'How many seconds to wait for a response, from 1 to 300',
	},
];

/** How the requests of a run are sent. The same for every service. */
export const requestOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: fields,
};

const schema = z.object({
	concurrency: numberBetween(1, 100).default(20),
	maxRetries: numberBetween(0, 3).default(3),
	timeout: numberBetween(1, 300).default(30),
});

/** The parsed options of a run. */
export interface RequestOptions {
	concurrency: number;
	maxRetries: number;
	timeoutMs: number;
}

/**
 * Reads the options of a run from its first item.
 *
 * @throws InputError with all problems
 */
export function readRequestOptions(context: IExecuteFunctions): RequestOptions {
	const { timeout, ...options } = validate(
		schema,
		context.getNodeParameter('options', 0, {}),
		labelsOf(fields),
	);
	return { ...options, timeoutMs: timeout * 1000 };
}
