import type { INodeParameters } from 'n8n-workflow';

import { exampleInvoiceRequest } from '../../simulator/index.mts';
import { SIMULATOR_CREDENTIALS } from './harness/example.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';
import { WAIT } from './harness/wait.mts';
import { runWorkflow } from './harness/run-workflow.mts';
import type { NodeSpec } from './harness/workflows.mts';

const bench = useRsomPay();

const sentBodies = () => bench.simulator.control.requests().map(({ body }) => body);

const withLines = (lines: INodeParameters | INodeParameters[]): INodeParameters => ({
	...EXAMPLE_INVOICE,
	lineItems: { item: lines },
});

const withJsonLines = (lineItemsJson: string): INodeParameters => ({
	...EXAMPLE_INVOICE,
	lineItemsMode: 'json',
	lineItemsJson,
});

describe('the request', () => {
	test('has every field with the name and the type of the API guide', async () => {
		const run = await bench.run(EXAMPLE_INVOICE);

		expect(run.status).toBe('success');
		expect(bench.simulator.control.requests()).toMatchObject([
			{ method: 'POST', path: '/api/external/v1/invoices', authorized: true },
		]);
		expect(sentBodies()).toStrictEqual([exampleInvoiceRequest]);
	});

	test('leaves out empty fields', async () => {
		await bench.run({
			...EXAMPLE_INVOICE,
			additionalFields: { customerEmail: '', dueDate: '', notes: '  ' },
			lineItems: { item: [{ description: 'Service fee', unitPrice: 100, itemType: '' }] },
		});

		expect(sentBodies()).toStrictEqual([
			{
				external_id: 'INV-PARTNER-001',
				notification_url: 'https://partner.example.com/webhooks/rsom',
				return_url: 'https://partner.example.com/payment/return',
				customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
				items: [
					{
						description: 'Service fee',
						quantity: 1,
						unit_price: 100,
						discount_amount: 0,
						tax_rate: 0,
					},
				],
			},
		]);
	});

	test.each([
		['100.10', 100.1],
		[' 100 ', 100],
		['0.01', 0.01],
	])('has the text "%s" converted to a number', async (unitPrice, sent) => {
		const run = await bench.run(
			withLines([
				{ description: 'Service fee', unitPrice: '={{ $json.price }}', quantity: '={{ "2.5" }}' },
			]),
			{ items: [{ price: unitPrice }] },
		);

		expect(run.status).toBe('success');
		expect(sentBodies()).toMatchObject([{ items: [{ unit_price: sent, quantity: 2.5 }] }]);
	});

	test.each([
		[
			'fields',
			withLines([
				{
					description: 'Fee',
					unitPrice: '={{ 1.1 * 3 }}',
					quantity: '={{ 0.1 + 0.2 }}',
					discountAmount: '={{ 0.07 * 100 / 100 }}',
				},
			]),
		],
		[
			'JSON',
			withJsonLines(
				'=[{ "description": "Fee", "unit_price": {{ 1.1 * 3 }}, "quantity": {{ 0.1 + 0.2 }}, "discount_amount": {{ 0.07 * 100 / 100 }} }]',
			),
		],
		[
			'an array',
			withJsonLines(
				'={{ [{ description: "Fee", unit_price: 1.1 * 3, quantity: 0.1 + 0.2, discount_amount: 0.07 * 100 / 100 }] }}',
			),
		],
	])('has what an expression computed without the rounding error: %s', async (_, parameters) => {
		const run = await bench.run(parameters);

		expect(run.status).toBe('success');
		expect(sentBodies()).toMatchObject([
			{ items: [{ unit_price: 3.3, quantity: 0.3, discount_amount: 0.07 }] },
		]);
	});

	test('has more decimals than usual as they are', async () => {
		await bench.run(withLines([{ description: 'Fee', unitPrice: 0.123456789, quantity: 10.0005 }]));

		expect(sentBodies()).toMatchObject([
			{ items: [{ unit_price: 0.123456789, quantity: 10.0005 }] },
		]);
	});

	test('has numeric IDs converted to text', async () => {
		await bench.run(
			{ ...EXAMPLE_INVOICE, externalId: '={{ $json.order }}', customerId: '={{ $json.customer }}' },
			{ items: [{ order: 1001, customer: 9 }] },
		);

		expect(sentBodies()).toMatchObject([{ external_id: '1001', customer: { id: '9' } }]);
	});

	test('has dates without their times', async () => {
		await bench.run({
			...EXAMPLE_INVOICE,
			additionalFields: { issuedDate: '2026-05-18T09:30:00', dueDate: '2026-12-31T00:00:00' },
		});

		expect(sentBodies()).toMatchObject([{ issued_date: '2026-05-18', due_date: '2026-12-31' }]);
	});

	test.each([
		['a UTC text', '={{ $json.moment }}'],
		['a UTC text as new Date() gives it', '={{ new Date($json.moment).toISOString() }}'],
		['a text with an offset', '={{ $json.moment.replace("T21:", "T13:").replace("Z", "-08:00") }}'],
		['a text of a database', '={{ $json.moment.replace("T", " ").replace("Z", "+00") }}'],
		['a Date', '={{ new Date($json.moment) }}'],
		['a DateTime', '={{ DateTime.fromISO($json.moment) }}'],
		['a DateTime in UTC', '={{ DateTime.fromISO($json.moment, { zone: "utc" }) }}'],
		['the text of a DateTime', '={{ DateTime.fromISO($json.moment).toISO() }}'],
	])("has the day in the workflow's time zone for %s", async (_form, date) => {
		for (const timezone of ['Asia/Riyadh', 'America/New_York']) {
			await bench.run(
				{
					...EXAMPLE_INVOICE,
					externalId: timezone,
					additionalFields: { issuedDate: date, dueDate: date },
				},
				{ timezone, items: [{ moment: '2026-12-30T21:00:00.000Z' }] },
			);
		}

		expect(sentBodies()).toMatchObject([
			{ issued_date: '2026-12-31', due_date: '2026-12-31' },
			{ issued_date: '2026-12-30', due_date: '2026-12-30' },
		]);
	});

	test('has several lines in order', async () => {
		await bench.run(
			withLines([
				{ description: 'First', unitPrice: 1 },
				{ description: 'Second', unitPrice: 2 },
			]),
		);

		expect(sentBodies()).toMatchObject([
			{ items: [{ description: 'First' }, { description: 'Second' }] },
		]);
	});
});

describe('line items as JSON', () => {
	const lines = [{ description: 'Service fee', unit_price: '100.10', quantity: 2 }];

	test.each([
		['text', JSON.stringify(lines)],
		['an array of an earlier node', '={{ $json.lines }}'],
		['text of an earlier node', '={{ JSON.stringify($json.lines) }}'],
	])('can be %s', async (_kind, lineItemsJson) => {
		const run = await bench.run(withJsonLines(lineItemsJson), { items: [{ lines }] });

		expect(run.status).toBe('success');
		expect(sentBodies()).toMatchObject([
			{ items: [{ description: 'Service fee', unit_price: 100.1, quantity: 2 }] },
		]);
	});
});

describe('the output', () => {
	test('is the invoice that the API returns, linked to its item', async () => {
		const run = await bench.run(EXAMPLE_INVOICE);

		const [invoice] = bench.simulator.control.invoices();
		expect(invoice).toMatchObject({ external_id: 'INV-PARTNER-001', amount: 103.5 });
		expect(run.items('RsomPay')).toStrictEqual([{ json: invoice, pairedItem: { item: 0 } }]);
	});

	test('includes fields that the guide does not describe', async () => {
		const body = { data: { external_id: 'INV-1', status: 'issued', new_field: { a: [1] } } };
		bench.simulator.control.injectFault({ kind: 'status', status: 201, body });

		const run = await bench.run(EXAMPLE_INVOICE);

		expect(run.items('RsomPay')[0]?.json).toStrictEqual(body.data);
	});
});

describe('an invoice is created once', () => {
	const externalIds = () =>
		bench.simulator.control.invoices().map(({ external_id }) => external_id);

	test('when the workflow runs again', async () => {
		const first = await bench.run(EXAMPLE_INVOICE);
		const second = await bench.run(EXAMPLE_INVOICE);

		expect(second.items('RsomPay')).toStrictEqual(first.items('RsomPay'));
		expect(externalIds()).toStrictEqual(['INV-PARTNER-001']);
	});

	test.each(['lost-answer', 'drop'] as const)(
		'when the node retries after a network error (%s)',
		async (kind) => {
			bench.simulator.control.injectFault({ kind, match: { times: 1 } });

			const run = await bench.run(EXAMPLE_INVOICE);

			expect(sentBodies()).toStrictEqual([exampleInvoiceRequest, exampleInvoiceRequest]);
			expect(externalIds()).toStrictEqual(['INV-PARTNER-001']);
			expect(run.items('RsomPay')).toMatchObject([{ json: { external_id: 'INV-PARTNER-001' } }]);
		},
	);

	const line = { description: 'Service fee', unitPrice: 100, discountAmount: 10, taxRate: 15 };

	const OTHER_LINES = 'with other line items';

	test.each([
		['price', OTHER_LINES, withLines([{ description: 'Service fee', unitPrice: 5 }])],
		['description', OTHER_LINES, withLines([{ ...line, description: 'Delivery' }])],
		['item type', OTHER_LINES, withLines([{ ...line, itemType: 'goods' }])],
		['reference', OTHER_LINES, withLines([{ ...line, referenceId: 'LINE-2' }])],
		[
			'tax rate, where the new lines have none',
			OTHER_LINES,
			withJsonLines('[{ "description": "Service fee", "unit_price": 100, "discount_amount": 10 }]'),
		],
		['customer', 'of another customer', { ...EXAMPLE_INVOICE, customerId: 'CUST-10' }],
	])(
		'and the node fails for an existing invoice of another %s',
		async (_, difference, parameters) => {
			await bench.run(EXAMPLE_INVOICE);
			const same = await bench.run(EXAMPLE_INVOICE);
			const other = await bench.run(parameters);

			expect(same.status).toBe('success');
			expect(other.status).toBe('error');
			expect(other.error?.message).toBe(
				`The External ID "INV-PARTNER-001" already belongs to an invoice ${difference} [Item 0]`,
			);
			expect(other.items('RsomPay')).toStrictEqual([]);
		},
	);

	test('and the node fails for another amount when RsomPay returns no line items', async () => {
		const data = { external_id: 'INV-PARTNER-001', status: 'issued', amount: 115 };
		bench.simulator.control.injectFault({ kind: 'status', status: 201, body: { data } });

		const run = await bench.run(EXAMPLE_INVOICE);

		expect(run.error?.message).toBe(
			'The External ID "INV-PARTNER-001" already belongs to an invoice of another amount [Item 0]',
		);
		expect(run.error?.description).toContain('The amount is 115, not 103.5.');
		expect(run.items('RsomPay')).toStrictEqual([]);
	});

	test('and the same lines are the same invoice, whatever RsomPay rounds', async () => {
		const lines = Array.from({ length: 40 }, (_, index) => ({
			description: `Line  ${index}`,
			unit_price: (index * 733 + 1) / 100,
			quantity: (index * 337 + 1) / 1000,
			...(index % 3 > 0 && { tax_rate: index % 3 === 1 ? 15 : 7.25 }),
		}));
		const first = await bench.run(withJsonLines(JSON.stringify(lines)));
		const second = await bench.run(withJsonLines(JSON.stringify(lines)));

		expect([first.status, second.status]).toStrictEqual(['success', 'success']);
		expect(second.items('RsomPay')).toStrictEqual(first.items('RsomPay'));
	});

	test('and a test URL of n8n as the notification URL causes a hint', async () => {
		const run = await bench.run({
			...EXAMPLE_INVOICE,
			notificationUrl: 'https://n8n.example.com/webhook-test/1/webhook',
		});

		expect(run.task('RsomPay')?.hints?.[0]?.message).toContain('test URL');
	});

	test('when two items of a run have the same external ID', async () => {
		const run = await bench.run(EXAMPLE_INVOICE, { items: [{}, {}] });

		const [first, second] = run.items('RsomPay').map(({ json }) => json.payment_url);
		expect(first).toBe(second);
		expect(externalIds()).toStrictEqual(['INV-PARTNER-001']);
	});
});

describe('Notify and Return To: This Execution', () => {
	const NOTIFY = { notify: 'execution', notificationUrl: '' };
	const RETURN = { returnTo: 'execution', returnUrl: '' };

	/** The hints of `Create` between the nodes `before` and `after`. */
	const hintsOf = async (
		{ before = [], after = [] }: { before?: NodeSpec[]; after?: NodeSpec[] },
		parameters: INodeParameters = NOTIFY,
	) => {
		const run = await runWorkflow(bench.n8n, {
			nodes: [
				{ name: 'Start', type: 'test.start' },
				...before,
				{
					name: 'Create',
					type: 'n8n-nodes-rsompay.rsomPay',
					parameters: {
						...EXAMPLE_INVOICE,
						externalId: "={{ 'NEW-' + $itemIndex }}",
						...parameters,
					},
					credentials: SIMULATOR_CREDENTIALS,
				},
				...after,
			],
			items: [{ id: 'INV-1' }, { id: 'INV-2' }],
		});
		return run.task('Create')?.hints?.map(({ message }) => message);
	};

	const WAIT_NODE = {
		name: 'Wait',
		type: 'n8n-nodes-rsompay.rsomPay',
		parameters: WAIT,
		credentials: SIMULATOR_CREDENTIALS,
	};
	const PASS_NODE = { name: 'Pass', type: 'test.pass' };
	const NO_WAIT_HINT =
		"No 'Wait for Payment' that resumes on RsomPay's webhook follows in this workflow, so nothing will receive the webhook or the returning customer. n8n's own Wait node does not receive them.";

	test("send the execution's resume URL with a path of this node and n8n's token for every item", async () => {
		const create = { returnTo: 'execution' };
		const execution = await bench.wait({}, { ids: ['INV-1', 'INV-2'], create });

		expect(execution.url).toMatch(/\/webhook-waiting\/\d+\/rsompay\?signature=[0-9a-f]{64}$/);
		expect(sentBodies().slice(0, 2)).toMatchObject(
			['INV-1', 'INV-2'].map((external_id) => ({
				external_id,
				notification_url: execution.url,
				return_url: execution.returnUrl(external_id),
			})),
		);
	});

	test('can be selected independently', async () => {
		await bench.run({ ...EXAMPLE_INVOICE, ...NOTIFY });
		await bench.run({ ...EXAMPLE_INVOICE, ...RETURN, externalId: 'INV-2' });
		const waiting: unknown = expect.stringContaining('/webhook-waiting/');

		expect(sentBodies()).toMatchObject([
			{ notification_url: waiting, return_url: EXAMPLE_INVOICE.returnUrl },
			{ notification_url: EXAMPLE_INVOICE.notificationUrl, return_url: waiting },
		]);
	});

	test.each([
		[NOTIFY, { returnUrl: '={{ "" }}' }, "'Return URL' is empty"],
		[RETURN, { notificationUrl: '={{ "" }}' }, "'Notification URL' is empty"],
	])('leave the other URL required: %j', async (selected, empty, message) => {
		const run = await bench.run({ ...EXAMPLE_INVOICE, ...selected, ...empty });

		expect(run.error?.message).toBe(`${message} [Item 0]`);
		expect(sentBodies()).toStrictEqual([]);
	});

	test.each([
		['nothing', {}],
		['another node', { after: [PASS_NODE] }],
		["n8n's own Wait", { after: [{ name: 'Wait', type: 'n8n-nodes-base.wait' }] }],
		['a Wait for Payment before', { before: [WAIT_NODE] }],
		[
			'another operation of this node',
			{ after: [{ ...WAIT_NODE, parameters: { ...WAIT, operation: 'get' } }] },
		],
		[
			'a Wait for Payment that polls',
			{
				after: [
					{
						...WAIT_NODE,
						parameters: { ...WAIT, waitMode: 'asking', waitAmount: 1, waitUnit: 'seconds' },
					},
				],
			},
		],
	])(
		'show one hint that no Wait for Payment follows, with %s in the workflow',
		async (_what, nodes) => {
			if ('before' in nodes) {
				await bench.create('INV-1', 'INV-2');
				for (const id of ['INV-1', 'INV-2']) bench.simulator.control.payInvoice(id);
			}

			expect(await hintsOf(nodes)).toStrictEqual([NO_WAIT_HINT]);
		},
	);

	test.each([
		['directly', { after: [WAIT_NODE] }],
		['after another node', { after: [PASS_NODE, WAIT_NODE] }],
	])('show no hint when a Wait for Payment follows: %s', async (_how, nodes) => {
		expect(await hintsOf(nodes)).toStrictEqual([]);
		expect(await hintsOf(nodes, RETURN)).toStrictEqual([]);
	});

	test('show no hint when URLs are given', async () => {
		expect(await hintsOf({}, {})).toStrictEqual([]);
	});

	test.each(['production', 'sandbox'])(
		'fail for %s when n8n cannot be reached from the internet',
		async (environment) => {
			const credentials = bench.credentials({ environment }, environment);

			const run = await bench.run({ ...EXAMPLE_INVOICE, ...NOTIFY, ...RETURN }, { credentials });

			expect(run.status).toBe('error');
			expect(run.error?.message).toMatch(
				/^The address of 'This Execution' must .* set WEBHOOK_URL .* \[Item 0\]$/,
			);
			expect(run.error?.description).toContain('Nothing of this item was sent');
		},
	);
});
