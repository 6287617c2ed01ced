import { z } from 'zod';

import { checked, text } from '../../../shared/fields';
import type { Operation } from '../../../shared/operations';
import type { RsomPayRun } from '../../run';

const schema = z.object({ value: text(255) });

/** Reads an invoice as it stands now. API guide: `GET /invoices/by-reference`. */
export const get = {
	option: {
		name: 'Get by Reference',
		value: 'get',
		action: 'Get invoice by reference',
		description: 'Retrieve an invoice with its current status, to confirm that it is paid',
	},
	fields: [
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
			default: '',
			placeholder: 'e.g. INV-PARTNER-001',
			description: 'The ID you gave the invoice when you created it',
			displayOptions: { show: { lookupBy: ['externalId'] } },
		},
		{
			displayName: 'Reference Number',
			name: 'reference',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. INV-42-001',
			description: "RsomPay's own invoice number",
			displayOptions: { show: { lookupBy: ['referenceNumber'] } },
		},
	],
	prepare(context, { client }) {
		return (itemIndex) => {
			const byNumber = context.getNodeParameter('lookupBy', itemIndex) === 'referenceNumber';
			const { value } = checked(
				schema,
				{ value: context.getNodeParameter('reference', itemIndex) },
				{ value: byNumber ? 'Reference Number' : 'External ID' },
			);
			const reference = byNumber ? { reference_number: value } : { external_id: value };
			return async () => [await client.getInvoice(reference)];
		};
	},
} satisfies Operation<RsomPayRun>;
