import { MoyasarTrigger } from '../../../../nodes/Moyasar/MoyasarTrigger.node.ts';

const { description, methods } = new MoyasarTrigger();

const property = (name: string) => description.properties.find((found) => found.name === name);

test('has the name and the credential that saved workflows use', () => {
	expect(description).toMatchObject({
		name: 'moyasarTrigger',
		displayName: 'Moyasar Trigger',
		version: 1,
		group: ['trigger'],
		inputs: [],
	});
	expect(description.credentials).toStrictEqual([
		{ name: 'moyasarApi', required: true, testedBy: 'moyasarApiTest' },
	]);
	expect(Object.keys(methods.credentialTest)).toStrictEqual(['moyasarApiTest']);
});

test('polls and has no webhook', () => {
	expect(description.polling).toBe(true);
	expect(description.webhooks).toBeUndefined();
	expect(description.properties.map(({ name }) => name)).toStrictEqual([
		'event',
		'startFrom',
		'startDate',
		'statuses',
		'simplify',
	]);
});

test('triggers on new or on updated payments', () => {
	// n8n's UX guidelines want no tooltip here.
	expect(property('event')).not.toHaveProperty('description');
	expect(property('event')).toMatchObject({
		displayName: 'Trigger On',
		type: 'options',
		default: 'newPayment',
		options: [
			{ name: 'New Payment', value: 'newPayment' },
			{ name: 'Updated Payment', value: 'updatedPayment' },
		],
	});
});

test('can filter by each of the eight statuses and by default does not filter', () => {
	expect(property('statuses')).toMatchObject({ type: 'multiOptions', default: [] });
	expect(property('statuses')?.options).toHaveLength(8);
});

test('simplifies by default', () => {
	expect(property('simplify')).toMatchObject({ type: 'boolean', default: true });
});

test('starts from now by default, as workflows do that were saved without Start From', () => {
	expect(property('startFrom')).toMatchObject({
		type: 'options',
		default: 'now',
		options: [{ value: 'now' }, { value: 'date' }, { value: 'everything' }],
	});
	expect(property('startDate')).toMatchObject({
		type: 'dateTime',
		// An expression such as {{ $now.minus(1, 'day') }} would be another date in each poll.
		noDataExpression: true,
		displayOptions: { show: { startFrom: ['date'] } },
	});
});

test('tells builders how to start on payments that become paid', () => {
	expect(description.builderHint?.searchHint).toContain('no webhook');
	expect(property('event')?.builderHint?.propertyHint).toContain('updatedPayment');
});
