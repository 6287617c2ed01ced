import {
	fromParameter,
	type IExecuteFunctions,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
	NodeConnectionTypes,
	NodeOperationError,
	webhookDescriptionFields,
} from 'n8n-workflow';

import { asNodeError } from '../shared/nodeErrors';
import { rsomPayApiTest } from './api/credentialTest';
import { handleReturn } from './customerReturn/handleReturn';
import {
	confirmSecondsOption,
	readReturnSettings,
	RESPOND_WITH,
	returnFields,
} from './customerReturn/settings';
import { ANY_EVENT, CUSTOMER_RETURNED, EVENTS } from './webhook/events';
import { execute } from './webhook/execute';
import { handleEvent } from './webhook/handleEvent';
import { respond, RESPOND_WHEN } from './webhook/respond';
import { signingSecretsOf } from './webhook/signingSecrets';

/**
 * When n8n responds. It reads the option without its expression engine, which costs more than the rest
 * of the trigger. An n8n that is too old for that evaluates an expression.
 */
const responseModeFields = (
	webhookDescriptionFields as typeof webhookDescriptionFields | undefined
)?.({
	responseMode: fromParameter(['options', 'acknowledge'], RESPOND_WHEN.immediately),
}) ?? {
	responseMode: `={{ $parameter["options"]["acknowledge"] || "${RESPOND_WHEN.immediately}" }}`,
};

/** The events to choose from. */
const EVENT_OPTIONS = [
	{
		name: 'Any Event',
		value: ANY_EVENT,
		description:
			'Every event of RsomPay, also those that it adds later. Without Customer Returned.',
	},
	{
		name: 'Customer Returned',
		value: CUSTOMER_RETURNED,
		description:
			'A customer comes back from the payment page, and RsomPay has returned the invoice: once for each status. The quickest way to learn of a payment.',
	},
	{
		name: 'Invoice Status Changed',
		value: EVENTS.statusChanged,
		description: 'The status of an invoice changes after a payment',
	},
	{
		name: 'Payment Completed',
		value: EVENTS.paymentCompleted,
		description: 'A payment succeeded',
	},
	{
		name: 'Payment Failed',
		value: EVENTS.paymentFailed,
		description: 'A payment failed; the customer may try again',
	},
];

/** The names of the events, by their values, as JSON. */
const EVENT_NAMES = JSON.stringify(
	Object.fromEntries(EVENT_OPTIONS.map(({ name, value }) => [value, name])),
);

const SAMPLE_EVENT =
	'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay/blob/main/docs/trigger.md#sample-event';

/** What the editor shows beside the trigger. */
const TRIGGER_PANEL = {
	header: 'Pull in events from RsomPay',
	executionsHelp: {
		inactive: `RsomPay calls the address that an invoice carries as its 'Notification URL'.<br /><br /><b>While you build</b>, execute this step, then create an invoice with the Test URL and pay it in the sandbox. RsomPay must reach this n8n over the internet.<br /><br /><b>Without a payment</b>, set the <a href="${SAMPLE_EVENT}" target="_blank">sample event</a> as mock data.<br /><br /><b>To receive every payment</b>, publish the workflow and create your invoices with the Production URL. These executions are in the executions list, not in the editor.`,
		active:
			'RsomPay calls the address that an invoice carries as its \'Notification URL\'.<br /><br /><b>While you build</b>, execute this step, then create an invoice with the Test URL and pay it in the sandbox.<br /><br /><b>Invoices with the Production URL</b> start this workflow by themselves, since it is published. These executions are in the <a data-key="executions">executions list</a>, not in the editor.',
	},
	activationHint:
		'When the workflow is ready, publish it, and create your invoices with the Production URL.',
};

/** The trigger: verifies RsomPay's webhooks (POST), and responds to returning customers (GET). */
export class RsomPayTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RsomPay Trigger',
		name: 'rsomPayTrigger',
		icon: { light: 'file:../../icons/rsompay.svg', dark: 'file:../../icons/rsompay.dark.svg' },
		group: ['trigger'],
		// For version 1 of any trigger n8n evaluates one more expression per webhook, which costs several
		// times as much as this trigger.
		version: [1, 2],
		defaultVersion: 2,
		subtitle: `={{ $parameter["events"].map((event) => (${EVENT_NAMES})[event] ?? event).join(", ") }}`,
		description: 'Starts when RsomPay reports a payment, or when a customer returns',
		eventTriggerDescription:
			"Pay an invoice whose 'Notification URL' is the Test URL of this node. Or pin a sample event and continue without one.",
		activationMessage:
			"Now put the Production URL of the RsomPay Trigger into the 'Notification URL' of the invoices you create. RsomPay calls it after each payment.",
		triggerPanel: TRIGGER_PANEL,
		builderHint: {
			searchHint:
				'Starts a workflow when RsomPay reports a payment: payment.completed for "when a payment completes" or "when an invoice is paid", payment.failed for a failed attempt, invoice.status_changed only to learn of canceled invoices, too. It verifies the signature by itself. Each invoice reports to one URL only, so use one trigger with several events and a Switch on the field event, not several workflows. The output has event, event_id, customer (fullname, email, phone), invoice (external_id, reference_number, status, amount) and payment (payment_method, status, amount, paid_at). An event is no proof that the invoice is paid: with the option Confirm Invoice, check that confirmed_invoice.status is "paid" before anything is delivered. One invoice may cause several events: to do something once, remove duplicates by invoice.external_id. When one workflow creates the invoice and continues after the payment, use "Wait for Payment" of the RsomPay node in place of this trigger.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-rsompay.rsomPay',
					relationHint:
						'"Get by Reference" confirms the invoice of an event. "Create" takes the production URL of this trigger as Notification URL and Return URL.',
				},
			],
		},
		defaults: { name: 'RsomPay Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'rsomPayApi', required: true, testedBy: 'rsomPayApiTest' }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				path: 'webhook',
				// The same URL takes the customer's browser.
				ndvHideMethod: true,
				...responseModeFields,
				// RsomPay must not get the workflow's output. A workflow that ends without an item has
				// succeeded, too.
				responseData: 'noData',
			},
			{
				name: 'default',
				httpMethod: 'GET',
				path: 'webhook',
				ndvHideUrl: true,
				responseMode: 'onReceived',
				responseCode: `={{ $parameter["customerAnswer"] === "${RESPOND_WITH.redirect}" ? 302 : 200 }}`,
				// n8n sends the response of webhook() when it has accepted the execution.
				responseData: '',
			},
		],
		properties: [
			{
				displayName: `To receive payments:<ul><li>Publish this workflow.</li><li>Open "Webhook URLs" above and copy the Production URL.</li><li>Put it into the Notification URL of the invoices you create. As their Return URL, too, it shows customers the result.</li></ul>`,
				name: 'notificationUrlNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Trigger On',
				name: 'events',
				type: 'multiOptions',
				required: true,
				options: EVENT_OPTIONS,
				default: [EVENTS.paymentCompleted],
			},
			...returnFields,
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Confirm Invoice',
						name: 'confirm',
						type: 'boolean',
						default: false,
						description:
							"Whether to read the invoice from RsomPay before the workflow starts, and add it to the output under 'confirmed_invoice' (empty for an event without an invoice). If RsomPay does not return it, or does not confirm the event yet, nothing runs, and RsomPay sends the event again.",
					},
					confirmSecondsOption,
					{
						displayName: 'Include Headers',
						name: 'includeHeaders',
						type: 'boolean',
						default: false,
						description: "Whether to add the request's headers to the output, under 'headers'",
					},
					{
						displayName: 'New Status',
						name: 'newStatuses',
						type: 'multiOptions',
						displayOptions: { show: { '/events': [EVENTS.statusChanged, ANY_EVENT] } },
						options: [
							{ name: 'Canceled', value: 'canceled' },
							{ name: 'Failed', value: 'failed' },
							{ name: 'Issued', value: 'issued' },
							{ name: 'Paid', value: 'paid' },
						],
						default: ['paid'],
						description:
							'For Invoice Status Changed: only start when the invoice now has one of these statuses',
					},
					{
						displayName: 'Respond',
						name: 'acknowledge',
						type: 'options',
						options: [
							{
								name: 'Immediately',
								value: RESPOND_WHEN.immediately,
								description:
									'When n8n has accepted the event. If n8n is killed while the workflow runs, that run is lost.',
							},
							{
								name: 'When Workflow Succeeds',
								value: RESPOND_WHEN.workflowSucceeds,
								description:
									'When the workflow has succeeded, or waits for more than a minute. If it fails before, or n8n is killed, RsomPay sends the event again and it runs again.',
							},
						],
						default: 'onReceived',
						description:
							'When RsomPay gets its response. It waits a few seconds, so a workflow that responds when it succeeds should be short.',
					},
				],
			},
		],
	};

	methods = { credentialTest: { rsomPayApiTest } };

	webhookMethods = {
		default: {
			// RsomPay has no call to register a webhook: each invoice carries its Notification URL. So
			// there is nothing to look for. create() checks that deliveries can be verified.
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},

			async create(this: IHookFunctions): Promise<boolean> {
				try {
					readReturnSettings((name) => this.getNodeParameter(name, ''));
				} catch (error) {
					throw asNodeError(this.getNode(), error);
				}
				const { secrets } = signingSecretsOf(await this.getCredentials('rsomPayApi'));
				if (secrets.length > 0) return true;
				throw new NodeOperationError(
					this.getNode(),
					"The RsomPay credential has no signing secret, so webhooks cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for the webhook signing secret and put it into the credential's 'Signing Secret'.",
				);
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const isCustomer = this.getRequestObject().method === 'GET';
		return await respond(this, await (isCustomer ? handleReturn(this) : handleEvent(this)));
	}
}
