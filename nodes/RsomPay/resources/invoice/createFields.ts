import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { labelsOf } from '../../../shared/fieldLabels';
import { FROM_VERSION_2, VERSION_1 } from '../../../shared/displayConditions';
import type { InvoiceLabels } from '../../api/invoiceRequest';
import { afterPaymentFields, type ExecutionUrls, readUrls } from './afterPayment';

const lineFields: INodeProperties[] = [
	{
		displayName: 'Description',
		name: 'description',
		type: 'string',
		// n8n would mark a required field inside a collection in red before anything is typed.
		typeOptions: { showEvenWhenOptional: true },
		default: '',
		placeholder: 'e.g. Service fee',
		description: 'What the customer pays for, as shown on the payment page',
	},
	{
		displayName: 'Quantity',
		name: 'quantity',
		type: 'number',
		typeOptions: { minValue: 0.001, showEvenWhenOptional: true },
		default: 1,
	},
	{
		displayName: 'Unit Price',
		name: 'unitPrice',
		type: 'number',
		typeOptions: { minValue: 0, showEvenWhenOptional: true },
		default: 0,
		description:
			'Price of one, before discount and tax, such as 100.50. The rounding error of an expression is not sent: 3.3000000000000003 becomes 3.3.',
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

/** The currencies that the list offers. An expression may give another one. */
const CURRENCIES = [
	['AED', 'UAE Dirham'],
	['BHD', 'Bahraini Dinar'],
	['EUR', 'Euro'],
	['GBP', 'Pound Sterling'],
	['KWD', 'Kuwaiti Dinar'],
	['OMR', 'Omani Rial'],
	['QAR', 'Qatari Riyal'],
	['SAR', 'Saudi Riyal'],
	['USD', 'US Dollar'],
] as const;

/** The fields of a new invoice. API guide: create invoice, and its tables of fields. */
export const createFields: INodeProperties[] = [
	{
		displayName: 'External ID',
		name: 'externalId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. INV-PARTNER-001',
		hint: "For tests: {{ 'TEST-' + $now.toMillis() }} is a new one each time",
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
		typeOptions: {
			multipleValues: true,
			multipleValueButtonText: 'Add Line',
			sortable: true,
			hideOptionalFields: true,
			addOptionalFieldButtonText: 'Add Line Field',
		},
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
	...afterPaymentFields,
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
				type: 'options',
				options: CURRENCIES.map(([value, name]) => ({ name: `${value} (${name})`, value })),
				default: 'SAR',
				description: 'SAR where this is left out',
				displayOptions: { show: FROM_VERSION_2 },
			},
			{
				displayName: 'Currency Code',
				name: 'currencyCode',
				type: 'string',
				default: 'SAR',
				placeholder: 'e.g. SAR',
				description: 'SAR where this is left out',
				displayOptions: { show: VERSION_1 },
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
				typeOptions: { dateOnly: true },
				default: '',
				description:
					"The day by which it should be paid, in the workflow's time zone; the time of day is not sent",
			},
			{
				displayName: 'Issued Date',
				name: 'issuedDate',
				type: 'dateTime',
				typeOptions: { dateOnly: true },
				default: '',
				description:
					"The day printed on the invoice, in the workflow's time zone; the time of day is not sent",
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
];

/** The parameters of a line, by the API's field names. */
const LINE_PARAMETERS = {
	description: 'description',
	quantity: 'quantity',
	unit_price: 'unitPrice',
	discount_amount: 'discountAmount',
	tax_rate: 'taxRate',
	item_type: 'itemType',
	reference_id: 'referenceId',
} as const;

/** The parameters of an invoice, by the API's field names. */
const INVOICE_PARAMETERS = {
	external_id: 'externalId',
	notification_url: 'notificationUrl',
	return_url: 'returnUrl',
	items: 'lineItems',
	'customer.id': 'customerId',
	'customer.fullname': 'customerFullName',
	'customer.email': 'additionalFields.customerEmail',
	'customer.phone': 'additionalFields.customerPhone',
	currency_code: 'additionalFields.currencyCode',
	due_date: 'additionalFields.dueDate',
	issued_date: 'additionalFields.issuedDate',
	notes: 'additionalFields.notes',
} as const;

/** The labels of these fields, by the API's field names. */
export const INVOICE_LABELS: InvoiceLabels = {
	invoice: labelsByApiName(INVOICE_PARAMETERS, createFields),
	line: labelsByApiName(LINE_PARAMETERS, lineFields),
};

function labelsByApiName(
	parameters: Readonly<Record<string, string>>,
	fields: readonly INodeProperties[],
): Record<string, string> {
	const labels = labelsOf(fields);
	return Object.fromEntries(
		Object.entries(parameters).map(([apiName, parameter]) => [
			apiName,
			labels[parameter] ?? apiName,
		]),
	);
}

/**
 * Reads the fields of an item, unvalidated.
 *
 * @param thisExecution the URLs of this execution
 * @returns the values with the API's field names
 */
export function readCreateFields(
	context: IExecuteFunctions,
	itemIndex: number,
	thisExecution: ExecutionUrls,
): unknown {
	// n8n throws for a field that is not shown, unless it has a value to fall back on.
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
	const additional = context.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
	return {
		external_id: parameter('externalId'),
		...readUrls(parameter, thisExecution),
		customer: {
			id: parameter('customerId'),
			fullname: parameter('customerFullName'),
			email: additional.customerEmail,
			phone: additional.customerPhone,
		},
		items: readLines(context, itemIndex),
		currency_code: additional.currencyCode,
		due_date: additional.dueDate,
		issued_date: additional.issuedDate,
		notes: additional.notes,
	};
}

function readLines(context: IExecuteFunctions, itemIndex: number): unknown {
	if (context.getNodeParameter('lineItemsMode', itemIndex) === 'json') {
		return parseLines(context.getNodeParameter('lineItemsJson', itemIndex));
	}
	const lines = context.getNodeParameter('lineItems.item', itemIndex, []) as IDataObject;
	return [lines]
		.flat()
		.map((line) =>
			Object.fromEntries(
				Object.entries(LINE_PARAMETERS).map(([apiName, parameter]) => [apiName, line[parameter]]),
			),
		);
}

function parseLines(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		// The validator reports a text as invalid JSON, together with all other problems.
		return value;
	}
}
