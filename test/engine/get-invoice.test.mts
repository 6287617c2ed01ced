import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const GET = { resource: 'invoice', operation: 'get' };

test('gets the current state of an invoice by its external ID', async () => {
	await bench.run(EXAMPLE_INVOICE);
	const paid = bench.simulator.control.payInvoice('INV-PARTNER-001');

	const run = await bench.run({ ...GET, reference: 'INV-PARTNER-001' });

	expect(paid.status).toBe('paid');
	expect(run.items('RsomPay')).toStrictEqual([{ json: paid, pairedItem: { item: 0 } }]);
	expect(bench.simulator.control.requests().at(-1)).toMatchObject({
		method: 'GET',
		path: '/api/external/v1/invoices/by-reference',
		query: { external_id: 'INV-PARTNER-001' },
	});
});

test('gets an invoice by its reference number', async () => {
	await bench.run(EXAMPLE_INVOICE);
	const [invoice] = bench.simulator.control.invoices();

	const run = await bench.run(
		{ ...GET, lookupBy: 'referenceNumber', reference: '={{ $json.number }}' },
		{ items: [{ number: invoice?.reference_number ?? '' }] },
	);

	expect(run.items('RsomPay')).toStrictEqual([{ json: invoice, pairedItem: { item: 0 } }]);
	expect(bench.simulator.control.requests().at(-1)?.query).toStrictEqual({
		reference_number: invoice?.reference_number,
	});
});

test('encodes special characters of a reference', async () => {
	const externalId = 'INV/2026 & سند #1?';
	await bench.run({ ...EXAMPLE_INVOICE, externalId });

	const run = await bench.run({ ...GET, reference: externalId });

	expect(run.items('RsomPay')).toMatchObject([{ json: { external_id: externalId } }]);
});
