import fc from 'fast-check';

import { mayChangeSoon, outcomeOf } from '../../../../../nodes/RsomPay/return/outcome.ts';

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
	expect(outcomeOf(status)).toBe(outcome);
});

test('nothing is paid but what RsomPay calls paid', () => {
	const status = fc.oneof(fc.string(), fc.constantFrom('toString', '__proto__', 'Paid', 'unpaid'));
	fc.assert(
		fc.property(status, (value) => {
			fc.pre(value !== 'paid');
			expect(outcomeOf(value)).not.toBe('paid');
		}),
	);
});

test.each([
	['issued', true],
	['pending', true],
	['paid', false],
	['failed', false],
	['canceled', false],
	['refunded', false],
	['', false],
])('an invoice that is %j may change soon: %j', (status, soon) => {
	expect(mayChangeSoon(status)).toBe(soon);
});
