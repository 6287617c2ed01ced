import { RsomPayTrigger } from '../../../../nodes/RsomPay/RsomPayTrigger.node.ts';

const { description } = new RsomPayTrigger();

const containing = (text: string): unknown => expect.stringContaining(text);

const property = (name: string) => description.properties.find((found) => found.name === name);

test('has the names that saved workflows contain', () => {
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

test("responds to a POST immediately unless 'Respond' is When Workflow Succeeds", () => {
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

test('responds to the browser of a customer at the same path', () => {
	const [post, get, ...more] = description.webhooks ?? [];

	expect(more).toStrictEqual([]);
	expect(get).toStrictEqual({
		name: 'default',
		httpMethod: 'GET',
		path: post?.path,
		// The editor shows one URL, without a method.
		ndvHideUrl: true,
		responseMode: 'onReceived',
		responseCode: '={{ $parameter["customerAnswer"] === "redirect" ? 302 : 200 }}',
		responseData: '',
	});
	expect(post).toMatchObject({ ndvHideMethod: true });
	expect(post).not.toHaveProperty('ndvHideUrl');
});

test('responds to customers with a page or a redirect', () => {
	expect(property('customerAnswer')).toMatchObject({
		displayName: 'Respond to Customer With',
		default: 'page',
		options: [
			{ name: 'Redirect', value: 'redirect' },
			{ name: 'Result Page', value: 'page' },
		],
	});
	const urls = ['shopName', 'backUrl', 'successUrl', 'pendingUrl', 'failureUrl'].map(property);
	expect(
		urls.map((url) => [
			url?.displayName,
			url?.default,
			url?.required ?? false,
			url?.displayOptions?.show?.customerAnswer,
		]),
	).toStrictEqual([
		['Shop Name', '', false, ['page']],
		['Button Link', '', false, ['page']],
		['Success URL', '', true, ['redirect']],
		['Pending URL', '', true, ['redirect']],
		['Failure URL', '', true, ['redirect']],
	]);
	// An expression could put a part of the customer's URL into the redirect.
	expect(
		[property('customerAnswer'), ...urls].map((found) => found?.noDataExpression),
	).toStrictEqual(new Array(6).fill(true));
});

test('explains where its URL belongs in an invoice', () => {
	const notice = description.properties[0];

	expect(notice?.type).toBe('notice');
	expect(notice?.displayName).toContain('Production URL');
	expect(notice?.displayName).toContain('Notification URL');
	expect(notice?.displayName).toContain('Return URL');
});
