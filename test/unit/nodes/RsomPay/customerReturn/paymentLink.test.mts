import { paymentLinkOf } from '../../../../../nodes/RsomPay/customerReturn/paymentLink.ts';

const linkOf = (payment_url: unknown) =>
	paymentLinkOf({ external_id: 'INV-1', status: 'failed', payment_url: payment_url as string });

test.each([
	['https://payment.rsompay.com/pay/invoice/abc', 'https://payment.rsompay.com/pay/invoice/abc'],
	['https://payment.rsompay.com/?a="<b>', 'https://payment.rsompay.com/?a=%22%3Cb%3E'],
	['http://127.0.0.1:4010/pay/invoice/abc', 'http://127.0.0.1:4010/pay/invoice/abc'],
	['http://localhost:4010/pay', 'http://localhost:4010/pay'],
	['http://[::1]:4010/pay', 'http://[::1]:4010/pay'],
])('takes %s', (url, expected) => {
	expect(linkOf(url)).toBe(expected);
});

test.each([
	undefined,
	null,
	'',
	5,
	{ href: 'https://payment.rsompay.com' },
	'/pay/invoice/abc',
	'//payment.rsompay.com',
	'http://payment.rsompay.com/pay',
	'http://127.0.0.1.example.com/pay',
	'http://localhost.example.com/pay',
	'javascript:alert(1)',
	'\tjavascript:alert(1)',
	'data:text/html,<script>alert(1)</script>',
	'ftp://payment.rsompay.com',
	'https://rsompay.com@evil.example.com/pay',
	'https://:secret@payment.rsompay.com/pay',
])('rejects %j', (url) => {
	expect(linkOf(url)).toBeUndefined();
});
