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
		['Customer Returned', 'customer.returned'],
		['Invoice Status Changed', 'invoice.status_changed'],
		['Payment Completed', 'payment.completed'],
		['Payment Failed', 'payment.failed'],
	]);
});

test('answers a POST, at once unless it is told to wait for the end', () => {
	expect(description.webhooks?.[0]).toMatchObject({
		name: 'default',
		httpMethod: 'POST',
		path: 'webhook',
		responseMode: '={{$parameter["options"]["acknowledge"] || "onReceived"}}',
		responseData: 'noData',
	});
	expect(property('options')?.options).toMatchObject([
		{ name: 'confirm', default: false },
		{
			name: 'confirmSeconds',
			default: 5,
			typeOptions: { minValue: 0, maxValue: 30 },
		},
		{ name: 'includeHeaders', default: false },
		{
			name: 'newStatuses',
			options: [{ value: 'canceled' }, { value: 'failed' }, { value: 'issued' }, { value: 'paid' }],
		},
		{
			name: 'acknowledge',
			default: 'onReceived',
			options: [
				{ value: 'onReceived', description: containing('If n8n is killed') },
				{ value: 'lastNode', description: containing('RsomPay sends the event again') },
			],
		},
	]);
});

test('answers the browser of a customer at the same address', () => {
	const [post, get, ...more] = description.webhooks ?? [];

	expect(more).toStrictEqual([]);
	expect(get).toStrictEqual({
		name: 'default',
		httpMethod: 'GET',
		path: post?.path,
		// One address is shown, and no method with it.
		ndvHideUrl: true,
		responseMode: 'onReceived',
		responseCode: '={{ $parameter["customerAnswer"] === "redirect" ? 302 : 200 }}',
		responseData: '',
	});
	expect(post).toMatchObject({ ndvHideMethod: true });
	expect(post).not.toHaveProperty('ndvHideUrl');
});

test('answers customers with a page, or sends them on', () => {
	expect(property('customerAnswer')).toMatchObject({
		displayName: 'Respond to Customer With',
		default: 'page',
		options: [
			{ name: 'Redirect', value: 'redirect' },
			{ name: 'Result Page', value: 'page' },
		],
	});
	const urls = ['backUrl', 'successUrl', 'pendingUrl', 'failureUrl'].map(property);
	expect(
		urls.map((url) => [
			url?.displayName,
			url?.default,
			url?.required ?? false,
			url?.displayOptions?.show?.customerAnswer,
		]),
	).toStrictEqual([
		['Button Link', '', false, ['page']],
		['Success URL', '', true, ['redirect']],
		['Pending URL', '', true, ['redirect']],
		['Failure URL', '', true, ['redirect']],
	]);
	// What a customer's address says must never get into where customers are sent.
	expect(
		[property('customerAnswer'), ...urls].map((found) => found?.noDataExpression),
	).toStrictEqual(new Array(5).fill(true));
});

test('tells how its address gets into an invoice', () => {
	const notice = description.properties[0];

	expect(notice?.type).toBe('notice');
	expect(notice?.displayName).toContain('Production URL');
	expect(notice?.displayName).toContain('Notification URL');
	expect(notice?.displayName).toContain('Return URL');
});
