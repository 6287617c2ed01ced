import {
	type IExecuteFunctions,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
	type NodeOutput,
} from 'n8n-workflow';

import { resourceProperties, subtitleOf } from '../shared/operations';
import { requestOptions } from '../shared/requestOptions';
import { runItems } from '../shared/runItems';
import { startRun } from './api/connect';
import { CREDENTIAL_TYPE } from './api/credential';
import { moyasarApiTest } from './api/credentialTest';
import { payment } from './resources/payment';

const resources = [payment] as const;

/** The action node: lists and looks up payments, for reconciliation. */
export class Moyasar implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Moyasar',
		name: 'moyasar',
		icon: {
			light: 'file:../../moyasar/icons/moyasar.svg',
			dark: 'file:../../moyasar/icons/moyasar.dark.svg',
		},
		group: ['input'],
		version: 1,
		subtitle: subtitleOf(resources),
		description: 'List the payments of a Moyasar account, to reconcile them',
		defaults: { name: 'Moyasar' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true, testedBy: 'moyasarApiTest' }],
		properties: [...resourceProperties(resources), requestOptions],
	};

	methods = { credentialTest: { moyasarApiTest } };

	async execute(this: IExecuteFunctions): Promise<NodeOutput> {
		return await runItems(this, resources, startRun);
	}
}
