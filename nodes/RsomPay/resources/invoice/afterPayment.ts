import type { INodeProperties } from 'n8n-workflow';

import { FOR_TOOLS, FROM_VERSION_2 } from '../../../shared/displayConditions';
import { isBlank } from '../../../shared/fieldSchemas';
import { AFTER_PAYMENT, CALLBACK_TARGET } from '../../wait/thisExecution';

/** The condition that hides what only 'Custom' has. Version 1 has no 'After Payment'. */
const NOT_CUSTOM = { afterPayment: [AFTER_PAYMENT.continue, AFTER_PAYMENT.start] };

const afterPaymentOptions = [
	{
		name: 'Continue This Workflow',
		value: AFTER_PAYMENT.continue,
		description: "A later 'Wait for Payment' waits here until the customer has paid",
	},
	{
		name: 'Start Another Workflow',
		value: AFTER_PAYMENT.start,
		description: 'A workflow that starts with a RsomPay Trigger',
	},
	{
		name: 'Custom',
		value: AFTER_PAYMENT.custom,
		description: 'Choose where RsomPay reports payments, and where customers return',
	},
];

const afterPaymentField: INodeProperties = {
	displayName: 'After Payment',
	name: 'afterPayment',
	type: 'options',
	noDataExpression: true,
	options: afterPaymentOptions,
	default: 'continue',
	description: 'What happens when the customer has paid',
	builderHint: {
		propertyHint:
			"'continue' when a RsomPay node with the operation waitForPayment follows in this workflow: no URL is needed, and Return URL may stay empty. 'start' when a RsomPay Trigger of another workflow receives the payment: notificationUrl is its production URL. 'custom' only when both must differ.",
	},
};

const notificationUrlField: INodeProperties = {
	displayName: 'Notification URL',
	name: 'notificationUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://n8n.example.com/webhook/…/webhook',
	hint: "The production URL of a RsomPay Trigger: open that node and copy it from 'Webhook URLs'",
	description: 'Where RsomPay sends its webhooks after a payment. A public HTTPS address.',
};

const returnUrlField: INodeProperties = {
	displayName: 'Return URL',
	name: 'returnUrl',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://partner.example.com/payment/return',
};

/**
 * The fields about what happens after the payment: where RsomPay reports it, and where the customer
 * returns. API guide: create invoice, `notification_url` and `return_url`.
 */
export const afterPaymentFields: INodeProperties[] = [
	{ ...afterPaymentField, displayOptions: { show: FROM_VERSION_2, hide: FOR_TOOLS } },
	{
		...afterPaymentField,
		// Nothing waits behind a tool.
		options: afterPaymentOptions.filter(({ value }) => value !== AFTER_PAYMENT.continue),
		default: 'start',
		displayOptions: { show: { ...FROM_VERSION_2, ...FOR_TOOLS } },
	},
	{
		...returnUrlField,
		placeholder: 'e.g. https://n8n.example.com/webhook/…/webhook',
		hint: "Best: the production URL of a RsomPay Trigger, which shows the result at any time. Left empty, customers see it only until this execution continues, then n8n's error.",
		description: 'Where the customer is taken after checkout. Left empty, to this execution.',
		displayOptions: { show: { afterPayment: [AFTER_PAYMENT.continue] } },
	},
	{
		...notificationUrlField,
		displayOptions: { show: { afterPayment: [AFTER_PAYMENT.start] } },
	},
	{
		...returnUrlField,
		description:
			'Where the customer is taken after checkout. Left empty, to the Notification URL: a RsomPay Trigger shows them the result.',
		displayOptions: { show: { afterPayment: [AFTER_PAYMENT.start] } },
	},
	{
		displayName: 'Notify',
		name: 'notify',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'A URL',
				value: CALLBACK_TARGET.url,
				description: 'RsomPay reports payments to a RsomPay Trigger, or to another address',
			},
			{
				name: 'This Execution',
				value: CALLBACK_TARGET.execution,
				description:
					"RsomPay reports payments to this very execution, which a later 'Wait for Payment' suspends until then. No trigger and no other workflow is needed.",
			},
		],
		default: 'url',
		description: 'Where RsomPay reports payments',
		displayOptions: { hide: NOT_CUSTOM },
	},
	{
		...notificationUrlField,
		displayOptions: { show: { notify: [CALLBACK_TARGET.url] }, hide: NOT_CUSTOM },
	},
	{
		displayName: 'Return To',
		name: 'returnTo',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'A URL',
				value: CALLBACK_TARGET.url,
				description: 'The customer is taken to your page, or to a RsomPay Trigger that shows one',
			},
			{
				name: 'This Execution',
				value: CALLBACK_TARGET.execution,
				description:
					"The customer sees the result of the payment, and this execution resumes if it is paid. Only while a later 'Wait for Payment' waits.",
			},
		],
		default: 'url',
		description: 'Where the customer is taken after checkout',
		displayOptions: { hide: NOT_CUSTOM },
	},
	{
		...returnUrlField,
		required: true,
		hint: 'The production URL of a RsomPay Trigger will do, too: it shows the customer the result of the payment',
		description: 'Where the customer is taken after checkout. A public HTTPS address.',
		displayOptions: { show: { returnTo: [CALLBACK_TARGET.url] }, hide: NOT_CUSTOM },
	},
];

/** The URLs of this execution. */
export interface ExecutionUrls {
	/** Where RsomPay reports payments. */
	callbackUrl(): string;
	/** Where the customer of an invoice returns. */
	returnUrl(externalId: string): string;
}

/**
 * Reads where RsomPay reports payments, and where customers return.
 *
 * @param parameter returns a parameter of the node
 * @returns the values with the API's field names, unvalidated
 */
export function readUrls(parameter: (name: string) => unknown, thisExecution: ExecutionUrls) {
	const afterPayment = parameter('afterPayment');
	const notificationUrl = parameter('notificationUrl');
	const returnUrl = parameter('returnUrl');
	const ownReturnUrl = () => thisExecution.returnUrl(String(parameter('externalId')).trim());
	if (afterPayment === AFTER_PAYMENT.continue) {
		return {
			notification_url: thisExecution.callbackUrl(),
			return_url: isBlank(returnUrl) ? ownReturnUrl() : returnUrl,
		};
	}
	if (afterPayment === AFTER_PAYMENT.start) {
		return {
			notification_url: notificationUrl,
			return_url: isBlank(returnUrl) ? notificationUrl : returnUrl,
		};
	}
	const isThisExecution = (name: string) => parameter(name) === CALLBACK_TARGET.execution;
	return {
		notification_url: isThisExecution('notify') ? thisExecution.callbackUrl() : notificationUrl,
		return_url: isThisExecution('returnTo') ? ownReturnUrl() : returnUrl,
	};
}
