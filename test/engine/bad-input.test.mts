import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

/** Runs the example with changed parameters, and returns its error message. */
async function errorFor(changes: INodeParameters, items?: IDataObject[]): Promise<string> {
	const run = await bench.run({ ...EXAMPLE_INVOICE, ...changes }, { items });
	expect(run.status).toBe('error');
	return run.error?.message ?? '';
}

const line = (changes: INodeParameters): INodeParameters => ({
	lineItems: { item: [{ description: 'Service fee', unitPrice: 100, ...changes }] },
});

const extra = (changes: INodeParameters): INodeParameters => ({ additionalFields: changes });

afterEach(() => {
	// Invalid input must never be sent.
	expect(bench.simulator.control.requests()).toStrictEqual([]);
});

test.each<[string, INodeParameters]>([
	["'External ID' is empty", { externalId: '={{ "  " }}' }],
	["'External ID' is too long: 256 characters", { externalId: 'x'.repeat(256) }],
	["'Customer ID' is too long: 256 characters", { customerId: 'x'.repeat(256) }],
	["'Customer Full Name' is too long: 256 characters", { customerFullName: 'x'.repeat(256) }],
	["'Customer Email' must be an e-mail address", extra({ customerEmail: 'customer' })],
	["'Customer Email' is too long", extra({ customerEmail: `${'x'.repeat(250)}@example.com` })],
	["'Customer Phone' is too long: 33 characters", extra({ customerPhone: '9'.repeat(33) })],
	["'Currency Code' is too long: 9 characters", extra({ currencyCode: 'SARSARSAR' })],
	["'Due Date' must be a date such as 2026-12-31", extra({ dueDate: 'soon' })],
	["'Issued Date' must be a date such as 2026-12-31", extra({ issuedDate: '2026-13-45' })],
	["'Notes' is too long: 2001 characters", extra({ notes: 'x'.repeat(2001) })],
	["'Line Items' need at least one line", { lineItems: { item: [] } }],
	["'Description' of line 1 is empty", line({ description: '={{ "" }}' })],
	["'Description' of line 1 is too long: 256 characters", line({ description: 'x'.repeat(256) })],
	["'Quantity' of line 1 must be at least 0.001", line({ quantity: '={{ 0 }}' })],
	["'Unit Price' of line 1 must be at least 0.01", line({ unitPrice: '={{ 0.009 }}' })],
	["'Unit Price' of line 1 must be a number", line({ unitPrice: '={{ "a lot" }}' })],
	["'Unit Price' of line 1 must be a number", line({ unitPrice: '={{ "1,000.00" }}' })],
	["'Discount Amount' of line 1 must be at least 0", line({ discountAmount: '={{ -1 }}' })],
	["'Tax Rate (%)' of line 1 must be a number", line({ taxRate: '={{ "15%" }}' })],
	["'Item Type' of line 1 is too long: 33 characters", line({ itemType: 'x'.repeat(33) })],
	["'Reference ID' of line 1 is too long: 129 characters", line({ referenceId: 'x'.repeat(129) })],
	["'Line Items' must add up to more than 0", line({ discountAmount: 100 })],
	["'Return URL' must be a whole address", { returnUrl: 'partner.example.com' }],
	["'Notification URL' is too long", { notificationUrl: `https://a.com/${'x'.repeat(2048)}` }],
])('fails before it sends a request: %s', async (message, changes) => {
	expect(await errorFor(changes)).toContain(message);
});

test('fails with the number of the item', async () => {
	const message = await errorFor({ externalId: '={{ $json.id }}' }, [{ id: 'A' }, { id: ' ' }]);

	expect(message).toBe("'External ID' is empty [Item 1]");
});

test('reports all errors at once', async () => {
	const message = await errorFor({
		...line({ quantity: '={{ 0 }}', unitPrice: '={{ "a lot" }}' }),
		...extra({ customerEmail: 'customer', currencyCode: 'SARSARSAR' }),
		externalId: '={{ "" }}',
	});

	for (const label of [
		'External ID',
		'Customer Email',
		'Quantity',
		'Unit Price',
		'Currency Code',
	]) {
		expect(message).toContain(`'${label}'`);
	}
	expect(message.match(/\[Item 0\]/g)).toHaveLength(1);
});

test('sends no item when one is invalid', async () => {
	const items = [{ id: 'A' }, { id: 'B' }, { id: '' }];

	expect(await errorFor({ externalId: '={{ $json.id }}' }, items)).toContain('[Item 2]');
});

describe('line items as JSON', () => {
	const lines = (lineItemsJson: string): INodeParameters => ({
		lineItemsMode: 'json',
		lineItemsJson,
	});

	test.each([
		["'Line Items' are not valid JSON: the end is missing", '={{ "[{" }}'],
		['must be a list of lines', '={{ ({ description: "Service fee", unit_price: 100 }) }}'],
		['need at least one line', '={{ [] }}'],
		['line 1 must be an object', '={{ [5] }}'],
		["'Unit Price' of line 2 is empty", '={{ [$json.line, { description: "Service fee" }] }}'],
		[
			"line 1 has 'unitPrice', which RsomPay does not know",
			'={{ [{ ...$json.line, unitPrice: 1 }] }}',
		],
	])('fail: %s', async (message, lineItemsJson) => {
		const items = [{ line: { description: 'Service fee', unit_price: 100 } }];

		expect(await errorFor(lines(lineItemsJson), items)).toContain(message);
	});
});

describe('a URL that is not public HTTPS', () => {
	const NOT_PUBLIC = [
		'http://partner.example.com/hook',
		'https://localhost/hook',
		'https://127.0.0.1/hook',
		'https://192.168.0.10/hook',
		'https://[::1]/hook',
		'https://n8n.local/hook',
	];
	const cases = ['production', 'sandbox'].flatMap((environment) =>
		NOT_PUBLIC.map((url) => ({ environment, url })),
	);

	test.each(cases)('is rejected for $environment: $url', async ({ environment, url }) => {
		bench.credentials({ environment, baseUrl: '' });

		const message = await errorFor({ notificationUrl: url, returnUrl: url });

		expect(message).toContain("'Notification URL' must");
		expect(message).toContain("'Return URL' must");
	});
});

describe('other operations', () => {
	const errorOf = async (parameters: INodeParameters) => {
		const run = await bench.run(parameters);
		return run.error?.message;
	};

	test.each<[string, INodeParameters]>([
		[
			"'External ID' is empty [Item 0]",
			{ resource: 'invoice', operation: 'get', reference: '={{ " " }}' },
		],
		[
			"'Reference Number' is empty [Item 0]",
			{
				resource: 'invoice',
				operation: 'get',
				lookupBy: 'referenceNumber',
				reference: '={{ " " }}',
			},
		],
		[
			"'External ID' is too long: 256 characters, at most 255 are allowed [Item 0]",
			{ resource: 'invoice', operation: 'get', reference: 'x'.repeat(256) },
		],
		[
			"'Customer ID' is too long: 256 characters, at most 255 are allowed [Item 0]",
			{ resource: 'transaction', operation: 'getAll', customerId: 'x'.repeat(256) },
		],
		[
			'\'Created From\' must be a date such as 2026-12-31, not "soon"; \'Created To\' must be a date such as 2026-12-31, not "later" [Item 0]',
			{
				resource: 'transaction',
				operation: 'getAll',
				customerId: 'CUST-9',
				filters: { createdFrom: 'soon', createdTo: 'later' },
			},
		],
		[
			"'Customer ID' is empty [Item 0]",
			{ resource: 'transaction', operation: 'getAll', customerId: '={{ " " }}' },
		],
		[
			"'Limit' must be a whole number of at least 1 [Item 0]",
			{
				resource: 'transaction',
				operation: 'getAll',
				customerId: 'CUST-9',
				returnAll: false,
				limit: '={{ 0 }}',
			},
		],
	])('fail: %s', async (message, parameters) => {
		expect(await errorOf(parameters)).toBe(message);
	});
});
