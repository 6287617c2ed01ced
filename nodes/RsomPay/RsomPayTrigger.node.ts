import {
	fromParameter,
	type IHookFunctions,
	type INodeProperties,
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
import { RESPOND_WITH, readReturnSettings } from './customerReturn/settings';
import { handleReturn } from './customerReturn/handleReturn';
import { RESPOND_WHEN } from './webhook/dedupe';
import { ANY_EVENT, CUSTOMER_RETURNED, EVENTS } from './webhook/events';
import { handleEvent } from './webhook/handleEvent';
import { signingSecretsOf } from './webhook/signingSecrets';

/**
 * When n8n answers: read from the option without its expression engine, which costs more than all
 * that the trigger does. An n8n that is too old for that evaluates an expression.
 */
const responseModeFields = (
	webhookDescriptionFields as typeof webhookDescriptionFields | undefined
)?.({
	responseMode: fromParameter(['options', 'acknowledge'], RESPOND_WHEN.whenAccepted),
}) ?? { responseMode: '={{ $parameter["options"]["acknowledge"] || "onReceived" }}' };

/** The trigger: receives and verifies RsomPay's webhooks, and meets customers who return. */
export class RsomPayTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RsomPay Trigger',
		name: 'rsomPayTrigger',
		icon: { light: 'file:../../icons/rsompay.svg', dark: 'file:../../icons/rsompay.dark.svg' },
		group: ['trigger'],
		// For version 1 of any trigger n8n evaluates an expression more for each webhook, which costs it
		// several times what this trigger does.
		version: [1, 2],
		defaultVersion: 2,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description:
			"Starts the workflow when RsomPay reports a payment or a change of an invoice, after verifying the webhook's signature, or when a customer returns from the payment page",
		defaults: { name: 'RsomPay Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'rsomPayApi', required: true, testedBy: 'rsomPayApiTest' }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				path: 'webhook',
				// The same address takes the customer's browser.
				ndvHideMethod: true,
				...responseModeFields,
				// Whatever the workflow ends with is nobody's business but its own; and a workflow
				// that ends without an item has still succeeded.
				responseData: 'noData',
			},
			{
				name: 'default',
				httpMethod: 'GET',
				path: 'webhook',
				ndvHideUrl: true,
				responseMode: 'onReceived',
				responseCode: `={{ $parameter["customerAnswer"] === "${RESPOND_WITH.redirect}" ? 302 : 200 }}`,
				// What webhook() gives is the answer, and n8n sends it when it has accepted the execution.
				responseData: '',
			},
		],
		properties: [
			{
				displayName:
					'RsomPay has no place to register a webhook. Publish this workflow, copy the <b>Production URL</b> from "Webhook URLs" above, and put it into the <b>Notification URL</b> of the invoices you create. As their <b>Return URL</b> it shows customers how their payment came out.',
				name: 'notificationUrlNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Trigger On',
				name: 'events',
				type: 'multiOptions',
				required: true,
				options: [
					{
						name: 'Any Event',
						value: ANY_EVENT,
						description:
							'Whatever RsomPay sends, also events that it adds later. Customers who return are not among them.',
					},
					{
						name: 'Customer Returned',
						value: CUSTOMER_RETURNED,
						description:
							'A customer comes back from the payment page, and RsomPay has told how the invoice stands: once for each status. The quickest way to learn of a payment.',
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
				],
				default: [EVENTS.paymentCompleted],
			},
			{
				displayName: 'Answer Customers With',
				name: 'customerAnswer',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'Redirect',
						value: RESPOND_WITH.redirect,
						description:
							"Sends them on to your own pages, with 'external_id' and 'status' added to the address",
					},
					{
						name: 'Result Page',
						value: RESPOND_WITH.page,
						description:
							'Shows them whether the payment is confirmed, in English or Arabic by the language of their browser',
					},
				],
				default: 'page',
				description: 'What customers get who come back from the payment page to this address',
			},
			{
				displayName: 'Button Link',
				name: 'backUrl',
				type: 'string',
				noDataExpression: true,
				default: '',
				placeholder: 'e.g. https://partner.example.com',
				description: 'Where the button of the result page leads. Without it there is no button.',
				displayOptions: { show: { customerAnswer: [RESPOND_WITH.page] } },
			},
			...(
				[
					['Success URL', 'successUrl', 'success', 'RsomPay has confirmed that it is paid'],
					['Pending URL', 'pendingUrl', 'pending', 'it is not known yet whether it is paid'],
					[
						'Failure URL',
						'failureUrl',
						'failure',
						'the payment failed or the invoice was canceled',
					],
				] as const
			).map(([displayName, name, page, when]): INodeProperties => ({
				displayName,
				name,
				type: 'string',
				noDataExpression: true,
				required: true,
				default: '',
				placeholder: `e.g. https://partner.example.com/payment/${page}`,
				description: `Where customers are sent when ${when}`,
				displayOptions: { show: { customerAnswer: [RESPOND_WITH.redirect] } },
			})),
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Acknowledge',
						name: 'acknowledge',
						type: 'options',
						options: [
							{
								name: 'When the Event Is Accepted',
								value: RESPOND_WHEN.whenAccepted,
								description:
									'Answers RsomPay at once. If n8n is killed while the workflow runs, that run is lost.',
							},
							{
								name: 'When the Workflow Has Finished',
								value: RESPOND_WHEN.whenFinished,
								description:
									'Answers when the workflow has succeeded, or waits for more than a minute. If it fails before, or n8n is killed, RsomPay sends the event again and it runs again.',
							},
						],
						default: 'onReceived',
						description:
							'When RsomPay is told that the event has arrived. It waits a few seconds for that, so a workflow that is run until its end should be short.',
					},
					{
						displayName: 'Confirm for (Seconds)',
						name: 'confirmSeconds',
						type: 'number',
						noDataExpression: true,
						typeOptions: { minValue: 0, maxValue: 30, numberPrecision: 0 },
						default: 5,
						description:
							'For customers who return: for how long to ask RsomPay again while their payment is not confirmed yet, from 0 to 30. They wait meanwhile.',
					},
					{
						displayName: 'Confirm Invoice',
						name: 'confirm',
						type: 'boolean',
						default: false,
						description:
							"Whether to ask RsomPay how the invoice stands before the workflow starts, and add it to the output under 'confirmed_invoice' (empty for an event that is about no invoice). If RsomPay cannot tell, nothing runs, and its retry brings the event again.",
					},
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
				],
			},
		],
	};

	methods = { credentialTest: { rsomPayApiTest } };

	webhookMethods = {
		default: {
			// RsomPay has no call to register a webhook: its address travels with each invoice, as the
			// Notification URL. So there is nothing to look for, and all there is to create is the
			// certainty that deliveries can be verified.
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

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const isCustomer = this.getRequestObject().method === 'GET';
		return await (isCustomer ? handleReturn(this) : handleEvent(this));
	}
}
