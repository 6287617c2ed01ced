import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { checked, numberBetween } from './fields';

/** How the requests of a run are made; the same for every service. */
export const requestOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Concurrency',
			name: 'concurrency',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
			default: 20,
			description: 'How many requests are under way at once, from 1 to 100',
		},
		{
			displayName: 'Retries',
			name: 'maxRetries',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 3, numberPrecision: 0 },
			default: 3,
			description:
				"How often a request is sent again after a lost connection, a time-out, too many requests or a fault on the service's side, from 0 to 3. Nothing is created twice by that.",
		},
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeout',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 300, numberPrecision: 0 },
			default: 30,
			description: 'How many seconds to wait for an answer, from 1 to 300',
		},
	],
};

const schema = z.object({
	concurrency: numberBetween(1, 100).default(20),
	maxRetries: numberBetween(0, 3).default(3),
	timeout: numberBetween(1, 300).default(30),
});

const LABELS = { concurrency: 'Concurrency', maxRetries: 'Retries', timeout: 'Timeout (Seconds)' };

/** What the options of a run come to. */
export interface RequestOptions {
	concurrency: number;
	maxRetries: number;
	timeoutMs: number;
}

/**
 * Reads the options of a run, from its first item.
 *
 * @throws InputProblem with all that is wrong with them
 */
export function readRequestOptions(context: IExecuteFunctions): RequestOptions {
	const options = checked(schema, context.getNodeParameter('options', 0, {}), LABELS);
	return {
		concurrency: options.concurrency,
		maxRetries: options.maxRetries,
		timeoutMs: options.timeout * 1000,
	};
}
