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

import { resourceProperties, subtitleOf } from '../shared/operations';
import { requestOptions } from '../shared/requestOptions';
import { runItems } from '../shared/runItems';
import { startRun } from './api/connect';
import { rsomPayApiTest } from './api/credentialTest';
import { invoice } from './resources/invoice';
import { transaction } from './resources/transaction';
import { handleWebhook } from './wait/handleWebhook';
import { OUTPUTS } from './wait/paidOutputs';
import { engineResponse, isPause, pause } from './wait/pause';
import { CALLBACK_PATH, WAIT_OPERATION } from './wait/settings';

const resources = [invoice, transaction] as const;

/** The URL of a suspended execution takes RsomPay's callback (POST) and the customer (GET). */
const WAITING_WEBHOOKS = [
	CALLBACK_PATH,
	// Of executions that version 0.1.0 suspended.
	'',
].flatMap((path) =>
	(['POST', 'GET'] as const).map((httpMethod): IWebhookDescription => ({
		name: 'default',
		httpMethod,
		path,
		isFullPath: true,
		restartWebhook: true,
		responseMode: 'onReceived',
		// n8n sends the response of webhook() when it resumes the execution.
		responseData: '',
	})),
);

/** The action node: creates, looks up and waits for invoices, and lists transactions. */
export class RsomPay implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RsomPay',
		name: 'rsomPay',
		icon: { light: 'file:../../icons/rsompay.svg', dark: 'file:../../icons/rsompay.dark.svg' },
		group: ['transform'],
		// Version 2: Wait for Payment has two outputs, Create has 'After Payment', and one field looks up an
		// invoice.
		version: [1, 2],
		defaultVersion: 2,
		subtitle: subtitleOf(resources),
		description: 'Create invoices and payment links, wait for payments, confirm that they are paid',
		builderHint: {
			searchHint:
				'Payments in Saudi Arabia. "Create" makes an invoice and returns its payment_url, the link to send to the customer. "Wait for Payment" behind it suspends the workflow until the invoice is paid and has two outputs: 0 Paid, 1 Not Paid (canceled, failed, or settled is false when the time is up); connect deliveries and receipts to 0 only. "Get by Reference" returns the current status: an invoice is paid only when status is "paid" there, never because a webhook or a returning customer says so; an unknown invoice is an error. All three output external_id, reference_number, status, amount, payment_url, customer (id, fullname, email, phone), totals and items at the top level. Create needs Customer Email in Additional Fields for a later e-mail to customer.email. An external ID stands for one invoice: use the number of the order, and never make it up from the time. "Get Many" of transactions lists the payments of one customer. There is no list of invoices.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-rsompay.rsomPayTrigger',
					relationHint:
						'Starts another workflow when a payment completes. Then set After Payment in "Create" to start another workflow, with the production URL of the trigger.',
				},
			],
		},
		defaults: { name: 'RsomPay' },
		waitingNodeTooltip: `={{ $parameter["operation"] === "${WAIT_OPERATION}" ? "Resumes when the invoices are settled, or when the time is up" : "" }}`,
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: OUTPUTS,
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
