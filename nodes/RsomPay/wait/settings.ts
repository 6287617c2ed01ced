import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { FOR_TOOLS } from '../../shared/displayConditions';
import { labelsOf } from '../../shared/fieldLabels';
import { amount, booleanField, numberBetween, oneOf, validate } from '../../shared/fieldSchemas';
import {
	RESPOND_WITH,
	returnFieldsFor,
	returnParameters,
	returnSchema,
	toReplySettings,
} from '../customerReturn/settings';
import { isTool } from './engineFeatures';

/** The value of the operation Wait for Payment. */
export const WAIT_OPERATION = 'waitForPayment';

/**
 * The end of the path of a callback URL. n8n has one token for an execution and selects the webhook by
 * method and path: with a path of its own, RsomPay and customers reach these waits only, and never a
 * Wait node of n8n.
 */
export const CALLBACK_PATH = 'rsompay';

/** The values of 'Resume'. */
export const WAIT_MODE = { callback: 'callback', polling: 'asking' } as const;

const BY_POLLING = 'By Polling';

/** The condition of fields that only one way to resume has. A tool may have been saved with either. */
const FOR_CALLBACK = { show: { waitMode: [WAIT_MODE.callback] }, hide: FOR_TOOLS };
const FOR_POLLING = { show: { waitMode: [WAIT_MODE.polling] }, hide: FOR_TOOLS };

/** The fields of Wait for Payment, besides those that look up the invoice. */
export const waitFields: INodeProperties[] = [
	{
		displayName: 'Resume',
		name: 'waitMode',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: BY_POLLING,
				value: WAIT_MODE.polling,
				description:
					'Asks RsomPay again and again, for minutes at most. For an n8n that RsomPay cannot reach.',
			},
			{
				name: 'On RsomPay Webhook',
				value: WAIT_MODE.callback,
				description:
					'Suspends the execution, for days if need be. It survives a restart of n8n and uses no memory while it waits.',
			},
		],
		default: 'callback',
		displayOptions: { hide: FOR_TOOLS },
	},
	{
		displayName:
			"RsomPay calls this execution back when the invoice was created in the same workflow, with 'After Payment' set to 'Continue This Workflow'.",
		name: 'callbackNotice',
		type: 'notice',
		default: '',
		displayOptions: FOR_CALLBACK,
	},
	{
		displayName: 'Limit Wait Time',
		name: 'waitAmount',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 1,
		description: "An invoice that has not settled by then comes out as it is, with 'settled' false",
	},
	{
		displayName: 'Unit',
		name: 'waitUnit',
		type: 'options',
		options: [
			{ name: 'Days', value: 'days' },
			{ name: 'Hours', value: 'hours' },
			{ name: 'Minutes', value: 'minutes' },
		],
		default: 'days',
		displayOptions: FOR_CALLBACK,
	},
	// A tool has no 'Resume': it can only poll.
	...[FOR_POLLING, { show: FOR_TOOLS }].map((displayOptions): INodeProperties => ({
		displayName: 'Unit',
		name: 'waitUnit',
		type: 'options',
		options: [
			{ name: 'Minutes', value: 'minutes' },
			{ name: 'Seconds', value: 'seconds' },
		],
		default: 'minutes',
		displayOptions,
	})),
	{
		displayName: 'First Poll After (Minutes)',
		name: 'pollAfter',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 60, numberPrecision: 0 },
		default: 5,
		description:
			'In case a webhook is lost: reads the invoice from RsomPay after this time, then at growing intervals up to an hour. 0 turns it off.',
		displayOptions: FOR_CALLBACK,
	},
	{
		displayName: 'Resume on Failed Payment',
		name: 'failedCounts',
		type: 'boolean',
		default: false,
		description:
			'Whether to resume after a failed payment, too. Otherwise the customer may try again.',
	},
	...returnFieldsFor({
		address: 'this execution',
		page: 'English or Arabic. Only while this execution waits: later, n8n shows an error.',
		displayOptions: FOR_CALLBACK,
		allowsExpressions: true,
	}),
];

const LABELS = labelsOf(waitFields);

/** The start of an error message: this node must poll. The reason follows it. */
export const MUST_POLL = `'${LABELS.waitMode}' must be '${BY_POLLING}'`;

/** An error message where n8n cannot suspend an execution as this node needs it. */
export const TOO_OLD = `${MUST_POLL} in an n8n older than 2.4`;

/** The end of an error message: what else the user can do. */
export const OR_POLL = `or choose '${BY_POLLING}' in '${LABELS.waitMode}'`;

/** The quoted label of the limit, for error messages. */
export const LIMIT_LABEL = `'${LABELS.waitAmount}'`;

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** The allowed limits. n8n checks suspended executions once a minute. */
const RANGES = {
	[WAIT_MODE.callback]: [UNIT_MS.minutes, 365 * UNIT_MS.days, '1 minute to 365 days'],
	[WAIT_MODE.polling]: [UNIT_MS.seconds, 10 * UNIT_MS.minutes, '1 second to 10 minutes'],
} as const;

const waitSchema = z.object({
	waitMode: oneOf([WAIT_MODE.callback, WAIT_MODE.polling]),
	waitAmount: amount(),
	waitUnit: oneOf(['seconds', 'minutes', 'hours', 'days']),
	pollAfter: numberBetween(0, 60),
	failedCounts: booleanField,
});

const settingsSchema = z
	.intersection(waitSchema, returnSchema)
	.superRefine(({ waitMode, waitAmount, waitUnit }, context) => {
		const limitMs = waitAmount * UNIT_MS[waitUnit];
		const [min, max, range] = RANGES[waitMode];
		if (limitMs >= min && limitMs <= max) return;
		const message = `must be from ${range}`;
		context.addIssue({ code: 'custom', path: ['waitAmount'], message });
	})
	.transform(({ waitMode, waitAmount, waitUnit, pollAfter, failedCounts, ...rest }) => ({
		isSuspended: waitMode === WAIT_MODE.callback,
		limitMs: waitAmount * UNIT_MS[waitUnit],
		/** Undefined for no polls. */
		firstPollMs: pollAfter === 0 ? undefined : pollAfter * UNIT_MS.minutes,
		failedCounts,
		/** What returning customers get. */
		reply: toReplySettings(rest),
	}));

/** How a node waits. */
export type WaitSettings = z.output<typeof settingsSchema>;

/**
 * Reads the settings from the first item, because all items are waited for together.
 *
 * @throws InputError with all problems
 */
export function readWaitSettings(context: IExecuteFunctions): WaitSettings {
	const parameter = (name: string, fallback: unknown = '') =>
		context.getNodeParameter(name, 0, fallback);
	return validate(
		settingsSchema,
		{
			waitMode: isTool(context) ? WAIT_MODE.polling : parameter('waitMode'),
			waitAmount: parameter('waitAmount'),
			waitUnit: parameter('waitUnit'),
			// By polling has no such field.
			pollAfter: parameter('pollAfter', 0),
			failedCounts: parameter('failedCounts'),
			...returnParameters(parameter),
			// By polling, and on an n8n that suspended this node before it had the choice.
			customerAnswer: parameter('customerAnswer', RESPOND_WITH.page),
		},
		LABELS,
	);
}
