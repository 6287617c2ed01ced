import fc from 'fast-check';

import {
	ANY_EVENT,
	CUSTOMER_RETURNED,
	EVENTS,
	matchesFilter,
	toStringList,
	parseEvent,
	type RsomPayEvent,
	invoiceStatusOf,
} from '../../../../../nodes/RsomPay/webhook/events.ts';
import { exampleEvent } from '../../../../../simulator/index.mts';

const EXAMPLE = exampleEvent();

const parse = (value: unknown) => parseEvent(Buffer.from(JSON.stringify(value)));

test('the names of the events are those of the guide', () => {
	expect(EVENTS).toStrictEqual({
		statusChanged: 'invoice.status_changed',
		paymentCompleted: 'payment.completed',
		paymentFailed: 'payment.failed',
	});
	expect(ANY_EVENT).toBe('*');
	expect(CUSTOMER_RETURNED).toBe('customer.returned');
});

describe('parseEvent', () => {
	test("reads the guide's example as it is", () => {
		expect(parse(EXAMPLE)).toStrictEqual(EXAMPLE);
	});

	test('needs no more than a name and an ID', () => {
		expect(parse({ event: 'a', event_id: 'b' })).toStrictEqual({ event: 'a', event_id: 'b' });
	});

	test('keeps what it does not know, at any depth', () => {
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

	test('reads what PHP writes', () => {
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
	])('%j is an event all the same', (changes) => {
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
	])('%j is none', (changes) => {
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
	])('%s is none', (body) => {
		expect(parseEvent(Buffer.from(body))).toBeUndefined();
	});

	test('bytes that are not UTF-8 are none', () => {
		const body = Buffer.from(JSON.stringify({ ...EXAMPLE, event_id: 'X' }));
		body[body.indexOf('X')] = 0xff;

		expect(parseEvent(body)).toBeUndefined();
	});

	test('any bytes are an event or none', () => {
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

describe('isSubscribed', () => {
	const event = (name: string, status?: string): RsomPayEvent => ({
		event: name,
		event_id: '1',
		invoice: { status },
	});
	const subscription = (events: string[], newStatuses: string[] = []) => ({ events, newStatuses });

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
		// A customer who returns is no webhook, and the other way round.
		['customer.returned', ['customer.returned'], false],
		['customer.returned', ['*', 'customer.returned'], false],
		['payment.completed', ['customer.returned'], false],
	])('to %s, with %j, is %j', (name, events, expected) => {
		expect(matchesFilter(event(name), subscription(events))).toBe(expected);
	});

	test.each([
		['paid', ['paid'], true],
		['failed', ['paid'], false],
		['failed', ['paid', 'failed'], true],
		['failed', [], true],
		[undefined, ['paid'], false],
		[undefined, [], true],
	])('to a change to %j, with new statuses %j, is %j', (status, newStatuses, expected) => {
		const changed = event('invoice.status_changed', status);

		expect(matchesFilter(changed, subscription(['invoice.status_changed'], newStatuses))).toBe(
			expected,
		);
		expect(matchesFilter(changed, subscription(['*'], newStatuses))).toBe(expected);
	});

	test('the new statuses do not concern other events', () => {
		expect(matchesFilter(event('payment.completed', 'failed'), subscription(['*'], ['paid']))).toBe(
			true,
		);
	});

	test('an event without an invoice has no new status', () => {
		const changed: RsomPayEvent = { event: 'invoice.status_changed', event_id: '1' };
		const odd = [null, [], 'paid', { status: null }, { status: ['paid'] }];

		expect(matchesFilter(changed, subscription(['*'], ['paid']))).toBe(false);
		for (const invoice of odd) {
			const event = { ...changed, invoice } as RsomPayEvent;
			expect(matchesFilter(event, subscription(['*'], ['paid']))).toBe(false);
		}
	});
});

describe('statusIn', () => {
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
	])('of an event about the invoice %j is %j', (invoice, status) => {
		expect(invoiceStatusOf({ ...EXAMPLE, invoice } as RsomPayEvent)).toBe(status);
	});
});

describe('namesIn', () => {
	test.each<[unknown, string[]]>([
		[
			['payment.completed', 'payment.failed'],
			['payment.completed', 'payment.failed'],
		],
		[[], []],
		// An expression may give one, or none.
		['payment.completed', ['payment.completed']],
		['*', ['*']],
		[undefined, []],
		[null, []],
		[5, ['5']],
	])('%j are %j', (value, names) => {
		expect(toStringList(value)).toStrictEqual(names);
	});
});
