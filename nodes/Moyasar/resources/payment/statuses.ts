import type { INodePropertyOptions } from 'n8n-workflow';

/** The statuses of a payment. List Payments: status. */
export const STATUSES: INodePropertyOptions[] = [
	{ name: 'Authorized', value: 'authorized', description: 'Reserved on the card, not taken yet' },
	{ name: 'Captured', value: 'captured', description: 'Authorized first, and taken since' },
	{ name: 'Failed', value: 'failed' },
	{ name: 'Initiated', value: 'initiated', description: 'Waits for the customer to confirm' },
	{ name: 'Paid', value: 'paid' },
	{ name: 'Refunded', value: 'refunded' },
	{ name: 'Verified', value: 'verified', description: 'The card was checked, nothing was taken' },
	{ name: 'Voided', value: 'voided', description: 'Given up before it was taken' },
];
