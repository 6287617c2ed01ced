import type { INodeProperties } from 'n8n-workflow';

import { Moyasar } from '../../../../nodes/Moyasar/Moyasar.node.ts';

const { description, methods } = new Moyasar();

/** The fields of an operation, as they end up in saved workflows. */
const fieldsOf = (operation: string): INodeProperties[] =>
	description.properties.filter(
		({ displayOptions }) =>
			displayOptions?.show?.resource?.[0] === 'payment' &&
			displayOptions.show.operation?.[0] === operation,
	);

const named = (fields: INodeProperties[], name: string) =>
	fields.find((field) => field.name === name);

const names = (fields: readonly INodeProperties[]) => fields.map(({ name }) => name);

/** The fields inside a collection or a fixed collection. */
function inside(field: INodeProperties | undefined): INodeProperties[] {
	return (field?.options ?? []).flatMap((option) =>
		'values' in option ? option.values : 'type' in option ? [option] : [],
	);
}

test('is called what saved workflows call it', () => {
	expect(description).toMatchObject({ name: 'moyasar', displayName: 'Moyasar', version: 1 });
	expect(description.usableAsTool).toBe(true);
	expect(description.credentials).toStrictEqual([
		{ name: 'moyasarApi', required: true, testedBy: 'moyasarApiTest' },
	]);
	expect(Object.keys(methods.credentialTest)).toStrictEqual(['moyasarApiTest']);
});

test('has one resource and its two operations', () => {
	expect(named(description.properties, 'resource')).toMatchObject({
		default: 'payment',
		options: [{ name: 'Payment', value: 'payment' }],
	});
	expect(named(description.properties, 'operation')).toMatchObject({
		default: 'getAll',
		options: [
			{ name: 'Get Many', value: 'getAll' },
			{ name: 'Get', value: 'get' },
		],
	});
});

test('looks a payment up by its ID', () => {
	expect(names(fieldsOf('get'))).toStrictEqual(['paymentId', 'simplify']);
	expect(named(fieldsOf('get'), 'paymentId')).toMatchObject({ required: true, default: '' });
});

test('lists payments, all of them or up to a limit', () => {
	const fields = fieldsOf('getAll');

	expect(names(fields)).toStrictEqual(['returnAll', 'limit', 'simplify', 'filters']);
	expect(named(fields, 'returnAll')?.default).toBe(false);
	expect(named(fields, 'limit')).toMatchObject({ default: 50, typeOptions: { minValue: 1 } });
	expect(named(fields, 'limit')?.displayOptions?.show?.returnAll).toStrictEqual([false]);
});

test.each(['get', 'getAll'])('%s simplifies unless it is told not to', (operation) => {
	expect(named(fieldsOf(operation), 'simplify')).toMatchObject({ type: 'boolean', default: true });
});

test('has every filter of the API', () => {
	const filters = inside(named(fieldsOf('getAll'), 'filters'));

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
	expect(named(filters, 'metadata')?.typeOptions?.multipleValues).toBe(true);
	expect(named(filters, 'metadata')?.options).toMatchObject([
		{ name: 'pair', values: [{ name: 'key' }, { name: 'value' }] },
	]);
});

test('filters by all eight statuses', () => {
	const status = named(inside(named(fieldsOf('getAll'), 'filters')), 'status');

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

test('bounds, retries and times its requests as the options say', () => {
	expect(names(inside(named(description.properties, 'options')))).toStrictEqual([
		'concurrency',
		'maxRetries',
		'timeout',
	]);
});
