import type { INodeProperties } from 'n8n-workflow';

import { type Operation, resourceProperties } from '../../../../nodes/shared/operations.ts';

const field = (name: string, more: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName: name,
	name,
	type: 'string',
	default: '',
	...more,
});

const operation = (value: string, fields: INodeProperties[]): Operation<unknown> => ({
	option: { name: value, value, action: `${value} it` },
	fields,
	prepare: () => () => () => Promise.resolve([]),
});

const properties = resourceProperties<unknown>([
	{
		name: 'Invoice',
		value: 'invoice',
		operations: [
			operation('create', [field('id')]),
			operation('get', [field('id', { displayOptions: { show: { mode: ['byId'] } } })]),
		],
	},
	{
		name: 'Transaction',
		value: 'transaction',
		operations: [operation('getAll', [field('limit')])],
	},
]);

test('a resource is chosen first, the first one to begin with', () => {
	expect(properties[0]).toMatchObject({
		name: 'resource',
		noDataExpression: true,
		default: 'invoice',
		options: [
			{ name: 'Invoice', value: 'invoice' },
			{ name: 'Transaction', value: 'transaction' },
		],
	});
});

test('each resource has its own operations, the first one to begin with', () => {
	const operations = properties.filter(({ name }) => name === 'operation');

	expect(operations).toMatchObject([
		{
			noDataExpression: true,
			displayOptions: { show: { resource: ['invoice'] } },
			default: 'create',
			options: [{ value: 'create', action: 'create it' }, { value: 'get' }],
		},
		{
			displayOptions: { show: { resource: ['transaction'] } },
			default: 'getAll',
			options: [{ value: 'getAll' }],
		},
	]);
});

test('a field is shown only with its operation, and under its own condition', () => {
	const conditions = properties
		.filter(({ name }) => name !== 'resource' && name !== 'operation')
		.map(({ name, displayOptions }) => [name, displayOptions?.show]);

	expect(conditions).toStrictEqual([
		['id', { resource: ['invoice'], operation: ['create'] }],
		['id', { mode: ['byId'], resource: ['invoice'], operation: ['get'] }],
		['limit', { resource: ['transaction'], operation: ['getAll'] }],
	]);
});
