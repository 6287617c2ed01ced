import {
	DEFAULT_POLL_MS,
	readReturnSettings,
	RESPOND_WITH,
} from '../../../../../nodes/RsomPay/customerReturn/settings.ts';
import { inputErrorsOf } from '../../../support.mts';

const NOT_A_URL = 'must be a whole address that begins with https://';

const REDIRECT = {
	customerAnswer: 'redirect',
	successUrl: 'https://partner.example.com/payment/success',
	pendingUrl: 'https://partner.example.com/payment/pending',
	failureUrl: 'http://localhost:3000/failure',
};

/** Reads the settings of a node with these parameters. n8n returns '' for a hidden one. */
const read = (parameters: Record<string, unknown>) =>
	readReturnSettings((name) => (name in parameters ? parameters[name] : ''));

test('has the values and the default that saved workflows rely on', () => {
	expect(RESPOND_WITH).toStrictEqual({ page: 'page', redirect: 'redirect' });
	expect(DEFAULT_POLL_MS).toBe(5_000);
});

test('shows a page without a button, and polls for 5 seconds, by default', () => {
	const nothing = { shopName: undefined, backUrl: undefined };

	expect(read({ customerAnswer: 'page' })).toStrictEqual({ pollForMs: 5_000, reply: nothing });
	expect(read({ customerAnswer: 'page', options: {}, backUrl: ' ', shopName: ' ' })).toStrictEqual({
		pollForMs: 5_000,
		reply: nothing,
	});
});

test("shows a page with the shop's name and a button", () => {
	const texts = { shopName: ' My Shop ', backUrl: ' https://partner.example.com ' };

	expect(read({ customerAnswer: 'page', ...texts })).toStrictEqual({
		pollForMs: 5_000,
		reply: { shopName: 'My Shop', backUrl: 'https://partner.example.com' },
	});
});

test("accepts at most 100 characters as the shop's name", () => {
	const errorsFor = (length: number) =>
		inputErrorsOf(() => read({ customerAnswer: 'page', shopName: 'x'.repeat(length) }));

	expect(errorsFor(100)).toStrictEqual([]);
	expect(errorsFor(101)).toStrictEqual([
		"'Shop Name' is too long: 101 characters, at most 100 are allowed",
	]);
});

test('redirects customers', () => {
	expect(read(REDIRECT)).toStrictEqual({
		pollForMs: 5_000,
		reply: {
			redirectUrls: {
				success: REDIRECT.successUrl,
				pending: REDIRECT.pendingUrl,
				failure: REDIRECT.failureUrl,
			},
		},
	});
});

test('ignores hidden parameters', () => {
	expect(
		inputErrorsOf(() => read({ ...REDIRECT, backUrl: 'nowhere', shopName: {} })),
	).toStrictEqual([]);
	expect(
		inputErrorsOf(() => read({ customerAnswer: 'page', successUrl: 'x', pendingUrl: 5 })),
	).toStrictEqual([]);
});

test.each([
	[0, 0],
	[30, 30_000],
	['7', 7_000],
	[undefined, 5_000],
])('polls for %j seconds', (confirmSeconds, pollForMs) => {
	expect(read({ customerAnswer: 'page', options: { confirmSeconds } })).toMatchObject({
		pollForMs,
	});
	expect(read({ ...REDIRECT, options: { confirmSeconds } })).toMatchObject({ pollForMs });
});

test.each([[-1], [31], [2.5]])('rejects a timeout of %j seconds', (confirmSeconds) => {
	expect(
		inputErrorsOf(() => read({ customerAnswer: 'page', options: { confirmSeconds } })),
	).toEqual(["'Confirmation Timeout (Seconds)' must be a whole number from 0 to 30"]);
});

test.each([['soon'], [''], [null], [[5]]])('rejects the timeout %j', (confirmSeconds) => {
	const [message, ...more] = inputErrorsOf(() =>
		read({ ...REDIRECT, options: { confirmSeconds } }),
	);

	expect(message).toMatch(/^'Confirmation Timeout \(Seconds\)' (is empty|must be a number)/);
	expect(more).toStrictEqual([]);
});

describe.each([
	['backUrl', 'Button Link', { customerAnswer: 'page' }],
	['successUrl', 'Success URL', REDIRECT],
	['pendingUrl', 'Pending URL', REDIRECT],
	['failureUrl', 'Failure URL', REDIRECT],
])('%s', (name, label, others) => {
	test.each([
		'javascript:alert(1)',
		'JAVASCRIPT:alert(1)',
		'data:text/html,<script>alert(1)</script>',
		'//partner.example.com',
		'/payment/success',
		'payment/success',
		'partner.example.com',
		'ftp://partner.example.com',
		'https://',
		'https:partner.example.com',
		'={{ $json.url }}',
	])('rejects %s', (url) => {
		expect(inputErrorsOf(() => read({ ...others, [name]: url }))).toStrictEqual([
			`'${label}' ${NOT_A_URL}`,
		]);
	});

	test('accepts at most 2,048 characters', () => {
		const url = (length: number) => 'https://partner.example.com/'.padEnd(length, 'x');

		expect(inputErrorsOf(() => read({ ...others, [name]: url(2048) }))).toStrictEqual([]);
		expect(inputErrorsOf(() => read({ ...others, [name]: url(2049) }))).toStrictEqual([
			`'${label}' is too long: 2049 characters, at most 2048 are allowed`,
		]);
	});

	test('rejects a value that is no text', () => {
		expect(inputErrorsOf(() => read({ ...others, [name]: { url: 'https://a' } }))).toStrictEqual([
			`'${label}' must be text`,
		]);
	});
});

test.each([
	['successUrl', 'Success URL'],
	['pendingUrl', 'Pending URL'],
	['failureUrl', 'Failure URL'],
])('%s is required to redirect customers', (name, label) => {
	for (const empty of ['', ' ', null, undefined]) {
		expect(inputErrorsOf(() => read({ ...REDIRECT, [name]: empty }))).toStrictEqual([
			`'${label}' is empty`,
		]);
	}
});

test('reports all problems in one error', () => {
	const messages = inputErrorsOf(() =>
		read({
			customerAnswer: 'redirect',
			pendingUrl: 'javascript:alert(1)',
			failureUrl: '//partner.example.com',
			options: { confirmSeconds: 60 },
		}),
	);

	expect(messages).toStrictEqual([
		"'Success URL' is empty",
		`'Pending URL' ${NOT_A_URL}`,
		`'Failure URL' ${NOT_A_URL}`,
		"'Confirmation Timeout (Seconds)' must be a whole number from 0 to 30",
	]);
});

test.each(['', 'Page', 'json', undefined])('rejects another response: %j', (customerAnswer) => {
	expect(inputErrorsOf(() => read({ customerAnswer }))).toStrictEqual([
		"'Respond to Customer With' must be page or redirect",
	]);
});
