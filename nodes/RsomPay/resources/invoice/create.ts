import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { once } from '../../../shared/runItems';
import type { Operation } from '../../../shared/operations';
import { InputError } from '../../../shared/errors';
import { whyNotPublicHttps } from '../../../shared/publicUrl';
import { createInvoiceValidator } from '../../api/invoiceRequest';
import { findInvoiceMismatch } from '../../api/invoiceMismatch';
import type { RsomPayRun } from '../../api/connect';
import { WAIT_MODE } from '../../wait/settings';
import { CALLBACK_TARGET } from './target';
import { waitForPayment } from './waitForPayment';

const lineFields: INodeProperties[] = [
	{
		displayName: 'Description',
		name: 'description',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. Service fee',
		description: 'What the customer pays for, as shown on the payment page',
	},
	{
		displayName: 'Quantity',
		name: 'quantity',
		type: 'number',
		typeOptions: { minValue: 0.001 },
		default: 1,
	},
	{
		displayName: 'Unit Price',
		name: 'unitPrice',
		type: 'number',
		typeOptions: { minValue: 0 },
		required: true,
		default: 0,
		description: 'Price of one, before discount and tax, such as 100.50',
	},
	{
		displayName: 'Discount Amount',
		name: 'discountAmount',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description: 'Taken off this line before tax',
	},
	{
		displayName: 'Tax Rate (%)',
		name: 'taxRate',
		type: 'number',
		default: 0,
		description: 'For example 15 for 15% VAT',
	},
	{
		displayName: 'Item Type',
		name: 'itemType',
		type: 'string',
		default: '',
		placeholder: 'e.g. service',
		description: 'A category of your own',
	},
	{
		displayName: 'Reference ID',
		name: 'referenceId',
		type: 'string',
		default: '',
		placeholder: 'e.g. LINE-1',
		description: 'Your own reference of this line',
	},
];

/** n8n's address for trying a workflow out. */
const TEST_URL = /\/webhook-test\//;

const TEST_URL_HINT =
	"'Notification URL' is a test URL of n8n, which only listens while the editor does: later webhooks would be lost. Use the Production URL.";

const NOT_FOLLOWED_BY_WAIT =
	"No 'Wait for Payment' follows in this workflow, so the execution will be over when RsomPay or the customer gets back to it.";

/** Creates an invoice and gives its payment link. API guide: `POST /invoices`. */
export const create = {
	option: {
		name: 'Create',
		value: 'create',
		action: 'Create invoice',
		description: 'Create a new invoice and get its payment link',
	},
	fields: [
		{
			displayName: 'External ID',
			name: 'externalId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. INV-PARTNER-001',
			description:
				'Your own ID of this invoice, such as an order number. The same ID always stands for the same invoice, so running this again never creates a second one.',
		},
		{
			displayName: 'Customer ID',
			name: 'customerId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. CUST-9',
			description: 'Your own ID of the customer, by which their transactions are listed later',
		},
		{
			displayName: 'Customer Full Name',
			name: 'customerFullName',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. Ahmed Ali',
			description: 'Shown on the payment page',
		},
		{
			displayName: 'Line Items From',
			name: 'lineItemsMode',
			type: 'options',
			options: [
				{ name: 'Fields Below', value: 'fields', description: 'Fill in each line here' },
				{
					name: 'JSON',
					value: 'json',
					description: 'Take a list of lines, for example from an earlier node',
				},
			],
			default: 'fields',
		},
		{
			displayName: 'Line Items',
			name: 'lineItems',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Line' },
			placeholder: 'Add Line',
			required: true,
			default: { item: [{ description: '', quantity: 1, unitPrice: 0 }] },
			description: 'What is billed. RsomPay adds the lines up to the amount of the invoice.',
			displayOptions: { show: { lineItemsMode: ['fields'] } },
			options: [{ displayName: 'Line', name: 'item', values: lineFields }],
		},
		{
			displayName: 'Line Items',
			name: 'lineItemsJson',
			type: 'json',
			required: true,
			default: '[]',
			hint: 'For example: [{ "description": "Service fee", "quantity": 1, "unit_price": 100, "tax_rate": 15 }]',
			description:
				'A list of lines by the names description, quantity, unit_price, discount_amount, tax_rate, item_type and reference_id',
			displayOptions: { show: { lineItemsMode: ['json'] } },
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
			description: 'Who RsomPay tells about payments',
		},
		{
			displayName: 'Notification URL',
			name: 'notificationUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://n8n.example.com/webhook/…/webhook',
			hint: "The production URL of a RsomPay Trigger: open that node and copy it from 'Webhook URLs'",
			description: 'Where RsomPay sends its webhooks after a payment. A public HTTPS address.',
			displayOptions: { show: { notify: [CALLBACK_TARGET.url] } },
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
						"The customer is shown how the payment came out, while a later 'Wait for Payment' waits; and this execution goes on if it is paid",
				},
			],
			default: 'url',
			description: 'Where the customer is taken after checkout',
		},
		{
			displayName: 'Return URL',
			name: 'returnUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://partner.example.com/payment/return',
			hint: 'The production URL of a RsomPay Trigger will do, too: it shows the customer how the payment came out',
			description: 'Where the customer is taken after checkout. A public HTTPS address.',
			displayOptions: { show: { returnTo: [CALLBACK_TARGET.url] } },
		},
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			options: [
				{
					displayName: 'Currency Code',
					name: 'currencyCode',
					type: 'string',
					default: 'SAR',
					placeholder: 'e.g. SAR',
					description: 'SAR where this is left out',
				},
				{
					displayName: 'Customer Email',
					name: 'customerEmail',
					type: 'string',
					default: '',
					placeholder: 'e.g. customer@example.com',
				},
				{
					displayName: 'Customer Phone',
					name: 'customerPhone',
					type: 'string',
					default: '',
					placeholder: 'e.g. +966501234567',
				},
				{
					displayName: 'Due Date',
					name: 'dueDate',
					type: 'dateTime',
					default: '',
					description: 'The day by which it should be paid; the time of day is not sent',
				},
				{
					displayName: 'Issued Date',
					name: 'issuedDate',
					type: 'dateTime',
					default: '',
					description: 'The day printed on the invoice; the time of day is not sent',
				},
				{
					displayName: 'Notes',
					name: 'notes',
					type: 'string',
					typeOptions: { rows: 3 },
					default: '',
					placeholder: 'e.g. Thank you for your order',
					description: 'At most 2,000 characters',
				},
			],
		},
	],
	prepare(context, { client, urlsArePublic }) {
		const validateInvoice = createInvoiceValidator(context.getTimezone(), urlsArePublic);
		const thisExecution = once(() => {
			if (!isFollowedByWait(context)) {
				context.addExecutionHints({ message: NOT_FOLLOWED_BY_WAIT, location: 'outputPane' });
			}
			const url = resumeUrl(context);
			const problem = urlsArePublic ? whyNotPublicHttps(url) : undefined;
			if (problem === undefined) return url;
			throw new InputError([
				`The address of 'This Execution' ${problem}. It is n8n's own address: set WEBHOOK_URL to the one under which n8n is reached from the internet, or choose 'A URL'`,
			]);
		});
		return (itemIndex) => {
			const body = validateInvoice(readFields(context, itemIndex, thisExecution));
			if (TEST_URL.test(body.notification_url)) {
				context.addExecutionHints({ message: TEST_URL_HINT, location: 'outputPane' });
			}
			return async () => {
				const invoice = await client.createInvoice(body);
				const mismatch = findInvoiceMismatch(invoice, body);
				if (mismatch) throw mismatch;
				return [invoice];
			};
		};
	},
} satisfies Operation<RsomPayRun>;

function isFollowedByWait(context: IExecuteFunctions): boolean {
	const { name, type } = context.getNode();
	return context
		.getChildNodes(name, { includeNodeParameters: true })
		.some(
			(node) =>
				node.type === 'n8n-nodes-base.wait' ||
				(node.type === type &&
					node.parameters?.operation === waitForPayment.option.value &&
					node.parameters.waitMode !== WAIT_MODE.asking),
		);
}

/**
 * The address at which this execution is continued while it is suspended. It is given out by n8n's
 * expression alone: the method for it signs in a way that is n8n's own nodes' only.
 */
function resumeUrl(context: IExecuteFunctions): string {
	return String(context.evaluateExpression('{{ $execution.resumeUrl }}', 0));
}

/** What was filled in, by the API's own field names. */
function readFields(
	context: IExecuteFunctions,
	itemIndex: number,
	thisExecution: () => string,
): unknown {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, undefined);
	const isThisExecution = (name: string) => parameter(name) === CALLBACK_TARGET.execution;
	const additional = context.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
	return {
		external_id: parameter('externalId'),
		notification_url: isThisExecution('notify') ? thisExecution() : parameter('notificationUrl'),
		return_url: isThisExecution('returnTo')
			? returnUrlFor(thisExecution())
			: parameter('returnUrl'),
		customer: {
			id: parameter('customerId'),
			fullname: parameter('customerFullName'),
			email: additional.customerEmail,
			phone: additional.customerPhone,
		},
		items: lineItems(context, itemIndex),
		currency_code: additional.currencyCode,
		due_date: additional.dueDate,
		issued_date: additional.issuedDate,
		notes: additional.notes,
	};
}

/**
 * The same address for the customer. Its query ends with a parameter that nobody reads, should
 * RsomPay put its own behind a second question mark: n8n's token stays whole then.
 */
function returnUrlFor(url: string): string {
	const address = new URL(url);
	address.searchParams.append('returned', '1');
	return address.href;
}

function lineItems(context: IExecuteFunctions, itemIndex: number): unknown {
	if (context.getNodeParameter('lineItemsMode', itemIndex) === 'json') {
		return parseLines(context.getNodeParameter('lineItemsJson', itemIndex));
	}
	const lines = context.getNodeParameter('lineItems.item', itemIndex, []) as IDataObject;
	return [lines].flat().map((line) => ({
		description: line.description,
		quantity: line.quantity,
		unit_price: line.unitPrice,
		discount_amount: line.discountAmount,
		tax_rate: line.taxRate,
		item_type: line.itemType,
		reference_id: line.referenceId,
	}));
}

function parseLines(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		// That it is no JSON is told by the check, with all else that is wrong.
		return value;
	}
}
