import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';

import { runOverItems } from '../shared/items';
import { resourceProperties } from '../shared/operations';
import { requestOptions } from '../shared/options';
import { rsomPayApiTest } from './api/credentialTest';
import { invoice } from './resources/invoice';
import { transaction } from './resources/transaction';
import { startRun } from './run';

const resources = [invoice, transaction] as const;

/** The action node: creates and looks up invoices, and lists transactions. */
export class RsomPay implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RsomPay',
		name: 'rsomPay',
		icon: { light: 'file:../../icons/rsompay.svg', dark: 'file:../../icons/rsompay.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Create invoices, share their payment links and confirm that they are paid',
		defaults: { name: 'RsomPay' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'rsomPayApi', required: true, testedBy: 'rsomPayApiTest' }],
		properties: [...resourceProperties(resources), requestOptions],
	};

	methods = { credentialTest: { rsomPayApiTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await runOverItems(this, resources, startRun)];
	}
}
