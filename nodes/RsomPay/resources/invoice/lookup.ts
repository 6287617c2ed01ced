import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { validate, text } from '../../../shared/fieldSchemas';
import type { InvoiceReference } from '../../api/client';

const schema = z.object({ value: text(255) });

/** The fields that say which invoice is meant. API guide: query invoice. */
export const lookupFields: INodeProperties[] = [
	{
		displayName: 'Look Up By',
		name: 'lookupBy',
		type: 'options',
		options: [
			{
				name: 'External ID',
				value: 'externalId',
				description: 'The ID you gave the invoice when you created it',
			},
			{
				name: 'Reference Number',
				value: 'referenceNumber',
				description: "RsomPay's own invoice number, such as INV-42-001",
			},
		],
		default: 'externalId',
	},
	{
		displayName: 'External ID',
		name: 'reference',
		type: 'string',
		required: true,
		default: '={{ $json.external_id }}',
		placeholder: 'e.g. INV-PARTNER-001',
		description: 'The ID you gave the invoice when you created it',
		displayOptions: { show: { lookupBy: ['externalId'] } },
	},
	{
		displayName: 'Reference Number',
		name: 'reference',
		type: 'string',
		required: true,
		default: '={{ $json.reference_number }}',
		placeholder: 'e.g. INV-42-001',
		description: "RsomPay's own invoice number",
		displayOptions: { show: { lookupBy: ['referenceNumber'] } },
	},
];

/**
 * Reads which invoice an item is about.
 *
 * @throws InputProblem when the field is empty or too long
 */
export function readLookup(context: IExecuteFunctions, itemIndex: number): InvoiceReference {
	const byNumber = context.getNodeParameter('lookupBy', itemIndex) === 'referenceNumber';
	const { value } = validate(
		schema,
		{ value: context.getNodeParameter('reference', itemIndex) },
		{ value: byNumber ? 'Reference Number' : 'External ID' },
	);
	return byNumber ? { reference_number: value } : { external_id: value };
}
