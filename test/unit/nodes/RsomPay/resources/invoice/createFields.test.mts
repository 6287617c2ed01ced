import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type {
	InvoiceLine,
	InvoiceRequest,
} from '../../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import {
	createFields,
	INVOICE_LABELS,
	readCreateFields,
} from '../../../../../../nodes/RsomPay/resources/invoice/createFields.ts';

type InvoicePath =
	Exclude<keyof InvoiceRequest, 'customer'> | `customer.${keyof InvoiceRequest['customer']}`;

/** The fields of an invoice in the API. The compiler demands each of them. */
const INVOICE_PATHS: Record<InvoicePath, true> = {
	external_id: true,
	notification_url: true,
	return_url: true,
	items: true,
	'customer.id': true,
	'customer.fullname': true,
	'customer.email': true,
	'customer.phone': true,
	currency_code: true,
	due_date: true,
	issued_date: true,
	notes: true,
};

/** The fields of a line in the API. The compiler demands each of them. */
const LINE_PATHS: Record<keyof InvoiceLine, true> = {
	description: true,
	quantity: true,
	unit_price: true,
	discount_amount: true,
	tax_rate: true,
	item_type: true,
	reference_id: true,
};

/** The fields that are not sent: they choose or contain others. */
const NOT_SENT = ['lineItemsMode', 'afterPayment', 'notify', 'returnTo', 'additionalFields'];

const definition = (name: string): INodeProperties => {
	const [field, ...more] = createFields.filter((candidate) => candidate.name === name);
	if (!field || more.length > 0) throw new Error(`There is not one field ${name}`);
	return field;
};

/** The fields inside a collection or a fixed collection. */
const fieldsInside = (name: string): INodeProperties[] =>
	(definition(name).options ?? []).flatMap((option) =>
		'values' in option ? option.values : 'displayName' in option ? [option] : [],
	);

const ADDITIONAL_FIELDS = fieldsInside('additionalFields');

const LINE_FIELDS = fieldsInside('lineItems');

/** Values of parameters in which each field contains its own label. */
const filledWithLabels = (fields: readonly INodeProperties[]) =>
	Object.fromEntries(fields.map(({ name, displayName }) => [name, displayName]));

/** Reads an item in which each field contains its own label: the panel's labels by the API's names. */
function readLabels() {
	const parameters: Record<string, unknown> = {
		...filledWithLabels(createFields),
		'lineItems.item': [filledWithLabels(LINE_FIELDS)],
		additionalFields: filledWithLabels(ADDITIONAL_FIELDS),
	};
	const context = {
		getNodeParameter: (name: string) => parameters[name],
	} as unknown as IExecuteFunctions;
	const fail = () => {
		throw new Error("No field is set to 'This Execution'");
	};
	const noUrls = { callbackUrl: fail, returnUrl: fail };
	const { customer, items, ...rest } = readCreateFields(context, 0, noUrls) as {
		customer: Record<string, string>;
		items: unknown[];
	};
	const customerLabels = Object.fromEntries(
		Object.entries(customer).map(([name, label]) => [`customer.${name}`, label]),
	);
	return {
		invoice: { ...rest, ...customerLabels, items: definition('lineItems').displayName },
		lines: items,
	};
}

describe('INVOICE_LABELS', () => {
	test('has a label for each field of the API', () => {
		expect(Object.keys(INVOICE_LABELS.invoice).toSorted()).toStrictEqual(
			Object.keys(INVOICE_PATHS).toSorted(),
		);
		expect(Object.keys(INVOICE_LABELS.line).toSorted()).toStrictEqual(
			Object.keys(LINE_PATHS).toSorted(),
		);
	});

	test('has the label of the field that each value is read from', () => {
		const { invoice, lines } = readLabels();

		expect(INVOICE_LABELS.invoice).toStrictEqual(invoice);
		expect(lines).toStrictEqual([INVOICE_LABELS.line]);
	});

	test('has the label of each field of the panel that is sent', () => {
		const sent = [...createFields, ...ADDITIONAL_FIELDS].filter(
			({ name }) => !NOT_SENT.includes(name),
		);
		const labelsOf = (fields: readonly INodeProperties[]) =>
			new Set(fields.map(({ displayName }) => displayName));

		expect(new Set(Object.values(INVOICE_LABELS.invoice))).toStrictEqual(labelsOf(sent));
		expect(new Set(Object.values(INVOICE_LABELS.line))).toStrictEqual(labelsOf(LINE_FIELDS));
	});

	test('has one label for line items from fields and from JSON', () => {
		expect(definition('lineItemsJson').displayName).toBe(INVOICE_LABELS.invoice.items);
	});

	test.each([...Object.entries(INVOICE_LABELS.invoice), ...Object.entries(INVOICE_LABELS.line)])(
		"of %s does not fall back to the API's name: %s",
		(apiName, label) => {
			expect(label).not.toBe(apiName);
		},
	);
});
