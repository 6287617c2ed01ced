import { type INode, type INodeParameters, NodeHelpers } from 'n8n-workflow';

import { RsomPay } from '../../../../nodes/RsomPay/RsomPay.node.ts';

const { description } = new RsomPay();

/** The parameters of a node that is in the editor, with the values that the editor shows. */
function shown(
	typeVersion: number,
	parameters: INodeParameters,
	{ asTool = false } = {},
): INodeParameters {
	const type = asTool ? { ...description, name: 'rsomPayTool' } : description;
	const node: INode = {
		id: '1',
		name: 'RsomPay',
		type: 'n8n-nodes-rsompay.rsomPay',
		typeVersion,
		position: [0, 0],
		parameters,
	};
	return NodeHelpers.getNodeParameters(type.properties, parameters, true, false, node, type) ?? {};
}

const CREATE = { resource: 'invoice', operation: 'create' };

const URL_FIELDS = ['afterPayment', 'notify', 'notificationUrl', 'returnTo', 'returnUrl'];

const urlFields = (parameters: INodeParameters) =>
	Object.keys(parameters).filter((name) => URL_FIELDS.includes(name));

describe('After Payment', () => {
	test.each<[string, INodeParameters, string[]]>([
		['by default', {}, ['afterPayment', 'returnUrl']],
		[
			'to start another workflow',
			{ afterPayment: 'start' },
			['afterPayment', 'notificationUrl', 'returnUrl'],
		],
		[
			'custom',
			{ afterPayment: 'custom' },
			['afterPayment', 'notify', 'notificationUrl', 'returnTo', 'returnUrl'],
		],
		[
			'custom, with this execution',
			{ afterPayment: 'custom', notify: 'execution', returnTo: 'execution' },
			['afterPayment', 'notify', 'returnTo'],
		],
	])('%s shows the URLs that it needs', (_what, parameters, expected) => {
		expect(urlFields(shown(2, { ...CREATE, ...parameters })).toSorted()).toStrictEqual(
			expected.toSorted(),
		);
	});

	test('continues this workflow, and another one as a tool', () => {
		expect(shown(2, CREATE).afterPayment).toBe('continue');
		expect(shown(2, CREATE, { asTool: true }).afterPayment).toBe('start');
	});

	test('is not in version 1', () => {
		expect(urlFields(shown(1, CREATE)).toSorted()).toStrictEqual(
			['notify', 'notificationUrl', 'returnTo', 'returnUrl'].toSorted(),
		);
	});

	test('needs one URL at most', () => {
		const required = (afterPayment: string) =>
			description.properties
				.filter(
					({ name, required, displayOptions }) =>
						URL_FIELDS.includes(name) &&
						required &&
						displayOptions?.show?.afterPayment?.includes(afterPayment),
				)
				.map(({ name }) => name);

		expect(required('continue')).toStrictEqual([]);
		expect(required('start')).toStrictEqual(['notificationUrl']);
	});
});

describe.each(['get', 'waitForPayment'])('%s looks up an invoice', (operation) => {
	const parameters = { resource: 'invoice', operation };

	test('by one field in version 2', () => {
		const { invoice, lookupBy, reference } = shown(2, parameters);

		expect(invoice).toStrictEqual({
			__rl: true,
			mode: 'externalId',
			value: '={{ $json.external_id ?? ($json.invoice ?? $json.confirmed_invoice)?.external_id }}',
		});
		expect([lookupBy, reference]).toStrictEqual([undefined, undefined]);
	});

	test('by an ID that the agent gives, as a tool', () => {
		expect(shown(2, parameters, { asTool: true }).invoice).toMatchObject({ value: '' });
	});

	test.each([
		['externalId', 'external_id'],
		['referenceNumber', 'reference_number'],
	])('by %s in version 1', (lookupBy, name) => {
		const values = shown(1, { ...parameters, lookupBy });

		expect(values).toMatchObject({
			lookupBy,
			reference: `={{ $json.${name} ?? ($json.invoice ?? $json.confirmed_invoice)?.${name} }}`,
		});
		expect(values).not.toHaveProperty('invoice');
	});
});

describe('Wait for Payment as a tool', () => {
	const values = shown(
		2,
		{ resource: 'invoice', operation: 'waitForPayment', waitMode: 'callback', waitUnit: 'minutes' },
		{ asTool: true },
	);

	test('does not offer to resume on a webhook', () => {
		expect(values).not.toHaveProperty('waitMode');
		expect(values).not.toHaveProperty('pollAfter');
		expect(values).not.toHaveProperty('backUrl');
	});

	test('has a limit', () => {
		expect(values).toMatchObject({ waitAmount: 1, waitUnit: 'minutes' });
	});
});

test('the subtitle has the names of each operation', () => {
	const names = /^=\{\{ \((\{.*\})\)\[/.exec(description.subtitle ?? '')?.[1] ?? '';

	expect(JSON.parse(names)).toStrictEqual({
		'invoice:create': 'Create: Invoice',
		'invoice:get': 'Get by Reference: Invoice',
		'invoice:waitForPayment': 'Wait for Payment: Invoice',
		'transaction:getAll': 'Get Many: Transaction',
	});
});
