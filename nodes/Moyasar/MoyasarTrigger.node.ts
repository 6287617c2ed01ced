import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	NodeConnectionTypes,
} from 'n8n-workflow';

import { CREDENTIAL_TYPE } from './api/credential';
import { moyasarApiTest } from './api/credentialTest';
import { execute } from './trigger/execute';
import { poll } from './trigger/poll';
import { triggerFields } from './trigger/settings';

/** The trigger: polls Moyasar for new and changed payments, so it needs no public address. */
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
		builderHint: {
			searchHint:
				'Polls Moyasar, so no webhook or public URL is needed. Each payment, or each change of one, starts the workflow once: no check for duplicates is needed. The payments of one poll are the items of one execution, oldest first.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-moyasar.moyasar',
					relationHint: 'Lists payments of the past, or reads one again',
				},
			],
		},
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true, testedBy: 'moyasarApiTest' }],
		properties: triggerFields,
	};

	methods = { credentialTest: { moyasarApiTest } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(this);
	}
}
