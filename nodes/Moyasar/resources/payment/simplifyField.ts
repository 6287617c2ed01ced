import type { INodeProperties } from 'n8n-workflow';

/** Whether the ten fields of `simplify` come out, or the payment as it came. */
export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};
