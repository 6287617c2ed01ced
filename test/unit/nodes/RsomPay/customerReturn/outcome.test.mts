import fc from 'fast-check';

import { isPending, toOutcome } from '../../../../../nodes/RsomPay/customerReturn/outcome.ts';

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
	['issued', true],
	['pending', true],
	['paid', false],
	['failed', false],
	['canceled', false],
	['refunded', false],
	['', false],
])('an invoice that is %j may change soon: %j', (status, soon) => {
	expect(isPending(status)).toBe(soon);
});
