import {
	type IExecuteFunctions,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
	type NodeOutput,
} from 'n8n-workflow';

import { runOverItems } from '../shared/items';
import { resourceProperties } from '../shared/operations';
import { requestOptions } from '../shared/options';
import { moyasarApiTest } from './api/credentialTest';
import { payment } from './resources/payment';
import { startRun } from './run';

const resources = [payment] as const;

/** The action node: lists and looks up payments, for reconciliation. */
export class Moyasar implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Moyasar',
		name: 'moyasar',
		icon: { light: 'file:../../icons/moyasar.svg', dark: 'file:../../icons/moyasar.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'List the payments of a Moyasar account, to reconcile them',
		defaults: { name: 'Moyasar' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'moyasarApi', required: true, testedBy: 'moyasarApiTest' }],
		properties: [...resourceProperties(resources), requestOptions],
	};

	methods = { credentialTest: { moyasarApiTest } };

	async execute(this: IExecuteFunctions): Promise<NodeOutput> {
		return await runOverItems(this, resources, startRun);
	}
}
