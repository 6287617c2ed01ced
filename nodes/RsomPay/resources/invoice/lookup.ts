import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { text, validate } from '../../../shared/fieldSchemas';
import type { InvoiceReference } from '../../api/invoiceReference';

const schema = z.object({ reference: text(255) });

const LOOKUP_BY = { externalId: 'externalId', referenceNumber: 'referenceNumber' } as const;

const LABELS = { externalId: 'External ID', referenceNumber: 'Reference Number' } as const;

/** The fields that look up an invoice. API guide: query invoice. */
export const lookupFields: INodeProperties[] = [
	{
		displayName: 'Look Up By',
		name: 'lookupBy',
		type: 'options',
		options: [
			{
				name: LABELS.externalId,
				value: LOOKUP_BY.externalId,
				description: 'The ID you gave the invoice when you created it',
			},
			{
				name: LABELS.referenceNumber,
				value: LOOKUP_BY.referenceNumber,
				description: "RsomPay's own invoice number, such as INV-42-001",
			},
		],
		default: 'externalId',
	},
	{
		displayName: LABELS.externalId,
		name: 'reference',
		type: 'string',
		required: true,
		default: '={{ $json.external_id }}',
		placeholder: 'e.g. INV-PARTNER-001',
		description: 'The ID you gave the invoice when you created it',
		displayOptions: { show: { lookupBy: [LOOKUP_BY.externalId] } },
	},
	{
		displayName: LABELS.referenceNumber,
		name: 'reference',
		type: 'string',
		required: true,
		default: '={{ $json.reference_number }}',
		placeholder: 'e.g. INV-42-001',
		description: "RsomPay's own invoice number",
		displayOptions: { show: { lookupBy: [LOOKUP_BY.referenceNumber] } },
	},
];

/**
 * Reads the reference of an item's invoice.
 *
 * @throws InputError when the field is blank or too long
 */
export function readLookup(context: IExecuteFunctions, itemIndex: number): InvoiceReference {
	const lookupBy =
		context.getNodeParameter('lookupBy', itemIndex) === LOOKUP_BY.referenceNumber
			? LOOKUP_BY.referenceNumber
			: LOOKUP_BY.externalId;
	const { reference } = validate(
		schema,
		{ reference: context.getNodeParameter('reference', itemIndex) },
		{ reference: LABELS[lookupBy] },
	);
	return lookupBy === LOOKUP_BY.referenceNumber
		? { reference_number: reference }
		: { external_id: reference };
}
