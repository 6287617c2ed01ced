import {
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	NodeConnectionTypes,
} from 'n8n-workflow';

import { CREDENTIAL_TYPE } from './api/credential';
import { moyasarApiTest } from './api/credentialTest';
import { simplifyField } from './resources/payment/simplifyField';
import { STATUSES } from './resources/payment/statuses';
import { PAYMENT_EVENTS } from './trigger/cursor';
import { poll } from './trigger/poll';

/** The trigger: asks Moyasar now and then for what is new, so it needs no public address. */
export class MoyasarTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Moyasar Trigger',
		name: 'moyasarTrigger',
		icon: {
			light: 'file:../../moyasar/icons/moyasar.svg',
			dark: 'file:../../moyasar/icons/moyasar.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"] === "updatedPayment" ? "Updated Payment" : "New Payment" }}',
		description: 'Starts the workflow on each new or changed payment of a Moyasar account',
		defaults: { name: 'Moyasar Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true, testedBy: 'moyasarApiTest' }],
		properties: [
			{
				displayName: 'Trigger On',
				name: 'event',
				type: 'options',
				options: [
					{
						name: 'New Payment',
						value: PAYMENT_EVENTS.newPayment,
						description: 'A payment is created: once for each payment',
					},
					{
						name: 'Updated Payment',
						value: PAYMENT_EVENTS.updatedPayment,
						description:
							'A payment is created or changes, such as from initiated to paid: once for each change that a poll finds',
					},
				],
				default: 'newPayment',
				hint: 'Payments from before this workflow was published do not start it',
				description:
					'Several payments that are found together come as the items of one execution, oldest first',
			},
			{
				displayName: 'Status',
				name: 'statuses',
				type: 'multiOptions',
				options: STATUSES,
				default: [],
				hint: 'Any status while this is empty',
				description:
					'Only payments that have one of these statuses when they are found. To start when a payment becomes paid, trigger on Updated Payment.',
			},
			simplifyField,
		],
	};

	methods = { credentialTest: { moyasarApiTest } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}
}
