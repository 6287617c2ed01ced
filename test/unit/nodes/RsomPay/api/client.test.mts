import { MAX_PAGE_SIZE, RsomPayClient } from '../../../../../nodes/RsomPay/api/client.ts';
import type { InvoiceRequest } from '../../../../../nodes/RsomPay/api/invoiceRequest.ts';
import type { HttpResponse, HttpRequest } from '../../../../../nodes/shared/http.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

/** A client whose every request gets one answer, and what it asked for. */
function client(body: unknown, status = 200) {
	const requests: HttpRequest[] = [];
	const send = (request: HttpRequest): Promise<HttpResponse> => {
		requests.push(request);
		return Promise.resolve({ status, body });
	};
	return { client: new RsomPayClient(send), requests };
}

const invoice = { external_id: 'INV-PARTNER-001', status: 'issued', extra: { kept: true } };

const request: InvoiceRequest = {
	external_id: 'INV-PARTNER-001',
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
	customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
	items: [{ description: 'Service fee', unit_price: 100 }],
};

test.each([200, 201])('an invoice is created with %d', async (status) => {
	const { client: rsomPay, requests } = client({ data: invoice }, status);

	expect(await rsomPay.createInvoice(request)).toStrictEqual(invoice);
	expect(requests).toStrictEqual([{ method: 'POST', path: '/invoices', body: request }]);
});

test.each([[{ external_id: 'INV-PARTNER-001' }], [{ reference_number: 'INV-42-001' }]])(
	'an invoice is read by %j alone',
	async (reference) => {
		const { client: rsomPay, requests } = client({ data: invoice });

		expect(await rsomPay.getInvoice(reference)).toStrictEqual(invoice);
		expect(requests).toStrictEqual([
			{ method: 'GET', path: '/invoices/by-reference', query: reference },
		]);
	},
);

describe('an invoice that need not exist', () => {
	const reference = { external_id: 'INV-PARTNER-001' };

	test('is read as any other', async () => {
		const { client: rsomPay, requests } = client({ data: invoice });

		expect(await rsomPay.findInvoice(reference)).toStrictEqual(invoice);
		expect(requests).toStrictEqual([
			{ method: 'GET', path: '/invoices/by-reference', query: reference },
		]);
	});

	test.each([404, 422])('is none when the API says so with %d', async (status) => {
		const { client: rsomPay } = client({ status: false, message: 'Not found' }, status);

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
	])('is not taken for none when the answer is %d with %j', async (status, body) => {
		await expect(client(body, status).client.findInvoice(reference)).rejects.toMatchObject({
			httpCode: status,
		});
	});
});

test('a page of transactions is read with what it says of the whole', async () => {
	const { client: rsomPay, requests } = client({
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
		},
	]);
});

describe('a refusal names what was asked for', () => {
	const refused = client({ message: '' }, 422).client;

	test.each<[string, () => Promise<unknown>]>([
		['the invoice "INV-PARTNER-001"', () => refused.createInvoice(request)],
		['the invoice "INV-1"', () => refused.getInvoice({ external_id: 'INV-1' })],
		['the invoice "INV-42-001"', () => refused.getInvoice({ reference_number: 'INV-42-001' })],
		['the transactions of customer "CUST-9"', () => refused.listTransactions('CUST-9', 1, 20)],
	])('%s', async (subject, call) => {
		await expect(call()).rejects.toThrow(ServiceError);
		await expect(call()).rejects.toThrow(`RsomPay could not take ${subject}`);
	});
});

test.each([199, 300, 302, 304])('%d is no success, whatever it holds', async (status) => {
	const { client: rsomPay } = client({ data: invoice }, status);

	await expect(rsomPay.createInvoice(request)).rejects.toThrow(`(HTTP ${status})`);
});

describe('a 404', () => {
	const missing = client({ message: '' }, 404).client;

	test('says that there is no such invoice, where one was looked up', async () => {
		await expect(missing.getInvoice({ external_id: 'INV-1' })).rejects.toThrow(
			'RsomPay could not find the invoice "INV-1"',
		);
	});

	test('is about the address otherwise', async () => {
		const message = 'There is nothing of RsomPay at this address (HTTP 404)';

		await expect(missing.createInvoice(request)).rejects.toThrow(message);
		await expect(missing.listTransactions('CUST-9', 1, 20)).rejects.toThrow(message);
	});
});

test.each([[{}], ['<html>'], [null], [{ data: [] }], [{ data: {} }]])(
	'a success that holds %j instead is told',
	async (body) => {
		const { client: rsomPay } = client(body);
		const message = 'RsomPay gave an answer that could not be read (HTTP 200)';

		await expect(rsomPay.createInvoice(request)).rejects.toThrow(message);
		await expect(rsomPay.getInvoice({ external_id: 'INV-1' })).rejects.toThrow(message);
		await expect(rsomPay.listTransactions('CUST-9', 1, 20)).rejects.toThrow(message);
	},
);
