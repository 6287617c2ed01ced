import { RsomPayTrigger } from '../../../../nodes/RsomPay/RsomPayTrigger.node.ts';

const { description } = new RsomPayTrigger();

const containing = (text: string): unknown => expect.stringContaining(text);

const property = (name: string) => description.properties.find((found) => found.name === name);

test('is called what saved workflows call it', () => {
	expect(description).toMatchObject({
		name: 'rsomPayTrigger',
		displayName: 'RsomPay Trigger',
		version: [1, 2],
		defaultVersion: 2,
		group: ['trigger'],
		inputs: [],
	});
	expect(description.credentials).toStrictEqual([
		{ name: 'rsomPayApi', required: true, testedBy: 'rsomPayApiTest' },
	]);
});

test("triggers on the API's events", () => {
	const events = property('events');

	expect(events).toMatchObject({ displayName: 'Trigger On', type: 'multiOptions', required: true });
	expect(events?.default).toStrictEqual(['payment.completed']);
	expect(
		events?.options?.map((option) => 'value' in option && [option.name, option.value]),
	).toStrictEqual([
		['Any Event', '*'],
		['Invoice Status Changed', 'invoice.status_changed'],
		['Payment Completed', 'payment.completed'],
		['Payment Failed', 'payment.failed'],
	]);
});

test('answers a POST, at once unless it is told to wait for the end', () => {
	expect(description.webhooks).toMatchObject([
		{
			httpMethod: 'POST',
			responseMode: '={{$parameter["options"]["acknowledge"] || "onReceived"}}',
			responseData: 'noData',
		},
	]);
	expect(property('options')?.options).toMatchObject([
		{
			name: 'acknowledge',
			default: 'onReceived',
			options: [
				{ value: 'onReceived', description: containing('If n8n is killed') },
				{ value: 'lastNode', description: containing('RsomPay sends the event again') },
			],
		},
		{ name: 'confirm', default: false },
		{ name: 'includeHeaders', default: false },
		{
			name: 'newStatuses',
			options: [{ value: 'canceled' }, { value: 'failed' }, { value: 'issued' }, { value: 'paid' }],
		},
	]);
});

test('tells how its address gets into an invoice', () => {
	const notice = description.properties[0];

	expect(notice?.type).toBe('notice');
	expect(notice?.displayName).toContain('Production URL');
	expect(notice?.displayName).toContain('Notification URL');
});
