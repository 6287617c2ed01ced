import { isReturnUrlOf, returnUrlFor } from '../../../../../nodes/RsomPay/wait/returnUrl.ts';

const CALLBACK_URL = 'https://n8n.example.com/webhook-waiting/7/rsompay?signature=abc';

const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

test('keeps the token, and ends with the binding', () => {
	expect(returnUrlFor(CALLBACK_URL, 'INV-1')).toMatch(
		/^https:\/\/n8n\.example\.com\/webhook-waiting\/7\/rsompay\?signature=abc&returned=[0-9a-f]{32}$/,
	);
});

test.each(['INV-1', 'فاتورة 1', 'a'.repeat(255)])('recognizes the return URL of %s', (id) => {
	expect(isReturnUrlOf(queryOf(returnUrlFor(CALLBACK_URL, id)), id)).toBe(true);
});

test.each(['&', '?'])('recognizes it with the parameters of RsomPay after %s', (joint) => {
	const url = `${returnUrlFor(CALLBACK_URL, 'INV-1')}${joint}status=success`;

	expect(isReturnUrlOf(queryOf(url), 'INV-1')).toBe(true);
});

test.each<[string, Record<string, unknown>]>([
	['another invoice', queryOf(returnUrlFor(CALLBACK_URL, 'INV-2'))],
	['another execution', { ...queryOf(returnUrlFor(CALLBACK_URL, 'INV-1')), signature: 'abd' }],
	['a return URL of version 0.1.0', { signature: 'abc', returned: '1' }],
	['no binding', { signature: 'abc' }],
	['several bindings', { signature: 'abc', returned: ['a', 'b'] }],
	['nothing', {}],
])('does not recognize %s', (_what, query) => {
	expect(isReturnUrlOf(query, 'INV-1')).toBe(false);
});
