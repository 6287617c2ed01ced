import fc from 'fast-check';

import {
	isFinal,
	isPending,
	isSettled,
	toOutcome,
} from '../../../../../nodes/RsomPay/api/invoiceStatus.ts';

test.each([
	['paid', true, true],
	['canceled', true, true],
	['failed', false, true],
	['issued', false, false],
	['pending', false, false],
	['refunded', false, false],
	['PAID', false, false],
	['', false, false],
])('isSettled(%j) is %j, or %j when failed counts', (status, expected, expectedWithFailed) => {
	expect(isSettled(status, false)).toBe(expected);
	expect(isSettled(status, true)).toBe(expectedWithFailed);
});

test.each([
	['paid', true],
	['canceled', true],
	['failed', false],
	['issued', false],
	['pending', false],
	['refunded', false],
	['PAID', false],
	['', false],
	[undefined, false],
])('isFinal(%j) is %j', (status, expected) => {
	expect(isFinal(status)).toBe(expected);
});

test.each([
	['paid', 'paid'],
	['failed', 'failed'],
	['canceled', 'canceled'],
	['issued', 'pending'],
	['pending', 'pending'],
	['refunded', 'pending'],
	['PAID', 'pending'],
	['paid ', 'pending'],
	['success', 'pending'],
	['', 'pending'],
	[undefined, 'pending'],
])('an invoice that is %j is %s to the customer', (status, outcome) => {
	expect(toOutcome(status)).toBe(outcome);
});

test('nothing is paid but what RsomPay calls paid', () => {
	const status = fc.oneof(fc.string(), fc.constantFrom('toString', '__proto__', 'Paid', 'unpaid'));
	fc.assert(
		fc.property(status, (value) => {
			fc.pre(value !== 'paid');
			expect(toOutcome(value)).not.toBe('paid');
		}),
	);
});

test.each([
	['issued', true, true],
	['pending', true, true],
	['paid', false, false],
	['failed', false, true],
	['canceled', false, false],
	['refunded', false, false],
	['', false, false],
])(
	'an invoice that is %j may change soon: %j, and with a payment announced: %j',
	(status, soon, announced) => {
		expect([isPending(status, false), isPending(status, true)]).toStrictEqual([soon, announced]);
	},
);
