import type { INodeProperties } from 'n8n-workflow';

import { RsomPay } from '../../../../nodes/RsomPay/RsomPay.node.ts';

const { description, methods } = new RsomPay();

/** The fields of an operation, as they end up in saved workflows. */
const fieldsOf = (resource: string, operation: string): INodeProperties[] =>
	description.properties.filter(
		({ displayOptions }) =>
			displayOptions?.show?.resource?.[0] === resource &&
			displayOptions.show.operation?.[0] === operation,
	);

const named = (fields: INodeProperties[], name: string) =>
	fields.find((field) => field.name === name);

const names = (fields: readonly unknown[] | undefined) =>
	(fields ?? []).map((field) => (field as INodeProperties).name);

/** The fields inside a collection or a fixed collection. */
function inside(field: INodeProperties | undefined): INodeProperties[] {
	return (field?.options ?? []).flatMap((option) =>
		'values' in option ? option.values : 'type' in option ? [option] : [],
	);
}

test('is called what saved workflows call it', () => {
	expect(description).toMatchObject({ name: 'rsomPay', displayName: 'RsomPay', version: 1 });
	expect(description.usableAsTool).toBe(true);
	expect(description.credentials).toStrictEqual([
		{ name: 'rsomPayApi', required: true, testedBy: 'rsomPayApiTest' },
	]);
	expect(Object.keys(methods.credentialTest)).toStrictEqual(['rsomPayApiTest']);
});

test('has its resources and operations', () => {
	const operations = description.properties.filter(({ name }) => name === 'operation');

	expect(
		operations.map(({ displayOptions, options }) => [
			displayOptions?.show?.resource?.[0],
			options?.map((option) => ('value' in option ? [option.value, option.name] : [])),
		]),
	).toStrictEqual([
		[
			'invoice',
			[
				['create', 'Create'],
				['get', 'Get by Reference'],
				['waitForPayment', 'Wait for Payment'],
			],
		],
		['transaction', [['getAll', 'Get Many']]],
	]);
});

test('creates an invoice from its fields', () => {
	const fields = fieldsOf('invoice', 'create');

	expect(names(fields)).toStrictEqual([
		'externalId',
		'customerId',
		'customerFullName',
		'lineItemsMode',
		'lineItems',
		'lineItemsJson',
		'notify',
		'notificationUrl',
		'returnTo',
		'returnUrl',
		'additionalFields',
	]);
	expect(names(inside(named(fields, 'lineItems'))).toSorted()).toStrictEqual([
		'description',
		'discountAmount',
		'itemType',
		'quantity',
		'referenceId',
		'taxRate',
		'unitPrice',
	]);
	expect(names(named(fields, 'lineItems')?.options)).toStrictEqual(['item']);
	expect(names(inside(named(fields, 'additionalFields')))).toStrictEqual([
		'currencyCode',
		'customerEmail',
		'customerPhone',
		'dueDate',
		'issuedDate',
		'notes',
	]);
	expect(named(fields, 'lineItemsMode')).toMatchObject({
		default: 'fields',
		options: [{ value: 'fields' }, { value: 'json' }],
	});
});

test('shows the lines in the way that is chosen', () => {
	const fields = fieldsOf('invoice', 'create');

	expect(named(fields, 'lineItems')?.displayOptions?.show?.lineItemsMode).toStrictEqual(['fields']);
	expect(named(fields, 'lineItemsJson')?.displayOptions?.show?.lineItemsMode).toStrictEqual([
		'json',
	]);
});

test.each([
	['notify', 'notificationUrl', 'Notify'],
	['returnTo', 'returnUrl', 'Return To'],
])('%s is a URL unless this execution is chosen', (choice, url, displayName) => {
	const fields = fieldsOf('invoice', 'create');

	expect(named(fields, choice)).toMatchObject({
		displayName,
		noDataExpression: true,
		default: 'url',
		options: [
			{ name: 'A URL', value: 'url' },
			{ name: 'This Execution', value: 'execution' },
		],
	});
	expect(named(fields, url)).toMatchObject({
		required: true,
		displayOptions: { show: { [choice]: ['url'] } },
	});
});

test.each(['get', 'waitForPayment'])('%s looks an invoice up by one of two references', (value) => {
	const fields = fieldsOf('invoice', value).slice(0, 3);

	expect(names(fields)).toStrictEqual(['lookupBy', 'reference', 'reference']);
	expect(named(fields, 'lookupBy')).toMatchObject({
		default: 'externalId',
		options: [{ value: 'externalId' }, { value: 'referenceNumber' }],
	});
	// The names under which Create, among others, gives them.
	expect(
		fields.slice(1).map((field) => [field.displayOptions?.show?.lookupBy, field.default]),
	).toStrictEqual([
		[['externalId'], '={{ $json.external_id }}'],
		[['referenceNumber'], '={{ $json.reference_number }}'],
	]);
});

test('looks up by nothing but the reference', () => {
	expect(fieldsOf('invoice', 'get')).toHaveLength(3);
});

test('waits for a payment until RsomPay calls back, for a day, unless told otherwise', () => {
	const fields = fieldsOf('invoice', 'waitForPayment').slice(3);
	const shownFor = (field: INodeProperties) => field.displayOptions?.show?.waitMode;
	const values = (field: INodeProperties) =>
		field.options?.map((option) => 'value' in option && option.value);

	expect(names(fields)).toStrictEqual([
		'waitMode',
		'callbackNotice',
		'waitAmount',
		'waitUnit',
		'waitUnit',
		'failedCounts',
		'backUrl',
	]);
	expect(named(fields, 'waitMode')).toMatchObject({
		noDataExpression: true,
		default: 'callback',
		options: [
			{ name: 'By Polling', value: 'asking' },
			{ name: 'On RsomPay Webhook', value: 'callback' },
		],
	});
	expect(named(fields, 'waitAmount')).toMatchObject({ default: 1, typeOptions: { minValue: 1 } });
	expect(
		fields
			.filter(({ name }) => name === 'waitUnit')
			.map((field) => [shownFor(field), field.default, values(field)]),
	).toStrictEqual([
		[['callback'], 'days', ['days', 'hours', 'minutes']],
		[['asking'], 'minutes', ['minutes', 'seconds']],
	]);
	expect(named(fields, 'failedCounts')?.default).toBe(false);
	expect(named(fields, 'backUrl')?.default).toBe('');
	expect(
		fields.filter(({ name }) => name === 'callbackNotice' || name === 'backUrl').map(shownFor),
	).toStrictEqual([['callback'], ['callback']]);
});

test('a suspended execution takes the callback and the customer, at the address that n8n gives it', () => {
	const waiting = {
		name: 'default',
		path: '',
		isFullPath: true,
		restartWebhook: true,
		responseMode: 'onReceived',
		responseData: '',
	};

	expect(description.webhooks).toStrictEqual([
		{ ...waiting, httpMethod: 'POST' },
		{ ...waiting, httpMethod: 'GET' },
	]);
});

test('lists transactions, all of them or up to a limit', () => {
	const fields = fieldsOf('transaction', 'getAll');

	expect(names(fields)).toStrictEqual(['customerId', 'returnAll', 'limit', 'filters']);
	expect(names(inside(named(fields, 'filters')))).toStrictEqual([
		'createdFrom',
		'createdTo',
		'paymentMethod',
		'status',
	]);
	expect(named(fields, 'returnAll')?.default).toBe(false);
	expect(named(fields, 'limit')).toMatchObject({ default: 50, typeOptions: { minValue: 1 } });
	expect(named(fields, 'limit')?.displayOptions?.show?.returnAll).toStrictEqual([false]);
});

test('bounds, retries and times its requests as the options say', () => {
	const options = inside(named(description.properties, 'options'));

	expect(
		options.map(({ name, default: value, typeOptions }) => [
			name,
			value,
			typeOptions?.minValue,
			typeOptions?.maxValue,
		]),
	).toStrictEqual([
		['concurrency', 20, 1, 100],
		['maxRetries', 3, 0, 3],
		['timeout', 30, 1, 300],
	]);
});
