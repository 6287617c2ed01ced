import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { FOR_TOOLS, FROM_VERSION_2, VERSION_1 } from '../../../shared/displayConditions';
import { booleanField, oneOf } from '../../../shared/fieldSchemas';
import type { Payment } from '../../api/schemas';
import { simplify } from '../../api/simplify';

/** Whether the output is simplified or complete. */
export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
	builderHint: {
		propertyHint:
			'Keep true by default. It gives id, status, amount (in the smallest unit, such as halalas), amount_decimal (text, such as "103.50"), currency, source_type, source_company, source_number, description and created_at. Set false only for metadata, fees, refunds, invoice_id or the whole source.',
	},
};

const OUTPUTS = ['simple', 'raw', 'fields'] as const;

/** The fields of a payment that a tool can choose: those of the API, and those of Simplified. */
const SELECTABLE = [
	'id',
	'status',
	'amount',
	'amount_decimal',
	'amount_format',
	'currency',
	'description',
	'created_at',
	'updated_at',
	'captured',
	'captured_at',
	'refunded',
	'refunded_at',
	'voided_at',
	'fee',
	'invoice_id',
	'metadata',
	'source',
	'source_type',
	'source_company',
	'source_number',
];

/**
 * What an operation outputs. As a tool of an AI Agent, where each field costs tokens, the node has
 * 'Output' in place of 'Simplify', since version 2.
 */
export const outputFields: INodeProperties[] = [
	{ ...simplifyField, displayOptions: { show: VERSION_1 } },
	{
		...simplifyField,
		displayOptions: { show: FROM_VERSION_2, hide: FOR_TOOLS },
	},
	{
		displayName: 'Output',
		name: 'output',
		type: 'options',
		options: [
			{ name: 'Simplified', value: 'simple', description: 'The ten fields that most people need' },
			{ name: 'Raw', value: 'raw', description: 'All fields, as Moyasar returns them' },
			{ name: 'Selected Fields', value: 'fields', description: 'Only the fields that you choose' },
		],
		default: 'simple',
		description: 'What the AI Agent gets of each payment',
		displayOptions: { show: { ...FROM_VERSION_2, ...FOR_TOOLS } },
	},
	{
		displayName: 'Fields',
		name: 'fields',
		type: 'multiOptions',
		options: SELECTABLE.toSorted().map((name) => ({ name, value: name })),
		default: ['id', 'status', 'amount_decimal', 'currency', 'created_at'],
		description: 'The fields of each payment',
		displayOptions: {
			show: { ...FROM_VERSION_2, ...FOR_TOOLS, output: ['fields'] },
		},
	},
];

/** The schemas of `outputFields`. */
export const outputShape = {
	simplify: booleanField,
	output: oneOf(OUTPUTS).nullable(),
	fields: z
		.array(z.string(), { message: 'must be a list' })
		.min(1, 'need at least one field')
		.nullable(),
};

/** Reads `outputFields` of an item, unvalidated. An 'Output' or 'Fields' that is not shown is null. */
export function readOutput(context: IExecuteFunctions, itemIndex: number) {
	return {
		simplify: context.getNodeParameter('simplify', itemIndex, true),
		output: context.getNodeParameter('output', itemIndex, null),
		fields: context.getNodeParameter('fields', itemIndex, null),
	};
}

/** Reduces a payment to what the user has chosen. */
export function toOutput(
	payment: Payment,
	chosen: z.output<z.ZodObject<typeof outputShape>>,
): Record<string, unknown> {
	const output = chosen.output ?? (chosen.simplify ? 'simple' : 'raw');
	if (output === 'simple') return simplify(payment);
	if (output === 'raw') return payment;
	const values: Record<string, unknown> = { ...simplify(payment), ...payment };
	return Object.fromEntries((chosen.fields ?? []).map((name) => [name, values[name] ?? null]));
}
