import {
	createPaymentFinder,
	findPayment,
} from '../../../../../nodes/RsomPay/api/paymentFinder.ts';
import type { RsomPayClient } from '../../../../../nodes/RsomPay/api/client.ts';
import type { Invoice, Transaction } from '../../../../../nodes/RsomPay/api/schemas.ts';
import { serviceError } from '../pollingSupport.mts';

const invoice: Invoice = {
	external_id: 'INV-1',
	status: 'paid',
	amount: 103.5,
	customer: { id: 'CUST-9' },
};

const transaction = (changes: Partial<Transaction> = {}): Transaction => ({
	reference: 'TX-REF-1',
	status: 'completed',
	amount: 103.5,
	payment_method: 'card',
	invoice_external_id: 'INV-1',
	...changes,
});

describe('findPayment', () => {
	test('finds the only completed transaction of the invoice', () => {
		const payment = transaction();
		const others = [
			transaction({ reference: 'TX-REF-2', status: 'failed' }),
			transaction({ reference: 'TX-REF-3', invoice_external_id: 'INV-2' }),
		];
		expect(findPayment(invoice, [...others, payment])).toBe(payment);
	});

	test.each([
		['there is none', []],
		['it has failed', [transaction({ status: 'failed' })]],
		['it is of another invoice', [transaction({ invoice_external_id: 'INV-10' })]],
		['it has another amount', [transaction({ amount: 50 })]],
		['its amount is absent', [transaction({ amount: undefined })]],
		['there are two', [transaction(), transaction({ reference: 'TX-REF-2' })]],
		['there are two of different amounts', [transaction(), transaction({ amount: 3.5 })]],
	])('finds nothing when %s', (_why, transactions) => {
		expect(findPayment(invoice, transactions)).toBeUndefined();
	});

	test.each([
		['103.50', 103.5],
		[103.5, '103.50'],
	])('compares amounts as numbers: %j and %j', (paid, amount) => {
		const payment = transaction({ amount: paid as number });

		expect(findPayment({ ...invoice, amount: amount as number }, [payment])).toBe(payment);
	});

	test.each([undefined, null, '', ' ', 'SAR', 0])(
		'finds nothing when no amount is more than 0: %j',
		(value) => {
			const amount = value as number | undefined;

			expect(findPayment({ ...invoice, amount }, [transaction({ amount })])).toBeUndefined();
		},
	);
});

describe('createPaymentFinder', () => {
	const clientOf = (records: Transaction[]) => {
		const listTransactions = jest.fn().mockResolvedValue({ records, total: 1, lastPage: 1 });
		return { client: { listTransactions } as unknown as RsomPayClient, listTransactions };
	};

	test('reads the newest transactions of each customer once, however many of their invoices', async () => {
		const payments = ['INV-1', 'INV-2'].map((id) => transaction({ invoice_external_id: id }));
		const { client, listTransactions } = clientOf(payments);
		const find = createPaymentFinder(client);
		const found = await Promise.all(
			['INV-1', 'INV-2'].map(async (id) => await find({ ...invoice, external_id: id })),
		);
		await find({ ...invoice, customer: { id: 'CUST-10' } });

		expect(found).toStrictEqual(payments);
		expect(listTransactions.mock.calls).toStrictEqual([
			['CUST-9', 1, 100, expect.any(Number)],
			['CUST-10', 1, 100, expect.any(Number)],
		]);
	});

	test('reads them again for a payment that they lack', async () => {
		const payments = ['INV-1', 'INV-2'].map((id) => transaction({ invoice_external_id: id }));
		const [first] = payments;
		const { client, listTransactions } = clientOf(first ? [first] : []);
		const find = createPaymentFinder(client);
		await find({ ...invoice, external_id: 'INV-1' });

		listTransactions.mockResolvedValue({ records: payments, total: 2, lastPage: 1 });
		const found = [];
		for (const id of ['INV-2', 'INV-1', 'INV-2']) {
			found.push(await find({ ...invoice, external_id: id }));
		}

		expect(found).toStrictEqual([payments[1], payments[0], payments[1]]);
		expect(listTransactions).toHaveBeenCalledTimes(2);
	});

	test('reads them once again for all payments that they lack', async () => {
		const { client, listTransactions } = clientOf([]);
		const find = createPaymentFinder(client);
		const ids = ['INV-1', 'INV-2', 'INV-3', 'INV-4'];

		await Promise.all(ids.map(async (id) => await find({ ...invoice, external_id: id })));

		expect(listTransactions).toHaveBeenCalledTimes(2);
	});

	test('reads them again after an error', async () => {
		const { client, listTransactions } = clientOf([transaction()]);
		listTransactions.mockRejectedValueOnce(serviceError());
		const find = createPaymentFinder(client);

		await expect(find(invoice)).rejects.toThrow();
		expect(await find(invoice)).toStrictEqual(transaction());
	});

	test.each([
		[1_000, 1_000],
		[60_000, 5_000],
		[undefined, 5_000],
	])('with %d ms left waits for the transactions for %d ms', async (leftMs, waitMs) => {
		jest.useFakeTimers({ now: 1_000_000 });
		const { client, listTransactions } = clientOf([]);
		const latest = leftMs && Date.now() + leftMs;

		await createPaymentFinder(client, latest)(invoice);

		expect(listTransactions).toHaveBeenCalledWith('CUST-9', 1, 100, Date.now() + waitMs);
		jest.useRealTimers();
	});

	test('reads nothing for an invoice without a customer', async () => {
		const { client, listTransactions } = clientOf([transaction()]);
		const find = createPaymentFinder(client);
		expect(await find({ ...invoice, customer: undefined })).toBeUndefined();
		expect(listTransactions).not.toHaveBeenCalled();
	});
});
