import fc from 'fast-check';
import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import {
	findWaitingInvoice,
	loadState,
	loadStateInWebhook,
	type SavedState,
	saveState,
	waitingInvoices,
} from '../../../../../nodes/RsomPay/wait/savedState.ts';

const ISSUED = {
	external_id: 'INV-PARTNER-001',
	reference_number: 'INV-42-001',
	status: 'issued',
	amount: 103.5,
	settled: false,
	payment: null,
};

const PAID = {
	...ISSUED,
	external_id: 'INV-2',
	reference_number: 'INV-42-002',
	status: 'paid',
	settled: true,
};

const FAILED = { error: 'RsomPay could not find the invoice "INV-3"', details: { http_code: 404 } };

const stateWith = (...outputs: IDataObject[]): SavedState => ({
	until: 1_800_000_000_000,
	failedCounts: false,
	shopName: 'My Shop',
	backUrl: 'https://partner.example.com',
	redirectUrls: {
		success: 'https://partner.example.com/success',
		pending: 'https://partner.example.com/pending',
		failure: 'https://partner.example.com/failure',
	},
	outputs,
});

/** The context of a node in an execution, and what n8n stores of it. */
function execution() {
	const stored: IDataObject = {};
	const context = {
		getContext: (type: string) => (type === 'node' ? stored : {}),
	} as unknown as IExecuteFunctions;
	return { stored, context };
}

/** The context of a webhook of a suspended node. Every expression evaluates to `value`. */
function webhookOf(nodeName: string, value: unknown = JSON.stringify(stateWith(ISSUED))) {
	const expressions: string[] = [];
	const context = {
		getNode: () => ({ name: nodeName }),
		evaluateExpression: (expression: string) => {
			expressions.push(expression);
			return value;
		},
	} as unknown as IWebhookFunctions;
	return { context, expressions };
}

describe('saveState and loadState', () => {
	test('restore the state, error items included', () => {
		const { context } = execution();
		saveState(context, stateWith(ISSUED, FAILED, PAID));

		expect(loadState(context)).toStrictEqual(stateWith(ISSUED, FAILED, PAID));
	});

	test('store text, because n8n would resolve expressions in an object', () => {
		const { context, stored } = execution();
		saveState(context, stateWith({ ...ISSUED, notes: '={{ $json.secret }}' }));

		expect(Object.keys(stored)).toStrictEqual(['waiting']);
		expect(typeof stored.waiting).toBe('string');
	});

	test('load what an earlier version saved, without what it did not know', () => {
		const { context, stored } = execution();
		const early = { until: 1_800_000_000_000, failedCounts: false, outputs: [ISSUED] };
		stored.waiting = JSON.stringify(early);

		expect(loadState(context)).toStrictEqual(early);
	});

	test('restore any data of RsomPay after n8n has stored it', () => {
		const anyValue = fc
			.jsonValue()
			.map((value) => JSON.parse(JSON.stringify(value)) as IDataObject);
		const outputs = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), anyValue));
		fc.assert(
			fc.property(outputs, fc.boolean(), fc.nat(), (items, failedCounts, until) => {
				const { context, stored } = execution();
				const state = { ...stateWith(...items), failedCounts, until };
				saveState(context, state);
				Object.assign(stored, JSON.parse(JSON.stringify(stored)));

				expect(loadState(context)).toEqual(state);
			}),
		);
	});

	test.each([
		[undefined],
		[null],
		[{}],
		[''],
		['{}'],
		['null'],
		['not JSON'],
		[JSON.stringify({ ...stateWith(), until: '2026' })],
		[JSON.stringify({ ...stateWith(), failedCounts: undefined })],
		[JSON.stringify({ ...stateWith(), outputs: ['INV-1'] })],
		[JSON.stringify({ ...stateWith(), redirectUrls: { success: 'https://a.example.com' } })],
	])('throw for other data: %j', (value) => {
		const { context, stored } = execution();
		stored.waiting = value;

		expect(() => loadState(context)).toThrow();
		expect(() => loadStateInWebhook(webhookOf('RsomPay', value ?? null).context)).toThrow();
	});
});

describe('loadStateInWebhook', () => {
	test('loads the state of the suspended node', () => {
		const { context, expressions } = webhookOf('Wait for Payment');

		expect(loadStateInWebhook(context)).toStrictEqual(stateWith(ISSUED));
		expect(expressions).toStrictEqual(['{{ $node["Wait for Payment"].context.waiting }}']);
	});

	test('escapes any name of a node', () => {
		const name = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc
				.array(fc.constantFrom('{', '}', '{{', '}}', '"', "'", '`', '\\', ']', '${', '$json', '\n'))
				.map((parts) => parts.join('')),
		);
		fc.assert(
			fc.property(name, (nodeName) => {
				const { context, expressions } = webhookOf(nodeName);
				loadStateInWebhook(context);
				const [, literal = ''] =
					/^\{\{ \$node\[(".*")\]\.context\.waiting \}\}$/s.exec(expressions[0] ?? '') ?? [];

				expect(literal).not.toMatch(/[{}]/);
				expect(JSON.parse(literal)).toBe(nodeName);
			}),
		);
	});
});

describe('waitingInvoices and findWaitingInvoice', () => {
	test('list the invoices without those of failed items', () => {
		expect(waitingInvoices(stateWith(FAILED, ISSUED, {}, PAID))).toStrictEqual([
			{ external_id: 'INV-PARTNER-001', reference_number: 'INV-42-001', status: 'issued' },
			{ external_id: 'INV-2', reference_number: 'INV-42-002', status: 'paid' },
		]);
		expect(waitingInvoices(stateWith())).toStrictEqual([]);
	});

	test.each<[unknown, string | undefined]>([
		[undefined, undefined],
		[null, undefined],
		[[], undefined],
		[42, '42'],
	])('list an invoice with any reference number: %j', (number, expected) => {
		const state = stateWith({ ...ISSUED, reference_number: number as IDataObject });

		expect(waitingInvoices(state)).toEqual([
			{ external_id: 'INV-PARTNER-001', reference_number: expected, status: 'issued' },
		]);
		expect(findWaitingInvoice(state, { external_id: 'INV-PARTNER-001' })).toBeDefined();
		expect(findWaitingInvoice(state, { reference_number: '42' }) !== undefined).toBe(number === 42);
	});

	test('find an invoice by either reference', () => {
		const state = stateWith(FAILED, PAID, ISSUED);
		const found = findWaitingInvoice(state, { external_id: 'INV-PARTNER-001' });

		expect(found).toStrictEqual(waitingInvoices(state)[1]);
		expect(findWaitingInvoice(state, { reference_number: 'INV-42-001' })).toStrictEqual(found);
		expect(findWaitingInvoice(state, { reference_number: 'INV-42-002' })?.external_id).toBe(
			'INV-2',
		);
	});

	test.each([
		[{ external_id: 'INV-42-001' }],
		[{ reference_number: 'INV-PARTNER-001' }],
		[{ external_id: 'inv-partner-001' }],
		[{ external_id: 'INV-PARTNER-00' }],
		[{ external_id: '' }],
		[undefined],
	])('find nothing by another reference: %j', (reference) => {
		expect(findWaitingInvoice(stateWith(ISSUED, PAID, FAILED), reference)).toBeUndefined();
	});

	test('find nothing by the reference number of an invoice without one', () => {
		const state = stateWith({ external_id: 'INV-1', status: 'issued' });

		expect(findWaitingInvoice(state, { reference_number: 'undefined' })).toBeUndefined();
	});
});
