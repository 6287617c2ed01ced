import type { INodeProperties } from 'n8n-workflow';

import { FROM_VERSION_2, VERSION_1 } from '../../../shared/displayConditions';
import { text } from '../../../shared/fieldSchemas';

const PLACEHOLDER = 'e.g. 3fa85f64-5717-4562-b3fc-2c963f66afa6';

/** Moyasar's payment IDs are UUIDs. White space may come with a copied one. */
const ID_PATTERN = String.raw`\s*[\da-fA-F]{8}(-[\da-fA-F]{4}){3}-[\da-fA-F]{12}\s*`;

/** The name of the method that lists payments for the field. */
export const SEARCH_METHOD = 'searchPayments';

/** Which payment: a text in version 1 of the node, and a choice from the newest payments since. */
export const paymentIdFields: INodeProperties[] = [
	{
		displayName: 'Payment',
		name: 'paymentId',
		type: 'string',
		required: true,
		default: '',
		placeholder: PLACEHOLDER,
		description: 'The ID of the payment',
		displayOptions: { show: VERSION_1 },
	},
	{
		displayName: 'Payment',
		name: 'paymentId',
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		description: 'Choose one of the newest payments, or give the ID of any',
		displayOptions: { show: FROM_VERSION_2 },
		builderHint: {
			propertyHint:
				'Use mode "id", with an expression that reads the ID from an earlier node as its value. Mode "list" is for people who choose a payment in the editor.',
		},
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Select a payment…',
				typeOptions: { searchListMethod: SEARCH_METHOD, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: PLACEHOLDER,
				validation: [
					{
						type: 'regex',
						properties: {
							regex: ID_PATTERN,
							errorMessage: 'Not the ID of a payment, such as 3fa85f64-5717-4562-b3fc-2c963f66afa6',
						},
					},
				],
			},
		],
	},
];

/** The schema of the field: the ID, of either version. */
export const paymentIdSchema = text(255);

/** Whether a text is the ID of a payment. */
export function isPaymentId(value: string): boolean {
	return new RegExp(`^${ID_PATTERN}$`).test(value);
}
