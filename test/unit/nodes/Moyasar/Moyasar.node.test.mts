import { type INode, type INodeProperties, NodeHelpers } from 'n8n-workflow';

import { Moyasar } from '../../../../nodes/Moyasar/Moyasar.node.ts';

const { description, methods } = new Moyasar();

/** The fields of an operation, as saved workflows store them. */
const fieldsOf = (operation: string): INodeProperties[] =>
	description.properties.filter(
		({ displayOptions }) =>
			displayOptions?.show?.resource?.[0] === 'payment' &&
			displayOptions.show.operation?.[0] === operation,
	);

/** The fields that the editor shows for an operation, with these parameters. */
function shownFor(
	parameters: { operation: string; output?: string },
	{ version = 2, isTool = false } = {},
): INodeProperties[] {
	const values = { resource: 'payment', returnAll: false, output: 'simple', ...parameters };
	const node = { typeVersion: version } as INode;
	const type = { ...description, name: isTool ? 'moyasarTool' : 'moyasar' };
	return fieldsOf(parameters.operation).filter((field) =>
		NodeHelpers.displayParameter(values, field, node, type),
	);
}

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
	expect(description).toMatchObject({
		name: 'moyasar',
		displayName: 'Moyasar',
		version: [1, 2],
		defaultVersion: 2,
	});
	expect(description.usableAsTool).toBe(true);
	expect(description.credentials).toStrictEqual([
		{ name: 'moyasarApi', required: true, testedBy: 'moyasarApiTest' },
	]);
	expect(Object.keys(methods.credentialTest)).toStrictEqual(['moyasarApiTest']);
});

test('has a subtitle in the words of the panel', () => {
	expect(description.subtitle).toContain('"Get: Payment"');
	expect(description.subtitle).toContain('"Get Many: Payment"');
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

test.each([false, true])('is in version 1 what it was, as a tool (%s), too', (isTool) => {
	const get = shownFor({ operation: 'get' }, { version: 1, isTool });

	expect(get.map(({ name, type, default: value }) => [name, type, value])).toStrictEqual([
		['paymentId', 'string', ''],
		['simplify', 'boolean', true],
	]);
	expect(names(shownFor({ operation: 'getAll' }, { version: 1, isTool }))).toStrictEqual([
		...['returnAll', 'limit', 'simplify', 'filters'],
	]);
});

test('gets a payment from a list or by its ID', () => {
	const [payment, ...others] = shownFor({ operation: 'get' });

	expect(names(others)).toStrictEqual(['simplify']);
	expect(payment).toMatchObject({
		name: 'paymentId',
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		modes: [{ name: 'list' }, { name: 'id' }],
	});
	const [list, id] = payment?.modes ?? [];
	expect(list?.typeOptions).toMatchObject({ searchable: true });
	expect(Object.keys(methods.listSearch)).toStrictEqual([list?.typeOptions?.searchListMethod]);
	const issuesOf = (value: string) => {
		const parameters = {
			resource: 'payment',
			operation: 'get',
			paymentId: { __rl: true, mode: id?.name, value },
		};
		const node = { typeVersion: 2, parameters } as unknown as INode;
		const issues = NodeHelpers.getNodeParametersIssues(description.properties, node, description);
		return issues?.parameters?.paymentId ?? [];
	};
	expect(issuesOf('3fa85f64-5717-4562-b3fc-2c963f66afa6')).toStrictEqual([]);
	expect(issuesOf(' 3fa85f64-5717-4562-b3fc-2c963f66afa6\n')).toStrictEqual([]);
	expect(issuesOf('INV-PARTNER-001')).toHaveLength(1);
});

test.each(['get', 'getAll'])('as a tool, %s has Output in place of Simplify', (operation) => {
	const toolFields = (output: string) => names(shownFor({ operation, output }, { isTool: true }));

	expect(toolFields('simple')).toContain('output');
	expect(toolFields('simple')).not.toContain('simplify');
	expect(toolFields('simple')).not.toContain('fields');
	expect(toolFields('fields')).toContain('fields');
	expect(findField(fieldsOf(operation), 'output')).toMatchObject({
		default: 'simple',
		options: [
			{ name: 'Simplified', value: 'simple' },
			{ name: 'Raw', value: 'raw' },
			{ name: 'Selected Fields', value: 'fields' },
		],
	});
	expect(names(shownFor({ operation }))).toContain('simplify');
	expect(names(shownFor({ operation, output: 'fields' }))).not.toContain('fields');
});

test('gets all payments or up to a limit', () => {
	const fields = shownFor({ operation: 'getAll' });

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

test('tells builders what the node and each operation is for', () => {
	const { searchHint, relatedNodes } = description.builderHint ?? {};

	expect(searchHint).toContain('cannot create, refund or void');
	expect(relatedNodes?.map(({ nodeType }) => nodeType)).toContain(
		'n8n-nodes-moyasar.moyasarTrigger',
	);
	for (const option of findField(description.properties, 'operation')?.options ?? []) {
		expect(option).toHaveProperty('builderHint.propertyHint');
	}
});
