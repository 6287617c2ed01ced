import type { INodeProperties } from 'n8n-workflow';

import { RsomPay } from '../../../../nodes/RsomPay/RsomPay.node.ts';

const { description, methods } = new RsomPay();

/** The fields of an operation. Saved workflows contain their names. */
const fieldsOf = (resource: string, operation: string): INodeProperties[] =>
	description.properties.filter(
		({ displayOptions }) =>
			displayOptions?.show?.resource?.[0] === resource &&
			displayOptions.show.operation?.[0] === operation,
	);

const findField = (fields: INodeProperties[], name: string) =>
	fields.find((field) => field.name === name);

const names = (fields: readonly unknown[] | undefined) =>
	(fields ?? []).map((field) => (field as INodeProperties).name);

/** The fields inside a collection or a fixed collection. */
function inside(field: INodeProperties | undefined): INodeProperties[] {
	return (field?.options ?? []).flatMap((option) =>
		'values' in option ? option.values : 'type' in option ? [option] : [],
	);
}

test('has the names that saved workflows contain', () => {
	expect(description).toMatchObject({ name: 'rsomPay', displayName: 'RsomPay' });
	expect(description).toMatchObject({ version: [1, 2], defaultVersion: 2 });
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

test('Create has its fields', () => {
	const fields = fieldsOf('invoice', 'create');

	expect(new Set(names(fields))).toStrictEqual(
		new Set([
			'externalId',
			'customerId',
			'customerFullName',
			'lineItemsMode',
			'lineItems',
			'lineItemsJson',
			'afterPayment',
			'notify',
			'notificationUrl',
			'returnTo',
			'returnUrl',
			'additionalFields',
		]),
	);
	expect(names(inside(findField(fields, 'lineItems'))).toSorted()).toStrictEqual([
		'description',
		'discountAmount',
		'itemType',
		'quantity',
		'referenceId',
		'taxRate',
		'unitPrice',
	]);
	expect(names(findField(fields, 'lineItems')?.options)).toStrictEqual(['item']);
	expect(names(inside(findField(fields, 'additionalFields')))).toStrictEqual([
		'currencyCode',
		'currencyCode',
		'customerEmail',
		'customerPhone',
		'dueDate',
		'issuedDate',
		'notes',
	]);
	expect(findField(fields, 'lineItemsMode')).toMatchObject({
		default: 'fields',
		options: [{ value: 'fields' }, { value: 'json' }],
	});
});

test('shows the field of the chosen line items mode', () => {
	const fields = fieldsOf('invoice', 'create');

	expect(findField(fields, 'lineItems')?.displayOptions?.show?.lineItemsMode).toStrictEqual([
		'fields',
	]);
	expect(findField(fields, 'lineItemsJson')?.displayOptions?.show?.lineItemsMode).toStrictEqual([
		'json',
	]);
});

test.each([
	['notify', 'notificationUrl', 'Notify'],
	['returnTo', 'returnUrl', 'Return To'],
])('%s shows the URL field unless this execution is chosen', (choice, url, displayName) => {
	const fields = fieldsOf('invoice', 'create');

	expect(findField(fields, choice)).toMatchObject({
		displayName,
		noDataExpression: true,
		default: 'url',
		options: [
			{ name: 'A URL', value: 'url' },
			{ name: 'This Execution', value: 'execution' },
		],
	});
	expect(
		fields.filter(
			({ name, displayOptions }) => name === url && displayOptions?.show?.[choice] !== undefined,
		),
	).toMatchObject([{ required: true, displayOptions: { show: { [choice]: ['url'] } } }]);
});

test('Get by Reference has no fields but the invoice', () => {
	expect(new Set(names(fieldsOf('invoice', 'get')))).toStrictEqual(
		new Set(['invoice', 'lookupBy', 'reference']),
	);
});

test('Wait for Payment resumes on a webhook, within a day, by default', () => {
	const fields = fieldsOf('invoice', 'waitForPayment').filter(
		({ name }) => !['invoice', 'lookupBy', 'reference'].includes(name),
	);
	const shownFor = (field: INodeProperties) => field.displayOptions?.show?.waitMode;
	const values = (field: INodeProperties) =>
		field.options?.map((option) => 'value' in option && option.value);

	expect(names(fields)).toStrictEqual([
		'waitMode',
		'callbackNotice',
		'waitAmount',
		'waitUnit',
		'waitUnit',
		'waitUnit',
		'pollAfter',
		'failedCounts',
		'customerAnswer',
		'shopName',
		'backUrl',
		'successUrl',
		'pendingUrl',
		'failureUrl',
	]);
	expect(findField(fields, 'waitMode')).toMatchObject({
		noDataExpression: true,
		default: 'callback',
		options: [
			{ name: 'By Polling', value: 'asking' },
			{ name: 'On RsomPay Webhook', value: 'callback' },
		],
	});
	expect(findField(fields, 'waitAmount')).toMatchObject({
		default: 1,
		typeOptions: { minValue: 1 },
	});
	expect(
		fields
			.filter(({ name }) => name === 'waitUnit')
			.map((field) => [shownFor(field), field.default, values(field)]),
	).toStrictEqual([
		[['callback'], 'days', ['days', 'hours', 'minutes']],
		[['asking'], 'minutes', ['minutes', 'seconds']],
		[undefined, 'minutes', ['minutes', 'seconds']],
	]);
	expect(findField(fields, 'pollAfter')?.default).toBe(5);
	expect(findField(fields, 'failedCounts')?.default).toBe(false);
	expect(shownFor(findField(fields, 'callbackNotice') as INodeProperties)).toStrictEqual([
		'callback',
	]);
});

test('Wait for Payment responds to customers with a page, as before, or with a redirect', () => {
	const fields = fieldsOf('invoice', 'waitForPayment');
	const shown = { resource: ['invoice'], operation: ['waitForPayment'], waitMode: ['callback'] };
	const [choice, ...others] = fields.slice(-6);

	expect(choice).toMatchObject({
		displayName: 'Respond to Customer With',
		default: 'page',
		options: [{ value: 'redirect' }, { value: 'page' }],
	});
	expect(choice?.displayOptions?.show).toStrictEqual(shown);
	const forAnswer = (name: string, customerAnswer: string, required = false) => [
		name,
		'',
		required,
		{ ...shown, customerAnswer: [customerAnswer] },
	];
	expect(
		others.map((field) => [
			field.name,
			field.default,
			field.required ?? false,
			field.displayOptions?.show,
		]),
	).toStrictEqual([
		forAnswer('shopName', 'page'),
		forAnswer('backUrl', 'page'),
		forAnswer('successUrl', 'redirect', true),
		forAnswer('pendingUrl', 'redirect', true),
		forAnswer('failureUrl', 'redirect', true),
	]);
	// A redirect is fixed, while the page may have texts of the workflow, as saved workflows do.
	expect(
		[choice, ...others].flatMap((field) => (field?.noDataExpression ? [field.name] : [])),
	).toStrictEqual(['customerAnswer', 'successUrl', 'pendingUrl', 'failureUrl']);
});

test('a suspended execution receives callbacks and customers at a path of this node, and at the old one', () => {
	const resumeWebhook = {
		name: 'default',
		isFullPath: true,
		restartWebhook: true,
		responseMode: 'onReceived',
		responseData: '',
	};

	expect(description.webhooks).toStrictEqual([
		{ ...resumeWebhook, path: 'rsompay', httpMethod: 'POST' },
		{ ...resumeWebhook, path: 'rsompay', httpMethod: 'GET' },
		{ ...resumeWebhook, path: '', httpMethod: 'POST' },
		{ ...resumeWebhook, path: '', httpMethod: 'GET' },
	]);
});

test('Get Many lists all transactions, or up to a limit', () => {
	const fields = fieldsOf('transaction', 'getAll');

	expect(names(fields)).toStrictEqual(['customerId', 'returnAll', 'limit', 'filters']);
	expect(names(inside(findField(fields, 'filters')))).toStrictEqual([
		'createdFrom',
		'createdTo',
		'paymentMethod',
		'status',
		'status',
	]);
	expect(findField(inside(findField(fields, 'filters')), 'status')).toMatchObject({
		type: 'options',
		options: [{ value: 'completed' }, { value: 'failed' }, { value: 'pending' }],
	});
	expect(findField(fields, 'returnAll')?.default).toBe(false);
	expect(findField(fields, 'limit')).toMatchObject({ default: 50, typeOptions: { minValue: 1 } });
	expect(findField(fields, 'limit')?.displayOptions?.show?.returnAll).toStrictEqual([false]);
});

test('has options for concurrency, retries and timeout', () => {
	const options = inside(findField(description.properties, 'options'));

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
