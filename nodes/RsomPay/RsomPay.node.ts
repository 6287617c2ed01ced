import {
	type EngineResponse,
	type IExecuteFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
	NodeConnectionTypes,
	type NodeOutput,
} from 'n8n-workflow';

import { runItems } from '../shared/runItems';
import { resourceProperties } from '../shared/operations';
import { requestOptions } from '../shared/requestOptions';
import { rsomPayApiTest } from './api/credentialTest';
import { invoice } from './resources/invoice';
import { transaction } from './resources/transaction';
import { startRun } from './api/connect';
import { isPause, pause, engineResponse } from './wait/pause';
import { handleWebhook } from './wait/handleWebhook';

const resources = [invoice, transaction] as const;

/** The address of a suspended execution takes RsomPay's callback as well as the customer. */
const WAITING_WEBHOOKS: IWebhookDescription[] = (['POST', 'GET'] as const).map((httpMethod) => ({
	name: 'default',
	httpMethod,
	path: '',
	isFullPath: true,
	restartWebhook: true,
	responseMode: 'onReceived',
	// What webhook() gives is the answer, and n8n sends it when the execution goes on.
	responseData: '',
}));

/** The action node: creates, looks up and waits for invoices, and lists transactions. */
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
		waitingNodeTooltip:
			'={{ $parameter["operation"] === "waitForPayment" ? "Goes on when RsomPay calls back or the customer returns, or when the time is up" : "" }}',
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'rsomPayApi', required: true, testedBy: 'rsomPayApiTest' }],
		webhooks: WAITING_WEBHOOKS,
		properties: [...resourceProperties(resources), requestOptions],
	};

	methods = { credentialTest: { rsomPayApiTest } };

	async execute(this: IExecuteFunctions, response?: EngineResponse): Promise<NodeOutput> {
		if (isPause(this)) return await pause(this);
		const known = engineResponse(this, response);
		return await runItems(this, resources, async (context) => await startRun(context, known));
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await handleWebhook(this);
	}
}
