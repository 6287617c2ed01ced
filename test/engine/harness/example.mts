import { EXAMPLE_CREATE } from '../../../harness/workflows.mts';

/** The reference to the simulator's credential in a node. */
export const SIMULATOR_CREDENTIALS = { rsomPayApi: { id: 'simulator', name: 'Simulator' } };

/** The guide's example invoice, as node parameters. */
export const EXAMPLE_INVOICE = {
	...EXAMPLE_CREATE,
	lineItems: {
		item: [
			{
				description: 'Service fee',
				itemType: 'service',
				quantity: 1,
				unitPrice: 100,
				discountAmount: 10,
				taxRate: 15,
				referenceId: 'LINE-1',
			},
		],
	},
	notificationUrl: 'https://partner.example.com/webhooks/rsom',
	returnUrl: 'https://partner.example.com/payment/return',
	additionalFields: {
		currencyCode: 'SAR',
		customerEmail: 'customer@example.com',
		customerPhone: '+966501234567',
		dueDate: '2026-12-31',
		issuedDate: '2026-05-18',
		notes: 'Optional invoice note',
	},
};
