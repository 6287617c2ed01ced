/** The fields that n8n's editor shows before a node has run are those that it outputs. */
import { readFileSync } from 'node:fs';
import type { IDataObject } from 'n8n-workflow';

import type { OutputSchema } from '../../scripts/outputSchemas.mts';
import { fieldsIn, fieldsOf, withoutNull } from '../outputFields.mts';
import { resolveOutputSchemaPath } from './harness/n8n-core.mts';
import { useMoyasar } from './harness/moyasar.mts';
import { builtFolder } from './harness/package.mts';
import { EXAMPLE_INVOICE, useRsomPay } from './harness/rsompay.mts';
import type { FinishedRun } from './harness/run-workflow.mts';

const rsomPay = useRsomPay();
const moyasar = useMoyasar();

const NODES = {
	RsomPay: { type: 'n8n-nodes-rsompay.rsomPay', bench: rsomPay },
	Moyasar: { type: 'n8n-nodes-moyasar.moyasar', bench: moyasar },
};

const versionsOf = (service: keyof typeof NODES): number[] => {
	const { type, bench } = NODES[service];
	return [bench.n8n.nodeTypes.getByNameAndVersion(type).description.version].flat();
};

/** The schema that n8n serves to its editor: of exactly this version. */
const schemaOf = (
	service: keyof typeof NODES,
	version: number,
	resource: string,
	operation: string,
): OutputSchema => {
	const path = resolveOutputSchemaPath({
		nodeDir: builtFolder(service),
		version,
		resource,
		operation,
	});
	return JSON.parse(readFileSync(path ?? '', 'utf8')) as OutputSchema;
};

/**
 * Asserts that items have no field that the schema lacks, each of a type that it has, and that the
 * schema has no field that none of the items has. Together the items have a value of each field.
 */
const expectSchema = (
	service: keyof typeof NODES,
	resource: string,
	operation: string,
	items: IDataObject[],
) => {
	const found = fieldsIn(...items);
	for (const version of versionsOf(service)) {
		const known = fieldsOf(schemaOf(service, version, resource, operation));
		expect(found.filter((field) => !known.includes(field))).toStrictEqual([]);
		expect(withoutNull(known)).toStrictEqual(withoutNull(found));
	}
};

const outputOf = (run: FinishedRun, node: string) => run.items(node).map(({ json }) => json);

const run = async (parameters: Parameters<typeof rsomPay.run>[0]) =>
	outputOf(await rsomPay.run(parameters), 'RsomPay');

/** An invoice with only what is required: RsomPay returns null for the rest. */
const SHORT_INVOICE = {
	...EXAMPLE_INVOICE,
	externalId: 'INV-SHORT',
	lineItems: { item: [{ description: 'Service fee', quantity: 1, unitPrice: 100 }] },
	additionalFields: {},
};

test('of Create', async () => {
	expectSchema('RsomPay', 'invoice', 'create', [
		...(await run(EXAMPLE_INVOICE)),
		...(await run(SHORT_INVOICE)),
	]);
});

test('of Get by Reference', async () => {
	await run(EXAMPLE_INVOICE);
	await run(SHORT_INVOICE);
	const get = async (reference: string) =>
		await run({ resource: 'invoice', operation: 'get', reference });

	expectSchema('RsomPay', 'invoice', 'get', [
		...(await get('INV-PARTNER-001')),
		...(await get('INV-SHORT')),
	]);
});

test('of Wait for Payment, whether a webhook reports the payment, the list has it, or none is', async () => {
	const { control } = rsomPay.simulator;
	const waitFor = async (id: string, settle: () => unknown, failedCounts = false) => {
		const execution = await rsomPay.wait({ failedCounts }, { ids: [id] });
		settle();
		return outputOf(await execution.ended(), 'After');
	};
	const reported = await waitFor('INV-1', () => control.payInvoice('INV-1'));
	const failed = await waitFor('INV-2', () => control.failInvoice('INV-2'), true);
	const canceled = await waitFor('INV-3', () => control.cancelInvoice('INV-3'));
	const listed = outputOf((await rsomPay.wait({}, { creates: false })).soFar(), 'After');

	expect([reported, failed, canceled, listed]).toMatchObject([
		[{ settled: true, payment: { uuid: expect.any(String) as unknown } }],
		[{ settled: true, payment: { status: 'failed', paid_at: null } }],
		[{ settled: true, payment: null }],
		[{ settled: true, payment: { reference: expect.any(String) as unknown } }],
	]);
	expectSchema('RsomPay', 'invoice', 'waitForPayment', [
		...reported,
		...failed,
		...canceled,
		...listed,
	]);
});

test('of Get Many Transactions', async () => {
	rsomPay.simulator.control.seedTransactions({ customerId: 'CUST-9', count: 10 });

	const transactions = await run({
		resource: 'transaction',
		operation: 'getAll',
		customerId: 'CUST-9',
		returnAll: true,
	});

	expect(transactions).toHaveLength(10);
	expectSchema('RsomPay', 'transaction', 'getAll', transactions);
});

describe('of payments', () => {
	const runMoyasar = async (parameters: Parameters<typeof moyasar.run>[0]) =>
		outputOf(await moyasar.run({ resource: 'payment', ...parameters }), 'Moyasar');

	/** A payment of each kind and status, and one with nothing that may be absent. */
	const pay = () => {
		moyasar.control.seedPayments({ count: 40 });
		moyasar.pay('described', 0, { description: 'Kindle Whitepaper' });
		moyasar.pay('bare', 0, {
			description: null,
			extra: { status: null, amount: null, currency: null, source: null, created_at: null },
		});
	};

	test('of Get Many', async () => {
		pay();

		expectSchema(
			'Moyasar',
			'payment',
			'getAll',
			await runMoyasar({ operation: 'getAll', returnAll: true, simplify: true }),
		);
	});

	test('of Get', async () => {
		pay();
		const get = async (paymentId: string) =>
			await runMoyasar({ operation: 'get', paymentId, simplify: true });

		expectSchema('Moyasar', 'payment', 'get', [
			...(await get('described')),
			...(await get('bare')),
		]);
	});

	test.each(['get', 'getAll'])('of %s are those of the default of Simplify', (operation) => {
		const { properties } = moyasar.n8n.nodeTypes.getByNameAndVersion(
			NODES.Moyasar.type,
		).description;

		expect(
			properties.find(
				({ name, displayOptions }) =>
					name === 'simplify' && displayOptions?.show?.operation?.includes(operation),
			)?.default,
		).toBe(true);
	});
});
