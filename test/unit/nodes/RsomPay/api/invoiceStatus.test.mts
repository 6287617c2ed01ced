import { isFinal, isSettled } from '../../../../../nodes/RsomPay/api/invoiceStatus.ts';

test.each([
	['paid', true, true],
	['canceled', true, true],
	['failed', false, true],
	['issued', false, false],
	['pending', false, false],
	['refunded', false, false],
	['PAID', false, false],
	['', false, false],
])('%j has settled: %j, or where failed counts: %j', (status, settled, withFailed) => {
	expect(isSettled(status, false)).toBe(settled);
	expect(isSettled(status, true)).toBe(withFailed);
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
])('%j stays as it is: %j', (status, final) => {
	expect(isFinal(status)).toBe(final);
});
