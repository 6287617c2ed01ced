import fc from 'fast-check';
import type { IExecuteFunctions } from 'n8n-workflow';

import { readWaitSettings, WAIT_MODE } from '../../../../../nodes/RsomPay/wait/settings.ts';
import { inputErrorsOf } from '../../../support.mts';

const DAY_MS = 86_400_000;

const DEFAULTS = {
	waitMode: 'callback',
	waitAmount: 1,
	waitUnit: 'days',
	pollAfter: 5,
	failedCounts: false,
	backUrl: '',
};

/** Reads the settings of a node with these parameters, which only its first item has. */
const read = (changes: Record<string, unknown> = {}, type = 'n8n-nodes-rsompay.rsomPay') => {
	const parameters: Record<string, unknown> = { ...DEFAULTS, ...changes };
	return readWaitSettings({
		getNode: () => ({ type }),
		getNodeParameter: (name: string, itemIndex: number, fallback: unknown) =>
			itemIndex === 0 && name in parameters ? parameters[name] : fallback,
	} as unknown as IExecuteFunctions);
};

const POLLING = { waitMode: 'asking', waitUnit: 'minutes' };

const RANGE = {
	callback: "'Limit Wait Time' must be from 1 minute to 365 days",
	asking: "'Limit Wait Time' must be from 1 second to 10 minutes",
};

test("has the values of 'Resume' that saved workflows contain", () => {
	expect(WAIT_MODE).toStrictEqual({ callback: 'callback', polling: 'asking' });
});

test('waits for a webhook for a day by default', () => {
	expect(read()).toStrictEqual({
		isSuspended: true,
		limitMs: DAY_MS,
		firstPollMs: 300_000,
		failedCounts: false,
		reply: { shopName: undefined, backUrl: undefined },
	});
});

test('shows customers the page where the choice is missing', () => {
	expect(read({ backUrl: 'https://partner.example.com' }).reply).toStrictEqual({
		shopName: undefined,
		backUrl: 'https://partner.example.com',
	});
});

const REDIRECT = {
	customerAnswer: 'redirect',
	successUrl: 'https://partner.example.com/success',
	pendingUrl: 'https://partner.example.com/pending',
	failureUrl: 'https://partner.example.com/failure',
};

test('redirects customers', () => {
	expect(read(REDIRECT).reply).toStrictEqual({
		redirectUrls: {
			success: REDIRECT.successUrl,
			pending: REDIRECT.pendingUrl,
			failure: REDIRECT.failureUrl,
		},
	});
});

test('names all problems of the redirect', () => {
	expect(
		inputErrorsOf(() => read({ ...REDIRECT, waitAmount: 0, pendingUrl: '', failureUrl: 'x' })),
	).toStrictEqual([
		"'Pending URL' is empty",
		"'Failure URL' must be a whole address that begins with https://",
	]);
	expect(inputErrorsOf(() => read({ customerAnswer: 'json' }))).toStrictEqual([
		"'Respond to Customer With' must be page or redirect",
	]);
});

test.each([
	[0, undefined],
	['1', 60_000],
	[60, 3_600_000],
])('polls first after %j minutes, 0 for never', (pollAfter, firstPollMs) => {
	expect(read({ pollAfter }).firstPollMs).toBe(firstPollMs);
});

test.each([-1, 0.5, 61, 'often', null])('rejects a first poll after %j minutes', (pollAfter) => {
	expect(inputErrorsOf(() => read({ pollAfter }))).toHaveLength(1);
});

test('reads all parameters', () => {
	expect(
		read({
			...POLLING,
			waitAmount: '2',
			failedCounts: true,
			customerAnswer: 'page',
			shopName: 'My Shop',
			backUrl: 'https://partner.example.com',
		}),
	).toStrictEqual({
		isSuspended: false,
		limitMs: 120_000,
		firstPollMs: 300_000,
		failedCounts: true,
		reply: { shopName: 'My Shop', backUrl: 'https://partner.example.com' },
	});
});

test.each([
	['callback', 1, 'minutes', 60_000],
	['callback', 60, 'seconds', 60_000],
	['callback', 1.5, 'hours', 5_400_000],
	['callback', 365, 'days', 365 * DAY_MS],
	['asking', 1, 'seconds', 1_000],
	['asking', 0.5, 'minutes', 30_000],
	['asking', 10, 'minutes', 600_000],
])('%s: accepts a limit of %d %s', (waitMode, waitAmount, waitUnit, limitMs) => {
	expect(read({ waitMode, waitAmount, waitUnit }).limitMs).toBe(limitMs);
});

test.each([
	['callback', 0, 'days'],
	['callback', -1, 'days'],
	['callback', 59, 'seconds'],
	['callback', 365.001, 'days'],
	['callback', 1e300, 'days'],
	['asking', 0, 'minutes'],
	['asking', -5, 'minutes'],
	['asking', 0.9, 'seconds'],
	['asking', 10.01, 'minutes'],
	['asking', 601, 'seconds'],
	['asking', 1, 'days'],
] as const)('%s: rejects a limit of %d %s', (waitMode, waitAmount, waitUnit) => {
	expect(inputErrorsOf(() => read({ waitMode, waitAmount, waitUnit }))).toStrictEqual([
		RANGE[waitMode],
	]);
});

test('accepts only limits in range, for any number', () => {
	const min = { callback: 60_000, asking: 1_000 };
	const max = { callback: 365 * DAY_MS, asking: 600_000 };
	const mode = fc.constantFrom(...(['callback', 'asking'] as const));
	const unit = fc.constantFrom('seconds', 'minutes', 'hours', 'days');
	const number = fc.oneof(fc.double(), fc.integer({ min: -10, max: 1_000 }), fc.constant('12'));
	fc.assert(
		fc.property(mode, number, unit, (waitMode, waitAmount, waitUnit) => {
			const parameters = { waitMode, waitAmount, waitUnit };
			const messages = inputErrorsOf(() => read(parameters));
			if (messages.length > 0) {
				expect(messages[0]).toMatch(/^'Limit Wait Time' must be/);
				return;
			}
			const { limitMs } = read(parameters);
			expect(limitMs).toBeGreaterThanOrEqual(min[waitMode]);
			expect(limitMs).toBeLessThanOrEqual(max[waitMode]);
		}),
	);
});

test.each([
	[{ waitAmount: '' }, "'Limit Wait Time' is empty"],
	[{ waitAmount: null }, "'Limit Wait Time' is empty"],
	[{ waitAmount: 'long' }, '\'Limit Wait Time\' must be a number such as 100.10, not "long"'],
	[{ failedCounts: 'yes' }, "'Resume on Failed Payment' must be on or off"],
	[
		{ backUrl: 'javascript:alert(1)' },
		"'Button Link' must be a whole address that begins with https://",
	],
	[
		{ shopName: 'x'.repeat(101) },
		"'Shop Name' is too long: 101 characters, at most 100 are allowed",
	],
	[
		{ backUrl: '//partner.example.com' },
		"'Button Link' must be a whole address that begins with https://",
	],
])('names the field of %j by its label', (changes, sentence) => {
	expect(inputErrorsOf(() => read(changes))).toStrictEqual([sentence]);
});

test.each(['sleeping', '', 5, undefined, 'toString'])('rejects the mode %j', (waitMode) => {
	expect(inputErrorsOf(() => read({ waitMode }))).toStrictEqual([
		"'Resume' must be one of callback, asking",
	]);
});

test.each(['weeks', '', 'Days', null])('rejects the unit %j', (waitUnit) => {
	expect(inputErrorsOf(() => read({ waitUnit }))).toStrictEqual([
		"'Unit' must be one of seconds, minutes, hours, days",
	]);
});

test('reports all problems in one error', () => {
	const messages = inputErrorsOf(() =>
		read({ waitAmount: 'long', waitUnit: 'weeks', failedCounts: 1, backUrl: 'nowhere' }),
	);

	expect(messages.map((message) => /^'([^']+)'/.exec(message)?.[1])).toStrictEqual([
		'Limit Wait Time',
		'Unit',
		'Resume on Failed Payment',
		'Button Link',
	]);
});

test('reports a limit out of range together with the other problems', () => {
	expect(inputErrorsOf(() => read({ waitAmount: 0, backUrl: 'nowhere' })).toSorted()).toStrictEqual(
		["'Button Link' must be a whole address that begins with https://", RANGE.callback],
	);
});

test('a tool polls, whatever was chosen', () => {
	const { isSuspended } = read(
		{ waitMode: 'callback', waitUnit: 'minutes' },
		'n8n-nodes-rsompay.rsomPayTool',
	);

	expect(isSuspended).toBe(false);
});
