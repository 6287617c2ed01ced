import fc from 'fast-check';
import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import {
	findWaitingInvoice,
	waitingInvoices,
	saveState,
	loadState,
	loadStateInWebhook,
	type SavedState,
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

const waitingFor = (...outputs: IDataObject[]): SavedState => ({
	until: 1_800_000_000_000,
	failedCounts: false,
	backUrl: 'https://partner.example.com',
	outputs,
});

/** An execution, of which n8n stores the context of its node. */
function execution() {
	const stored: IDataObject = {};
	const context = {
		getContext: (type: string) => (type === 'node' ? stored : {}),
	} as unknown as IExecuteFunctions;
	return { stored, context };
}

/** A webhook of a suspended node. Gives what it is stored under, by the expression that it uses. */
function webhookOf(nodeName: string, value: unknown = JSON.stringify(waitingFor(ISSUED))) {
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

describe('what a suspended node keeps', () => {
	test('is given back afterwards, errors included', () => {
		const { context } = execution();
		saveState(context, waitingFor(ISSUED, FAILED, PAID));

		expect(loadState(context)).toStrictEqual(waitingFor(ISSUED, FAILED, PAID));
	});

	test('is text, as n8n would otherwise look for expressions in it', () => {
		const { context, stored } = execution();
		saveState(context, waitingFor({ ...ISSUED, notes: '={{ $json.secret }}' }));

		expect(Object.keys(stored)).toStrictEqual(['waiting']);
		expect(typeof stored.waiting).toBe('string');
	});

	test('need not have a button', () => {
		const { context } = execution();
		saveState(context, { ...waitingFor(), backUrl: undefined });

		expect(loadState(context)).toEqual({ ...waitingFor(), backUrl: undefined });
	});

	test('survives being stored, whatever RsomPay told', () => {
		const known = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as IDataObject);
		const outputs = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), known));
		fc.assert(
			fc.property(outputs, fc.boolean(), fc.nat(), (items, failedCounts, until) => {
				const { context, stored } = execution();
				const waiting = { ...waitingFor(...items), failedCounts, until };
				saveState(context, waiting);
				Object.assign(stored, JSON.parse(JSON.stringify(stored)));

				expect(loadState(context)).toEqual(waiting);
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
		[JSON.stringify({ ...waitingFor(), until: '2026' })],
		[JSON.stringify({ ...waitingFor(), failedCounts: undefined })],
		[JSON.stringify({ ...waitingFor(), outputs: ['INV-1'] })],
	])('is not taken for what it is not: %j', (value) => {
		const { context, stored } = execution();
		stored.waiting = value;

		expect(() => loadState(context)).toThrow();
		expect(() => loadStateInWebhook(webhookOf('RsomPay', value ?? null).context)).toThrow();
	});
});

describe('the webhook of a suspended node', () => {
	test('reads what the node keeps', () => {
		const { context, expressions } = webhookOf('Wait for Payment');

		expect(loadStateInWebhook(context)).toStrictEqual(waitingFor(ISSUED));
		expect(expressions).toStrictEqual(['{{ $node["Wait for Payment"].context.waiting }}']);
	});

	test('reads it whatever the node is called', () => {
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

describe('the invoices that are held', () => {
	test('are those of the items that did not fail, by both of their names', () => {
		expect(waitingInvoices(waitingFor(FAILED, ISSUED, {}, PAID))).toStrictEqual([
			{ external_id: 'INV-PARTNER-001', reference_number: 'INV-42-001', status: 'issued' },
			{ external_id: 'INV-2', reference_number: 'INV-42-002', status: 'paid' },
		]);
		expect(waitingInvoices(waitingFor())).toStrictEqual([]);
	});

	test.each<[unknown, string | undefined]>([
		[undefined, undefined],
		[null, undefined],
		[[], undefined],
		[42, '42'],
	])('are held whatever their reference number: %j', (number, found) => {
		const waiting = waitingFor({ ...ISSUED, reference_number: number as IDataObject });

		expect(waitingInvoices(waiting)).toEqual([
			{ external_id: 'INV-PARTNER-001', reference_number: found, status: 'issued' },
		]);
		expect(findWaitingInvoice(waiting, { external_id: 'INV-PARTNER-001' })).toBeDefined();
		expect(findWaitingInvoice(waiting, { reference_number: '42' }) !== undefined).toBe(
			number === 42,
		);
	});

	test('are found by either name', () => {
		const waiting = waitingFor(FAILED, PAID, ISSUED);
		const [held, other] = [
			findWaitingInvoice(waiting, { external_id: 'INV-PARTNER-001' }),
			waitingInvoices(waiting),
		];

		expect(held).toStrictEqual(other[1]);
		expect(findWaitingInvoice(waiting, { reference_number: 'INV-42-001' })).toStrictEqual(held);
		expect(findWaitingInvoice(waiting, { reference_number: 'INV-42-002' })?.external_id).toBe(
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
	])('are not found by anything else: %j', (reference) => {
		expect(findWaitingInvoice(waitingFor(ISSUED, PAID, FAILED), reference)).toBeUndefined();
	});

	test('are not found by the lack of a reference number', () => {
		const waiting = waitingFor({ external_id: 'INV-1', status: 'issued' });

		expect(findWaitingInvoice(waiting, { reference_number: 'undefined' })).toBeUndefined();
	});
});
