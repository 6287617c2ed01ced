import {
	RESPOND_WITH,
	DEFAULT_POLL_MS,
	readReturnSettings,
} from '../../../../../nodes/RsomPay/customerReturn/settings.ts';
import { inputErrorsOf } from '../../../support.mts';

const NO_ADDRESS = 'must be a whole address that begins with https://';

const REDIRECT = {
	customerAnswer: 'redirect',
	successUrl: 'https://partner.example.com/payment/success',
	pendingUrl: 'https://partner.example.com/payment/pending',
	failureUrl: 'http://localhost:3000/failure',
};

/** Reads a node's parameters; n8n gives an empty text for one that is not shown. */
const read = (parameters: Record<string, unknown>) =>
	readReturnSettings((name) => (name in parameters ? parameters[name] : ''));

test('the choices and the patience are those that saved workflows have', () => {
	expect(RESPOND_WITH).toStrictEqual({ page: 'page', redirect: 'redirect' });
	expect(DEFAULT_POLL_MS).toBe(5_000);
});

test('shows a page without a button, and confirms for 5 seconds, unless told otherwise', () => {
	expect(read({ customerAnswer: 'page' })).toStrictEqual({ pollForMs: 5_000, backUrl: undefined });
	expect(read({ customerAnswer: 'page', options: {}, backUrl: ' ' })).toEqual({
		pollForMs: 5_000,
	});
});

test('shows a page with a button', () => {
	expect(read({ customerAnswer: 'page', backUrl: ' https://partner.example.com ' })).toStrictEqual({
		pollForMs: 5_000,
		backUrl: 'https://partner.example.com',
	});
});

test('sends customers on', () => {
	expect(read(REDIRECT)).toStrictEqual({
		pollForMs: 5_000,
		redirectUrls: {
			success: REDIRECT.successUrl,
			pending: REDIRECT.pendingUrl,
			failure: REDIRECT.failureUrl,
		},
	});
});

test('takes no offence at what is not shown', () => {
	expect(inputErrorsOf(() => read({ ...REDIRECT, backUrl: 'nowhere' }))).toStrictEqual([]);
	expect(
		inputErrorsOf(() => read({ customerAnswer: 'page', successUrl: 'x', pendingUrl: 5 })),
	).toStrictEqual([]);
});

test.each([
	[0, 0],
	[30, 30_000],
	['7', 7_000],
	[undefined, 5_000],
])('confirms for %j seconds', (confirmSeconds, pollForMs) => {
	expect(read({ customerAnswer: 'page', options: { confirmSeconds } })).toMatchObject({
		pollForMs,
	});
	expect(read({ ...REDIRECT, options: { confirmSeconds } })).toMatchObject({ pollForMs });
});

test.each([[-1], [31], [2.5]])('does not confirm for %j seconds', (confirmSeconds) => {
	expect(
		inputErrorsOf(() => read({ customerAnswer: 'page', options: { confirmSeconds } })),
	).toEqual(["'Confirmation Timeout (Seconds)' must be a whole number from 0 to 30"]);
});

test.each([['soon'], [''], [null], [[5]]])('%j is no number of seconds', (confirmSeconds) => {
	const [problem, ...more] = inputErrorsOf(() =>
		read({ ...REDIRECT, options: { confirmSeconds } }),
	);

	expect(problem).toMatch(/^'Confirmation Timeout \(Seconds\)' (is empty|must be a number)/);
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
	])('is no %s', (url) => {
		expect(inputErrorsOf(() => read({ ...others, [name]: url }))).toStrictEqual([
			`'${label}' ${NO_ADDRESS}`,
		]);
	});

	test('is not longer than an address can be', () => {
		const url = (length: number) => 'https://partner.example.com/'.padEnd(length, 'x');

		expect(inputErrorsOf(() => read({ ...others, [name]: url(2048) }))).toStrictEqual([]);
		expect(inputErrorsOf(() => read({ ...others, [name]: url(2049) }))).toStrictEqual([
			`'${label}' is too long: 2049 characters, at most 2048 are allowed`,
		]);
	});

	test('is text', () => {
		expect(inputErrorsOf(() => read({ ...others, [name]: { url: 'https://a' } }))).toStrictEqual([
			`'${label}' must be text`,
		]);
	});
});

test.each([
	['successUrl', 'Success URL'],
	['pendingUrl', 'Pending URL'],
	['failureUrl', 'Failure URL'],
])('%s is needed to send customers on', (name, label) => {
	for (const empty of ['', ' ', null, undefined]) {
		expect(inputErrorsOf(() => read({ ...REDIRECT, [name]: empty }))).toStrictEqual([
			`'${label}' is empty`,
		]);
	}
});

test('tells all that is wrong at once', () => {
	const problems = inputErrorsOf(() =>
		read({
			customerAnswer: 'redirect',
			pendingUrl: 'javascript:alert(1)',
			failureUrl: '//partner.example.com',
			options: { confirmSeconds: 60 },
		}),
	);

	expect(problems).toStrictEqual([
		"'Success URL' is empty",
		`'Pending URL' ${NO_ADDRESS}`,
		`'Failure URL' ${NO_ADDRESS}`,
		"'Confirmation Timeout (Seconds)' must be a whole number from 0 to 30",
	]);
});

test.each(['', 'Page', 'json', undefined])('there is no other answer: %j', (customerAnswer) => {
	expect(inputErrorsOf(() => read({ customerAnswer }))).toStrictEqual([
		"'Respond to Customer With' must be page or redirect",
	]);
});
