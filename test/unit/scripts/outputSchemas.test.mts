import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';

import { RsomPay } from '../../../index.ts';
import { Moyasar } from '../../../nodes/Moyasar/Moyasar.node.ts';
import {
	NODES,
	type OutputSchema,
	readOutputSchemas,
	versionFolder,
} from '../../../scripts/outputSchemas.mts';
import { fieldsIn, fieldsOf, withoutNull } from '../../outputFields.mts';

// The compiler takes seconds on a busy machine.
jest.setTimeout(60_000);

const schemas = Object.fromEntries(
	NODES.map(({ name, types }) => [name, readOutputSchemas(types)]),
);

const schemaOf = (node: string, resource: string, operation: string): OutputSchema => {
	const schema = schemas[node]?.[resource]?.[operation];
	if (!schema) throw new Error(`${node} has no schema for ${operation} of ${resource}.`);
	return schema;
};

/** The values of a description's options, by the resources that show them. */
const operationsOf = ({ properties }: INodeTypeDescription) =>
	properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ displayOptions, options = [] }) =>
			((displayOptions?.show?.resource ?? []) as string[]).flatMap((resource) =>
				(options as INodePropertyOptions[]).map(({ value }) => `${resource}: ${value}`),
			),
		);

describe.each([new RsomPay(), new Moyasar()].map(({ description }) => ({ description })))(
	'$description.displayName',
	({ description }) => {
		const found = schemas[description.displayName] ?? {};

		test('has a schema for each operation, and no other', () => {
			const named = Object.entries(found).flatMap(([resource, operations]) =>
				Object.keys(operations).map((operation) => `${resource}: ${operation}`),
			);

			expect(named.toSorted()).toStrictEqual(operationsOf(description).toSorted());
			expect(named.length).toBeGreaterThan(1);
		});

		test('has only schemas that the editor accepts: objects with fields', () => {
			for (const { type, properties } of Object.values(found).flatMap(
				Object.values<OutputSchema>,
			)) {
				expect(type).toBe('object');
				expect(Object.keys(properties ?? {})).not.toStrictEqual([]);
			}
		});
	},
);

/** The examples of the API guide. */
const GUIDE = {
	invoice: {
		external_id: 'INV-PARTNER-001',
		reference_number: 'INV-42-001',
		status: 'issued',
		amount: 103.5,
		payment_url: 'https://payment.rsompay.com/pay/invoice/...',
		customer: {
			id: 'CUST-9',
			fullname: 'Ahmed Ali',
			email: 'customer@example.com',
			phone: '+966501234567',
		},
		totals: { subtotal: 100, discount_total: 10, tax_total: 13.5, grand_total: 103.5 },
		items: [
			{
				description: 'Service fee',
				item_type: 'service',
				quantity: 1,
				unit_price: 100,
				discount_amount: 10,
				tax_rate: 15,
				tax_amount: 13.5,
				total_amount: 103.5,
				reference_id: 'LINE-1',
			},
		],
	},
	payment: {
		uuid: '660e8400-e29b-41d4-a716-446655440001',
		payment_method: 'card',
		status: 'completed',
		amount: 103.5,
		paid_at: '2026-05-18 12:00:00',
	},
	transaction: {
		reference: 'TX-REF-1',
		status: 'completed',
		amount: 103.5,
		currency_code: 'SAR',
		payment_method: 'card',
		invoice_external_id: 'INV-PARTNER-001',
		captured_at: '2026-05-18 12:00:00',
		created_at: '2026-05-18 11:55:00',
	},
};

const SIMPLE_PAYMENT = {
	id: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
	status: 'paid',
	amount: 100,
	amount_decimal: '1.00',
	currency: 'SAR',
	source_type: 'creditcard',
	source_company: 'mada',
	source_number: '4201-32XX-XXXX-1111',
	description: 'Kindle Whitepaper',
	created_at: '2026-05-18T12:00:00.000Z',
};

test.each<[string, string, string, unknown]>([
	['RsomPay', 'invoice', 'create', GUIDE.invoice],
	['RsomPay', 'invoice', 'get', GUIDE.invoice],
	[
		'RsomPay',
		'invoice',
		'waitForPayment',
		{ ...GUIDE.invoice, settled: true, payment: { ...GUIDE.payment, ...GUIDE.transaction } },
	],
	['RsomPay', 'transaction', 'getAll', GUIDE.transaction],
	['Moyasar', 'payment', 'get', SIMPLE_PAYMENT],
	['Moyasar', 'payment', 'getAll', SIMPLE_PAYMENT],
])(
	'%s, %s: %s has the fields of the API guide, with their types',
	(...[node, resource, operation, example]) => {
		const fields = fieldsOf(schemaOf(node, resource, operation));

		expect(withoutNull(fields)).toStrictEqual(fieldsIn(example));
	},
);

test('lists the fields of an invoice in the order of the guide', () => {
	const { properties } = schemaOf('RsomPay', 'invoice', 'waitForPayment');

	expect(Object.keys(properties ?? {})).toStrictEqual([
		...Object.keys(GUIDE.invoice),
		'settled',
		'payment',
	]);
});

describe('readOutputSchemas', () => {
	const folder = mkdtempSync(join(tmpdir(), 'output-schemas-'));
	afterAll(() => rmSync(folder, { recursive: true }));

	/** The schema of an output that is declared so. */
	const read = (output: string, more = '') => {
		const path = join(folder, 'outputTypes.ts');
		writeFileSync(path, `export interface OutputTypes { thing: { get: ${output} } }\n${more}`);
		return readOutputSchemas(path).thing?.get;
	};

	test('makes a schema of each type of JSON', () => {
		const fields: Array<[string, OutputSchema]> = [
			['string', { type: 'string' }],
			["'paid' | 'failed'", { type: 'string' }],
			['5 | 7 | undefined', { type: 'number' }],
			['boolean', { type: 'boolean' }],
			['true', { type: 'boolean' }],
			['string | null', { type: 'string', nullable: true }],
			['number[]', { type: 'array', items: { type: 'number' } }],
			['Record<string, string>', { type: 'object', properties: {} }],
		];
		const declared = fields.map(([type], index) => `field${index}?: ${type};`);

		expect(read(`{ ${declared.join(' ')} }`)?.properties).toStrictEqual(
			Object.fromEntries(fields.map(([, schema], index) => [`field${index}`, schema])),
		);
	});

	// n8n's editor draws no fields of an object whose type is a list of types, or in an `anyOf`.
	test('an object that may be null is of type object', () => {
		expect(read('{ field: { id: string } | null }')?.properties).toStrictEqual({
			field: { type: 'object', properties: { id: { type: 'string' } }, nullable: true },
		});
	});

	test('keeps unknown fields out, and takes the fields of all parts of a type', () => {
		const more = 'interface Known { id: string; [name: string]: unknown }';

		expect(read('Known & { settled: boolean }', more)).toStrictEqual({
			type: 'object',
			properties: { id: { type: 'string' }, settled: { type: 'boolean' } },
		});
	});

	test.each(['unknown', 'Missing', 'string | number'])('fails for a field that is %s', (type) => {
		expect(() => read(`{ field: ${type} }`)).toThrow(/^The field get\.field is /);
	});

	test('fails without the interface', () => {
		const path = join(folder, 'empty.ts');
		writeFileSync(path, 'export {};');

		expect(() => readOutputSchemas(path)).toThrow('has no interface OutputTypes');
	});
});

test.each([
	[1, 'v1.0.0'],
	[2, 'v2.0.0'],
	[1.1, 'v1.1.0'],
])('version %d is in the folder %s', (version, folder) => {
	expect(versionFolder(version)).toBe(folder);
});
