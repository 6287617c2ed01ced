import type { INodeProperties } from 'n8n-workflow';

import { booleanField, numberBetween } from './fieldSchemas';

/** How many results are requested. The same for every list. */
export const listFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
];

/** The schemas of `listFields`. */
export const listShape = {
	returnAll: booleanField,
	limit: numberBetween(1, Number.MAX_SAFE_INTEGER),
};
