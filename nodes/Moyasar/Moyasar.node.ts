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
import { SEARCH_METHOD } from './resources/payment/paymentId';
import { searchPayments } from './resources/payment/searchPayments';

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
		version: [1, 2],
		defaultVersion: 2,
		subtitle: subtitleOf(resources),
		description: 'List the payments of a Moyasar account, to reconcile them',
		defaults: { name: 'Moyasar' },
		builderHint: {
			searchHint:
				'Reads the payments of a Moyasar account, for reports and reconciliation. It cannot create, refund or void a payment. Amounts are in the smallest unit, such as halalas; amount_decimal is the text that people read.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-moyasar.moyasarTrigger',
					relationHint: 'Starts a workflow on each new or changed payment, once',
				},
				{
					nodeType: 'n8n-nodes-base.scheduleTrigger',
					relationHint: 'Runs Get Many for a daily report',
				},
				{
					nodeType: 'n8n-nodes-base.dataTable',
					relationHint: 'Upserts rows by the payment ID, so that a second run adds nothing twice',
				},
			],
		},
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true, testedBy: 'moyasarApiTest' }],
		properties: [...resourceProperties(resources), requestOptions],
	};

	methods = {
		credentialTest: { moyasarApiTest },
		listSearch: { [SEARCH_METHOD]: searchPayments },
	};

	async execute(this: IExecuteFunctions): Promise<NodeOutput> {
		return await runItems(this, resources, startRun);
	}
}
