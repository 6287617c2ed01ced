import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from '../../shared/fieldLabels';
import { booleanField, dateTime, validate } from '../../shared/fieldSchemas';
import { simplifyField } from '../resources/payment/outputFields';
import { STATUSES } from '../resources/payment/statuses';
import { PAYMENT_EVENTS } from './cursor';

/** The values of 'Start From'. */
const STARTS = { now: 'now', date: 'date', everything: 'everything' } as const;

const START_LABELS = { now: 'When Published', date: 'Date', everything: 'Everything' } as const;

const EVENT_LABELS = { newPayment: 'New Payment', updatedPayment: 'Updated Payment' } as const;

/** The fields of the trigger. */
export const triggerFields: INodeProperties[] = [
	{
		displayName: 'Trigger On',
		name: 'event',
		type: 'options',
		options: [
			{
				name: EVENT_LABELS.newPayment,
				value: PAYMENT_EVENTS.newPayment,
				description: 'A payment is created: once for each payment',
			},
			{
				name: EVENT_LABELS.updatedPayment,
				value: PAYMENT_EVENTS.updatedPayment,
				description:
					'A payment is created or changes, such as to paid: once for each change a poll finds',
			},
		],
		default: 'newPayment',
		builderHint: {
			propertyHint:
				'To run when a payment becomes paid, use updatedPayment and set statuses to paid. newPayment runs once when the payment is created, which is often while its status is still initiated.',
		},
		hint: 'Payments that are found together are the items of one execution, oldest first',
	},
	{
		displayName: 'Start From',
		name: 'startFrom',
		type: 'options',
		options: [
			{
				name: START_LABELS.now,
				value: STARTS.now,
				description: 'Payments from before the workflow is published do not start it',
			},
			{
				name: START_LABELS.date,
				value: STARTS.date,
				description: 'Payments created or changed at that moment or later',
			},
			{
				name: START_LABELS.everything,
				value: STARTS.everything,
				description: 'All payments of the account, oldest first',
			},
		],
		default: 'now',
		builderHint: {
			propertyHint:
				'Keep "now" by default. "date" and "everything" run on payments of the past as well, such as to fill a table for the first time.',
		},
		description:
			'Which payments to begin with. If you change it later, payments since the new start run again.',
	},
	{
		displayName: 'Start Date',
		name: 'startDate',
		type: 'dateTime',
		noDataExpression: true,
		default: '',
		required: true,
		displayOptions: { show: { startFrom: [STARTS.date] } },
	},
	{
		displayName: 'Status',
		name: 'statuses',
		type: 'multiOptions',
		options: STATUSES,
		default: [],
		hint: 'Any status while this is empty',
		builderHint: {
			propertyHint:
				'Set it to paid (and captured, if the account authorizes first) where the workflow fulfils an order.',
		},
		description:
			'Only payments that have one of these when found. For new statuses use Updated Payment.',
	},
	simplifyField,
];

const settingsSchema = (zone: string) =>
	z
		.object({
			event: z.nativeEnum(PAYMENT_EVENTS, {
				message: `must be ${Object.values(EVENT_LABELS).join(' or ')}`,
			}),
			startFrom: z.nativeEnum(STARTS, {
				message: `must be ${Object.values(START_LABELS).join(' or ')}`,
			}),
			startDate: z.unknown(),
			statuses: z.array(z.string(), { message: 'must be a list' }),
			simplify: booleanField,
		})
		.transform(({ startFrom, startDate, ...settings }, context) => {
			if (startFrom === STARTS.now) return { ...settings, startFrom, from: undefined };
			if (startFrom === STARTS.everything) return { ...settings, startFrom, from: 0 };
			const date = dateTime(zone).safeParse(startDate);
			if (date.success) {
				return { ...settings, startFrom: JSON.stringify(startDate), from: date.data.toMillis() };
			}
			for (const { message } of date.error.issues) {
				context.addIssue({ code: 'custom', path: ['startDate'], message });
			}
			return z.NEVER;
		});

const LABELS = labelsOf(triggerFields);

/**
 * What the trigger starts on, where it starts from, and what it outputs. `startFrom` is as the user
 * wrote it, `from` is the moment that it names (ms since 1970).
 */
export type TriggerSettings = z.output<ReturnType<typeof settingsSchema>>;

/**
 * Reads the settings of the trigger.
 *
 * @param read returns a parameter, or a value for one that the workflow does not have
 * @param zone the workflow's time zone
 * @throws InputError with all problems
 */
export function readTriggerSettings(
	read: (name: string, fallback: unknown) => unknown,
	zone: string,
): TriggerSettings {
	return validate(
		settingsSchema(zone),
		{
			event: read('event', undefined),
			startFrom: read('startFrom', STARTS.now),
			startDate: read('startDate', ''),
			statuses: read('statuses', []),
			simplify: read('simplify', true),
		},
		LABELS,
	);
}
