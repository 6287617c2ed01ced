import type { INodeProperties } from 'n8n-workflow';

import { Moyasar } from '../../../../nodes/Moyasar/Moyasar.node.ts';

const { description, methods } = new Moyasar();

/** The fields of an operation, as saved workflows store them. */
const fieldsOf = (operation: string): INodeProperties[] =>
	description.properties.filter(
		({ displayOptions }) =>
			displayOptions?.show?.resource?.[0] === 'payment' &&
			displayOptions.show.operation?.[0] === operation,
	);

const findField = (fields: INodeProperties[], name: string) =>
	fields.find((field) => field.name === name);

const names = (fields: readonly INodeProperties[]) => fields.map(({ name }) => name);

/** The fields in a collection or a fixed collection. */
function nestedFields(field: INodeProperties | undefined): INodeProperties[] {
	return (field?.options ?? []).flatMap((option) =>
		'values' in option ? option.values : 'type' in option ? [option] : [],
	);
}

test('has the name and the credential that saved workflows use', () => {
	expect(description).toMatchObject({ name: 'moyasar', displayName: 'Moyasar', version: 1 });
	expect(description.usableAsTool).toBe(true);
	expect(description.credentials).toStrictEqual([
		{ name: 'moyasarApi', required: true, testedBy: 'moyasarApiTest' },
	]);
	expect(Object.keys(methods.credentialTest)).toStrictEqual(['moyasarApiTest']);
});

test('has one resource and its two operations', () => {
	expect(findField(description.properties, 'resource')).toMatchObject({
		default: 'payment',
		options: [{ name: 'Payment', value: 'payment' }],
	});
	expect(findField(description.properties, 'operation')).toMatchObject({
		default: 'getAll',
		options: [
			{ name: 'Get Many', value: 'getAll' },
			{ name: 'Get', value: 'get' },
		],
	});
});

test('gets a payment by its ID', () => {
	expect(names(fieldsOf('get'))).toStrictEqual(['paymentId', 'simplify']);
	expect(findField(fieldsOf('get'), 'paymentId')).toMatchObject({ required: true, default: '' });
});

test('gets all payments or up to a limit', () => {
	const fields = fieldsOf('getAll');

	expect(names(fields)).toStrictEqual(['returnAll', 'limit', 'simplify', 'filters']);
	expect(findField(fields, 'returnAll')?.default).toBe(false);
	expect(findField(fields, 'limit')).toMatchObject({ default: 50, typeOptions: { minValue: 1 } });
	expect(findField(fields, 'limit')?.displayOptions?.show?.returnAll).toStrictEqual([false]);
});

test.each(['get', 'getAll'])('%s simplifies by default', (operation) => {
	expect(findField(fieldsOf(operation), 'simplify')).toMatchObject({
		type: 'boolean',
		default: true,
	});
});

test('has every filter of the API', () => {
	const filters = nestedFields(findField(fieldsOf('getAll'), 'filters'));

	expect(filters.map(({ name, type }) => [name, type])).toStrictEqual([
		['cardLastDigits', 'string'],
		['createdFrom', 'dateTime'],
		['createdTo', 'dateTime'],
		['metadata', 'fixedCollection'],
		['paymentId', 'string'],
		['rrn', 'string'],
		['page', 'number'],
		['status', 'options'],
		['updatedFrom', 'dateTime'],
		['updatedTo', 'dateTime'],
	]);
	expect(findField(filters, 'metadata')?.typeOptions?.multipleValues).toBe(true);
	expect(findField(filters, 'metadata')?.options).toMatchObject([
		{ name: 'pair', values: [{ name: 'key' }, { name: 'value' }] },
	]);
});

test('filters by each of the eight statuses', () => {
	const status = findField(nestedFields(findField(fieldsOf('getAll'), 'filters')), 'status');

	expect(status?.options?.map((option) => 'value' in option && option.value)).toStrictEqual([
		'authorized',
		'captured',
		'failed',
		'initiated',
		'paid',
		'refunded',
		'verified',
		'voided',
	]);
});

test('has options for concurrency, retries and timeout', () => {
	expect(names(nestedFields(findField(description.properties, 'options')))).toStrictEqual([
		'concurrency',
		'maxRetries',
		'timeout',
	]);
});
