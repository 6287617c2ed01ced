import { exampleInvoiceRequest } from '../../../simulator/index.mts';
import { call, create, invoiceRequest, simulate, type ApiResponse } from './support.mts';

const [exampleItem] = exampleInvoiceRequest.items;

/** Keys of the invalid fields of a 422. */
const invalidFields = ({ status, body }: ApiResponse) => {
	expect(status).toBe(422);
	expect(body.status).toBe(false);
	return Object.keys(body.errors ?? {});
};

const withItem = (fields: Record<string, unknown>) => ({ items: [{ ...exampleItem, ...fields }] });
const withCustomer = (fields: Record<string, unknown>) => ({
	customer: { ...exampleInvoiceRequest.customer, ...fields },
});

describe('POST /invoices', () => {
	test("responds to the guide's example as the guide does", async () => {
		const simulator = await simulate();
		const { status, headers, body } = await create(simulator);
		expect(status).toBe(201);
		expect(headers.get('content-type')).toMatch(/^application\/json/);
		expect(body).toEqual({
			status: true,
			message: 'Mission completed successfully',
			data: {
				external_id: 'INV-PARTNER-001',
				reference_number: 'INV-42-001',
				status: 'issued',
				amount: 103.5,
				payment_url: expect.stringMatching(
					new RegExp(`^${simulator.url}/pay/invoice/[0-9a-f]{40}$`),
				) as unknown,
				customer: exampleInvoiceRequest.customer,
				totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
				items: [{ ...exampleItem, tax_amount: 13.5, total_amount: 103.5 }],
			},
		});
	});

	test('responds in the JSON of PHP', async () => {
		const simulator = await simulate();
		const { text } = await create(simulator, withCustomer({ fullname: 'أحمد علي' }));
		expect(text).toContain('"amount":103.50');
		expect(text).toContain('\\/pay\\/invoice\\/');
		expect(text).toContain('\\u0623\\u062d\\u0645\\u062f');
	});

	test('accepts an invoice with required fields only', async () => {
		const simulator = await simulate();
		const { status, body } = await call(simulator, 'POST', '/invoices', {
			body: {
				external_id: 'INV-PARTNER-001',
				notification_url: 'https://partner.example.com/webhooks/rsom',
				return_url: 'https://partner.example.com/payment/return',
				customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
				items: [{ description: 'Service fee', unit_price: 100 }],
			},
		});
		expect(status).toBe(201);
		expect(body.data).toMatchObject({
			amount: 100,
			customer: { email: null, phone: null },
			items: [
				{ quantity: 1, discount_amount: 0, tax_rate: 0, item_type: null, reference_id: null },
			],
		});
	});

	test('assigns ascending reference numbers', async () => {
		const simulator = await simulate();
		for (const external_id of ['A', 'B', 'C']) await create(simulator, { external_id });
		expect(simulator.control.invoices().map(({ reference_number }) => reference_number)).toEqual([
			'INV-42-001',
			'INV-42-002',
			'INV-42-003',
		]);
	});

	test.each<[string, Record<string, unknown>]>([
		['external_id', { external_id: undefined }],
		['external_id', { external_id: '' }],
		['external_id', { external_id: 'x'.repeat(256) }],
		['external_id', { external_id: 7 }],
		['notification_url', { notification_url: undefined }],
		['notification_url', { notification_url: '' }],
		['notification_url', { notification_url: 'partner.example.com' }],
		['notification_url', { notification_url: 'ftp://partner.example.com' }],
		['notification_url', { notification_url: `https://partner.example.com/${'x'.repeat(2048)}` }],
		['return_url', { return_url: undefined }],
		['return_url', { return_url: 'not a url' }],
		['return_url', { return_url: `https://partner.example.com/${'x'.repeat(2048)}` }],
		['customer', { customer: undefined }],
		['customer', { customer: 'CUST-9' }],
		['customer.id', withCustomer({ id: undefined })],
		['customer.id', withCustomer({ id: 'x'.repeat(256) })],
		['customer.fullname', withCustomer({ fullname: undefined })],
		['customer.fullname', withCustomer({ fullname: '  ' })],
		['customer.fullname', withCustomer({ fullname: 'x'.repeat(256) })],
		['customer.email', withCustomer({ email: 'customer' })],
		['customer.email', withCustomer({ email: `${'x'.repeat(250)}@example.com` })],
		['customer.phone', withCustomer({ phone: '1'.repeat(33) })],
		['items', { items: undefined }],
		['items', { items: [] }],
		['items', { items: {} }],
		['items.0', { items: ['Service fee'] }],
		['items.0.description', withItem({ description: undefined })],
		['items.0.description', withItem({ description: 'x'.repeat(256) })],
		['items.0.quantity', withItem({ quantity: 0 })],
		['items.0.quantity', withItem({ quantity: 0.0009 })],
		['items.0.quantity', withItem({ quantity: '1' })],
		['items.0.unit_price', withItem({ unit_price: undefined })],
		['items.0.unit_price', withItem({ unit_price: 0.009 })],
		['items.0.unit_price', withItem({ unit_price: '100' })],
		['items.0.unit_price', withItem({ unit_price: null })],
		['items.0.discount_amount', withItem({ discount_amount: -0.01 })],
		['items.0.tax_rate', withItem({ tax_rate: '15%' })],
		['items.0.item_type', withItem({ item_type: 'x'.repeat(33) })],
		['items.0.reference_id', withItem({ reference_id: 'x'.repeat(129) })],
		['items.1.unit_price', { items: [exampleItem, { description: 'Service fee' }] }],
		['currency_code', { currency_code: 'x'.repeat(9) }],
		['currency_code', { currency_code: 682 }],
		['due_date', { due_date: '31-12-2026' }],
		['due_date', { due_date: '2026-02-30' }],
		['due_date', { due_date: '2026-12-31T00:00:00Z' }],
		['issued_date', { issued_date: '2026-13-01' }],
		['notes', { notes: 'x'.repeat(2001) }],
		['items', withItem({ discount_amount: 100 })],
		['items', withItem({ discount_amount: 200 })],
		['items', withItem({ unit_price: 1e15 })],
	])('returns 422 keyed %s for %j', async (field, fields) => {
		const simulator = await simulate();
		const response = await create(simulator, fields);
		expect(invalidFields(response)).toEqual([field]);
		expect(response.body.errors?.[field]).toEqual([expect.stringMatching(/\w+/)]);
		expect(simulator.control.invoices()).toEqual([]);
	});

	test('accepts every field at its limit', async () => {
		const simulator = await simulate();
		const { status } = await create(simulator, {
			external_id: 'x'.repeat(255),
			notification_url: `https://p.example.com/${'x'.repeat(2048 - 22)}`,
			return_url: `https://p.example.com/${'x'.repeat(2048 - 22)}`,
			...withCustomer({
				id: 'x'.repeat(255),
				fullname: '😀'.repeat(255),
				phone: '1'.repeat(32),
			}),
			items: [
				{
					description: 'x'.repeat(255),
					quantity: 0.001,
					unit_price: 10,
					discount_amount: 0,
					item_type: 'x'.repeat(32),
					reference_id: 'x'.repeat(128),
				},
				{ description: 'x', unit_price: 0.01 },
			],
			currency_code: 'x'.repeat(8),
			due_date: '2028-02-29',
			notes: 'x'.repeat(2000),
		});
		expect(status).toBe(201);
	});

	test('returns every invalid field at once', async () => {
		const simulator = await simulate();
		const response = await call(simulator, 'POST', '/invoices', { body: {} });
		expect(invalidFields(response)).toEqual([
			'external_id',
			'notification_url',
			'return_url',
			'customer',
			'items',
		]);
	});

	test('returns field messages in Arabic, and under data if set', async () => {
		const simulator = await simulate({ errorsUnder: 'data' });
		const { body } = await call(simulator, 'POST', '/invoices', {
			body: invoiceRequest({ external_id: '' }),
			headers: { 'Accept-Language': 'ar' },
		});
		expect(body).toEqual({
			status: false,
			message: 'البيانات المدخلة غير صالحة.',
			data: { external_id: ['حقل external_id مطلوب.'] },
		});

		simulator.control.configure({ language: 'en', errorsUnder: 'errors' });
		const english = await call(simulator, 'POST', '/invoices', {
			body: invoiceRequest({ external_id: '' }),
			headers: { 'Accept-Language': 'ar' },
		});
		expect(english.body.errors).toEqual({ external_id: ['The external_id field is required.'] });
	});

	test.each([
		['{"external_id":', 400],
		['[1]', 400],
		['"text"', 400],
		['', 422],
	])('for the body %j returns %d', async (body, expected) => {
		const simulator = await simulate();
		const response = await call(simulator, 'POST', '/invoices', {
			body,
			headers: { 'Content-Type': 'application/json' },
		});
		expect(response.status).toBe(expected);
		expect(response.body).toMatchObject({ status: false, message: expect.any(String) as unknown });
	});

	test('reads no fields from a form', async () => {
		const simulator = await simulate();
		const response = await call(simulator, 'POST', '/invoices', {
			body: 'external_id=A',
			headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
		});
		expect(invalidFields(response)).toContain('external_id');
	});

	test('returns 413 in JSON for a body of more than 1 MiB', async () => {
		const simulator = await simulate();
		const { status, body } = await create(simulator, { notes: 'x'.repeat(1_100_000) });
		expect(status).toBe(413);
		expect(body.status).toBe(false);
	});

	describe('with allowPrivateUrls off', () => {
		test.each([
			['http://partner.example.com/x', 'HTTPS'],
			['https://localhost/x', 'publicly reachable'],
			['https://192.168.1.1/x', 'publicly reachable'],
			['http://127.0.0.1:5678/x', 'HTTPS'],
		])('returns 422 for %s', async (url, reason) => {
			const simulator = await simulate({ allowPrivateUrls: false });
			const response = await create(simulator, { notification_url: url, return_url: url });
			expect(invalidFields(response)).toEqual(['notification_url', 'return_url']);
			expect(response.body.errors?.['return_url']?.[0]).toContain(reason);
		});

		test("accepts the guide's URLs", async () => {
			const simulator = await simulate({ allowPrivateUrls: false });
			expect((await create(simulator)).status).toBe(201);
		});
	});

	test('accepts loopback and http by default', async () => {
		const simulator = await simulate();
		const url = 'http://localhost:5678/webhook/x';
		const { status } = await create(simulator, { notification_url: url, return_url: url });
		expect(status).toBe(201);
	});
});

describe('idempotent create', () => {
	test('creates one invoice for 50 parallel requests', async () => {
		const simulator = await simulate({ latencyMs: 5 });
		const responses = await Promise.all(Array.from({ length: 50 }, () => create(simulator)));
		expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
		expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
		expect(simulator.control.invoices()).toHaveLength(1);
	});

	test('returns the same invoice for the same external_id, for any other fields', async () => {
		const simulator = await simulate();
		const first = await create(simulator);
		const second = await create(simulator, withItem({ unit_price: 999 }));
		const third = await call(simulator, 'POST', '/invoices', {
			body: { external_id: 'INV-PARTNER-001' },
		});
		expect([second.status, third.status]).toEqual([201, 201]);
		expect(second.text).toBe(first.text);
		expect(third.text).toBe(first.text);
	});

	test('returns the current status', async () => {
		const simulator = await simulate({ events: [] });
		await create(simulator);
		simulator.control.payInvoice('INV-PARTNER-001');
		expect((await create(simulator)).body.data).toMatchObject({ status: 'paid' });
	});

	test('does not reserve the external_id of an invalid request', async () => {
		const simulator = await simulate();
		await create(simulator, { items: [] });
		expect((await create(simulator)).status).toBe(201);
	});
});

describe('GET /invoices/by-reference', () => {
	test.each(['external_id=INV-PARTNER-001', 'reference_number=INV-42-001'])(
		'finds the created invoice by %s',
		async (query) => {
			const simulator = await simulate();
			const created = await create(simulator);
			const { status, text } = await call(simulator, 'GET', `/invoices/by-reference?${query}`);
			expect(status).toBe(200);
			expect(text).toBe(created.text);
		},
	);

	test.each(['issued', 'paid', 'failed', 'canceled'] as const)(
		'returns the status %s',
		async (status) => {
			const simulator = await simulate({ events: [] });
			await create(simulator);
			if (status === 'paid') simulator.control.payInvoice('INV-PARTNER-001');
			if (status === 'failed') simulator.control.failInvoice('INV-PARTNER-001');
			if (status === 'canceled') simulator.control.cancelInvoice('INV-PARTNER-001');
			const { body } = await call(
				simulator,
				'GET',
				'/invoices/by-reference?external_id=INV-PARTNER-001',
			);
			expect(body.data).toMatchObject({ status });
		},
	);

	test.each([
		['', ['external_id', 'reference_number']],
		['?external_id=A&reference_number=B', ['external_id', 'reference_number']],
		['?external_id=A&external_id=B', ['external_id', 'reference_number']],
		['?customer_id=CUST-9', ['customer_id']],
		['?customer_id=CUST-9&external_id=INV-PARTNER-001', ['customer_id']],
	])('returns 422 for %j', async (query, fields) => {
		const simulator = await simulate();
		await create(simulator);
		expect(invalidFields(await call(simulator, 'GET', `/invoices/by-reference${query}`))).toEqual(
			fields,
		);
	});

	test.each(['external_id=nobody', 'reference_number=INV-42-002', 'external_id='])(
		'returns 404 for %s',
		async (query) => {
			const simulator = await simulate();
			await create(simulator);
			const { status, body } = await call(simulator, 'GET', `/invoices/by-reference?${query}`);
			expect(status).toBe(404);
			expect(body).toEqual({ status: false, message: 'Invoice not found.', data: null });
		},
	);
});

describe('unknown routes', () => {
	test.each([
		['GET', '/invoices'],
		['GET', '/nowhere'],
		['DELETE', '/invoices'],
		['POST', '/transactions'],
	])('%s %s returns 404 in JSON', async (method, path) => {
		const simulator = await simulate();
		const { status, body } = await call(simulator, method, path);
		expect(status).toBe(404);
		expect(body).toEqual({ status: false, message: expect.any(String) as unknown, data: null });
	});

	test('returns 404 in JSON outside the API too', async () => {
		const simulator = await simulate();
		const response = await fetch(`${simulator.url}/favicon.ico`);
		expect(response.status).toBe(404);
		expect(await response.json()).toMatchObject({ status: false });
		expect(simulator.control.requests()).toEqual([]);
	});
});
