import fc from 'fast-check';

import {
	announcesEnd,
	ANY_EVENT,
	CUSTOMER_RETURNED,
	EVENTS,
	invoiceStatusOf,
	matchesFilter,
	parseEvent,
	type RsomPayEvent,
	toStringList,
} from '../../../../../nodes/RsomPay/webhook/events.ts';
import { exampleEvent } from '../../../../../simulator/index.mts';

const EXAMPLE = exampleEvent();

const parse = (value: unknown) => parseEvent(Buffer.from(JSON.stringify(value)));

test('names the events as the guide does', () => {
	expect(EVENTS).toStrictEqual({
		statusChanged: 'invoice.status_changed',
		paymentCompleted: 'payment.completed',
		paymentFailed: 'payment.failed',
	});
	expect(ANY_EVENT).toBe('*');
	expect(CUSTOMER_RETURNED).toBe('customer.returned');
});

describe('parseEvent', () => {
	test("returns the guide's example unchanged", () => {
		expect(parse(EXAMPLE)).toStrictEqual(EXAMPLE);
	});

	test('accepts an event with only a name and an ID', () => {
		expect(parse({ event: 'a', event_id: 'b' })).toStrictEqual({ event: 'a', event_id: 'b' });
	});

	test('preserves unknown fields at any depth', () => {
		const event = {
			...EXAMPLE,
			event: 'invoice.refunded',
			new_field: [1, { a: null }],
			invoice: { ...EXAMPLE.invoice, new_field: { b: 'c' } },
			payment: { ...EXAMPLE.payment, new_field: false },
			customer: { ...EXAMPLE.customer, new_field: 1 },
		};

		expect(parse(event)).toStrictEqual(event);
	});

	test('parses JSON as PHP writes it', () => {
		const body = String.raw`{"event":"payment.failed","event_id":"1","customer":{"fullname":"\u0623\u062d\u0645\u062f"},"invoice":{"amount":100.00,"payment_url":"https:\/\/payment.rsompay.com"}}`;

		expect(parseEvent(Buffer.from(body))).toStrictEqual({
			event: 'payment.failed',
			event_id: '1',
			customer: { fullname: 'أحمد' },
			invoice: { amount: 100, payment_url: 'https://payment.rsompay.com' },
		});
	});

	test.each<[Record<string, unknown>]>([
		[{ invoice: undefined, payment: undefined, customer: undefined, totals: undefined }],
		[{ invoice: null, payment: null, customer: null, totals: null, previous_status: null }],
		[{ invoice: { ...EXAMPLE.invoice, amount: '103.50', reference_number: null } }],
		[{ payment: { ...EXAMPLE.payment, amount: '103.50', paid_at: null } }],
		[{ customer: [], totals: [] }],
		[{ occurred_at: null }],
		[{ invoice: { ...EXAMPLE.invoice, external_id: null } }],
	])('accepts an event with %j', (changes) => {
		expect(parse({ ...EXAMPLE, ...changes })).toMatchObject({ event_id: EXAMPLE.event_id });
	});

	test.each([
		[{ event: undefined }],
		[{ event: '' }],
		[{ event: 5 }],
		[{ event_id: undefined }],
		[{ event_id: '' }],
		[{ event_id: 5 }],
		[{ event_id: null }],
	])('returns undefined for an event with %j', (changes) => {
		expect(parse({ ...EXAMPLE, ...changes })).toBeUndefined();
	});

	test.each([
		['null'],
		['[]'],
		['5'],
		['"text"'],
		[''],
		['{'],
		['<xml/>'],
		['[{"event":"a","event_id":"b"}]'],
		['{}'],
	])('returns undefined for the body %s', (body) => {
		expect(parseEvent(Buffer.from(body))).toBeUndefined();
	});

	test('returns undefined for bytes that are not UTF-8', () => {
		const body = Buffer.from(JSON.stringify({ ...EXAMPLE, event_id: 'X' }));
		body[body.indexOf('X')] = 0xff;

		expect(parseEvent(body)).toBeUndefined();
	});

	test('returns an event or undefined for any bytes', () => {
		const bodies = fc.oneof(
			fc.uint8Array(),
			fc.json().map((text) => Buffer.from(text)),
			fc
				.record({ event: fc.string(), event_id: fc.string(), invoice: fc.jsonValue() })
				.map((value) => Buffer.from(JSON.stringify(value))),
		);
		fc.assert(
			fc.property(bodies, (body) => {
				const event = parseEvent(body);
				if (event) expect(event.event_id).not.toBe('');
			}),
		);
	});
});

describe('matchesFilter', () => {
	const event = (name: string, status?: string): RsomPayEvent => ({
		event: name,
		event_id: '1',
		invoice: { status },
	});
	const filter = (events: string[], newStatuses: string[] = []) => ({ events, newStatuses });

	test.each([
		['payment.completed', ['payment.completed'], true],
		['payment.failed', ['payment.completed'], false],
		['payment.failed', ['payment.completed', 'payment.failed'], true],
		['invoice.status_changed', ['payment.completed'], false],
		['invoice.refunded', ['payment.completed', 'payment.failed', 'invoice.status_changed'], false],
		['invoice.refunded', ['*'], true],
		['payment.completed', ['payment.failed', '*'], true],
		['payment.completed', [], false],
		['*', ['payment.completed'], false],
		['PAYMENT.COMPLETED', ['payment.completed'], false],
		// A customer's return is no webhook, and a webhook is no customer's return.
		['customer.returned', ['customer.returned'], false],
		['customer.returned', ['*', 'customer.returned'], false],
		['payment.completed', ['customer.returned'], false],
	])('of %s with the events %j is %j', (name, events, expected) => {
		expect(matchesFilter(event(name), filter(events))).toBe(expected);
	});

	test.each([
		['paid', ['paid'], true],
		['failed', ['paid'], false],
		['failed', ['paid', 'failed'], true],
		['failed', [], true],
		[undefined, ['paid'], false],
		[undefined, [], true],
	])('of a change to %j with the new statuses %j is %j', (status, newStatuses, expected) => {
		const changed = event('invoice.status_changed', status);

		expect(matchesFilter(changed, filter(['invoice.status_changed'], newStatuses))).toBe(expected);
		expect(matchesFilter(changed, filter(['*'], newStatuses))).toBe(expected);
	});

	test('applies the new statuses to status changes only', () => {
		expect(matchesFilter(event('payment.completed', 'failed'), filter(['*'], ['paid']))).toBe(true);
	});

	test('does not match a status change without a status', () => {
		const changed: RsomPayEvent = { event: 'invoice.status_changed', event_id: '1' };
		const invalid = [null, [], 'paid', { status: null }, { status: ['paid'] }];

		expect(matchesFilter(changed, filter(['*'], ['paid']))).toBe(false);
		for (const invoice of invalid) {
			const event = { ...changed, invoice } as RsomPayEvent;
			expect(matchesFilter(event, filter(['*'], ['paid']))).toBe(false);
		}
	});
});

describe('invoiceStatusOf', () => {
	test.each<[unknown, string]>([
		[EXAMPLE.invoice, 'paid'],
		[{ status: 'canceled' }, 'canceled'],
		[{ status: '' }, ''],
		[{}, ''],
		[{ status: null }, ''],
		[{ status: 1 }, ''],
		[{ status: ['paid'] }, ''],
		[undefined, ''],
		[null, ''],
		[[], ''],
		['paid', ''],
	])('with the invoice %j returns %j', (invoice, status) => {
		expect(invoiceStatusOf({ ...EXAMPLE, invoice } as RsomPayEvent)).toBe(status);
	});
});

test.each([
	['payment.completed', 'paid', true],
	['payment.completed', undefined, true],
	['payment.completed', 'issued', true],
	['invoice.status_changed', 'paid', true],
	['invoice.status_changed', 'canceled', true],
	['invoice.status_changed', 'failed', false],
	['invoice.status_changed', 'issued', false],
	['payment.failed', 'failed', false],
	['payment.failed', undefined, false],
	['invoice.refunded', undefined, false],
])('%s with the invoice status %j announces an end: %j', (event, status, expected) => {
	const changed = { ...EXAMPLE, event, invoice: status && { ...EXAMPLE.invoice, status } };

	expect(announcesEnd(changed as unknown as RsomPayEvent)).toBe(expected);
});

describe('toStringList', () => {
	test.each<[unknown, string[]]>([
		[
			['payment.completed', 'payment.failed'],
			['payment.completed', 'payment.failed'],
		],
		[[], []],
		// An expression may return one value, or none.
		['payment.completed', ['payment.completed']],
		['*', ['*']],
		[undefined, []],
		[null, []],
		[5, ['5']],
	])('converts %j to %j', (value, list) => {
		expect(toStringList(value)).toStrictEqual(list);
	});
});
