import { MAX_PAGE_SIZE, RsomPayClient } from '../../../../../nodes/RsomPay/api/client.ts';
import type { InvoiceRequest } from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import type { HttpResponse, HttpRequest } from '../../../../../nodes/shared/http.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

/** Creates a client that always gets the same response, and records its requests. */
function createClient(body: unknown, status = 200) {
	const requests: HttpRequest[] = [];
	const send = (request: HttpRequest): Promise<HttpResponse> => {
		requests.push(request);
		return Promise.resolve({ status, body });
	};
	return { client: new RsomPayClient(send), requests };
}

const invoice = { external_id: 'INV-PARTNER-001', status: 'issued', extra: { key: true } };

const request: InvoiceRequest = {
	external_id: 'INV-PARTNER-001',
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
	customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
	items: [{ description: 'Service fee', unit_price: 100 }],
};

test.each([200, 201])('createInvoice returns the invoice of a %d', async (status) => {
	const { client: rsomPay, requests } = createClient({ data: invoice }, status);

	expect(await rsomPay.createInvoice(request)).toStrictEqual(invoice);
	expect(requests).toStrictEqual([{ method: 'POST', path: '/invoices', body: request }]);
});

test.each([[{ external_id: 'INV-PARTNER-001' }], [{ reference_number: 'INV-42-001' }]])(
	'getInvoice looks up by %j alone',
	async (reference) => {
		const { client: rsomPay, requests } = createClient({ data: invoice });

		expect(await rsomPay.getInvoice(reference, 1_000)).toStrictEqual(invoice);
		expect(requests).toStrictEqual([
			{ method: 'GET', path: '/invoices/by-reference', query: reference, deadline: 1_000 },
		]);
	},
);

describe('findInvoice', () => {
	const reference = { external_id: 'INV-PARTNER-001' };

	test('returns an invoice that exists', async () => {
		const { client: rsomPay, requests } = createClient({ data: invoice });

		expect(await rsomPay.findInvoice(reference, 1_000)).toStrictEqual(invoice);
		expect(requests).toStrictEqual([
			{ method: 'GET', path: '/invoices/by-reference', query: reference, deadline: 1_000 },
		]);
	});

	test.each([404, 422])('returns undefined for a %d of the API', async (status) => {
		const { client: rsomPay } = createClient({ status: false, message: 'Not found' }, status);

		expect(await rsomPay.findInvoice(reference)).toBeUndefined();
	});

	test.each<[number, unknown]>([
		[404, '<html>'],
		[404, ''],
		[404, null],
		[404, undefined],
		[422, '<html>'],
		[401, { message: '' }],
		[403, { message: '' }],
		[429, { message: '' }],
		[500, { message: '' }],
		[200, {}],
	])('throws for a %d with %j', async (status, body) => {
		await expect(createClient(body, status).client.findInvoice(reference)).rejects.toMatchObject({
			httpCode: status,
		});
	});
});

test('listTransactions returns a page with the total and the last page', async () => {
	const { client: rsomPay, requests } = createClient({
		data: [{ reference: 'TX-REF-1', extra: 1 }],
		meta: { total: 201, last_page: 3 },
	});

	expect(await rsomPay.listTransactions('CUST-9', 2, MAX_PAGE_SIZE)).toStrictEqual({
		records: [{ reference: 'TX-REF-1', extra: 1 }],
		total: 201,
		lastPage: 3,
	});
	expect(requests).toStrictEqual([
		{
			method: 'GET',
			path: '/transactions',
			query: { customer_id: 'CUST-9', page: 2, per_page: 100 },
			deadline: undefined,
		},
	]);
});

describe('a 422 names the subject', () => {
	const rejecting = createClient({ message: '' }, 422).client;

	test.each<[string, () => Promise<unknown>]>([
		['the invoice "INV-PARTNER-001"', () => rejecting.createInvoice(request)],
		['the invoice "INV-1"', () => rejecting.getInvoice({ external_id: 'INV-1' })],
		['the invoice "INV-42-001"', () => rejecting.getInvoice({ reference_number: 'INV-42-001' })],
		['the transactions of customer "CUST-9"', () => rejecting.listTransactions('CUST-9', 1, 20)],
	])('%s', async (subject, call) => {
		await expect(call()).rejects.toThrow(ServiceError);
		await expect(call()).rejects.toThrow(`RsomPay could not take ${subject}`);
	});
});

test.each([199, 300, 302, 304])('throws for a %d with a valid body', async (status) => {
	const { client: rsomPay } = createClient({ data: invoice }, status);

	await expect(rsomPay.createInvoice(request)).rejects.toThrow(`(HTTP ${status})`);
});

describe('a 404', () => {
	const notFound = createClient({ message: '' }, 404).client;

	test('of a lookup names the invoice', async () => {
		await expect(notFound.getInvoice({ external_id: 'INV-1' })).rejects.toThrow(
			'RsomPay could not find the invoice "INV-1"',
		);
	});

	test('of other requests points to the base URL', async () => {
		const message = 'There is nothing of RsomPay at this address (HTTP 404)';

		await expect(notFound.createInvoice(request)).rejects.toThrow(message);
		await expect(notFound.listTransactions('CUST-9', 1, 20)).rejects.toThrow(message);
	});
});

test.each([[{}], ['<html>'], [null], [{ data: [] }], [{ data: {} }]])(
	'throws for a success with the body %j',
	async (body) => {
		const { client: rsomPay } = createClient(body);
		const message = 'RsomPay returned a response that could not be read (HTTP 200)';

		await expect(rsomPay.createInvoice(request)).rejects.toThrow(message);
		await expect(rsomPay.getInvoice({ external_id: 'INV-1' })).rejects.toThrow(message);
		await expect(rsomPay.listTransactions('CUST-9', 1, 20)).rejects.toThrow(message);
	},
);
