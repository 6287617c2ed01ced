import type { INodeProperties } from 'n8n-workflow';

import { type Operation, resourceProperties } from '../../../../nodes/shared/operations.ts';

const field = (name: string, changes: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName: name,
	name,
	type: 'string',
	default: '',
	...changes,
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

test('puts the resource first, with the first one as the default', () => {
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

test('gives each resource its own operations, with the first one as the default', () => {
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

test('shows a field only for its operation and under its own condition', () => {
	const conditions = properties
		.filter(({ name }) => name !== 'resource' && name !== 'operation')
		.map(({ name, displayOptions }) => [name, displayOptions?.show]);

	expect(conditions).toStrictEqual([
		['id', { resource: ['invoice'], operation: ['create'] }],
		['id', { mode: ['byId'], resource: ['invoice'], operation: ['get'] }],
		['limit', { resource: ['transaction'], operation: ['getAll'] }],
	]);
});
