import type { INodePropertyOptions } from 'n8n-workflow';

/** The statuses of a payment. List Payments: status. */
export const STATUSES: INodePropertyOptions[] = [
	{
		name: 'Authorized',
		value: 'authorized',
		description: 'Reserved on the card, not captured yet',
	},
	{ name: 'Captured', value: 'captured', description: 'Authorized first, captured later' },
	{ name: 'Failed', value: 'failed' },
	{ name: 'Initiated', value: 'initiated', description: 'Waiting for the customer' },
	{ name: 'Paid', value: 'paid' },
	{ name: 'Refunded', value: 'refunded' },
	{ name: 'Verified', value: 'verified', description: 'The card was checked, nothing was charged' },
	{ name: 'Voided', value: 'voided', description: 'Canceled before it was captured' },
];
