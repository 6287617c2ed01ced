import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { numberBetween } from './fields';

/** How much of a list is wanted; the same for every list. */
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

/** A switch, for which an expression may have given anything. */
export const onOrOff = z.boolean({ message: 'must be on or off' });

/** What `listFields` may hold. */
export const listShape = {
	returnAll: onOrOff,
	limit: numberBetween(1, Number.MAX_SAFE_INTEGER),
};

export const LIST_LABELS = { returnAll: 'Return All', limit: 'Limit' };
