import type { INodeProperties, IPollFunctions } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from '../../shared/fieldLabels';
import { booleanField, validate } from '../../shared/fieldSchemas';
import { simplifyField } from '../resources/payment/simplifyField';
import { STATUSES } from '../resources/payment/statuses';
import { PAYMENT_EVENTS } from './cursor';

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
					'A payment is created or changes, such as from initiated to paid: once for each change that a poll finds',
			},
		],
		default: 'newPayment',
		hint: 'Payments from before this workflow was published do not start it',
		description:
			'Several payments that are found together come as the items of one execution, oldest first',
	},
	{
		displayName: 'Status',
		name: 'statuses',
		type: 'multiOptions',
		options: STATUSES,
		default: [],
		hint: 'Any status while this is empty',
		description:
			'Only payments that have one of these statuses when they are found. To start when a payment becomes paid, trigger on Updated Payment.',
	},
	simplifyField,
];

const settingsSchema = z.object({
	event: z.nativeEnum(PAYMENT_EVENTS, {
		message: `must be ${Object.values(EVENT_LABELS).join(' or ')}`,
	}),
	statuses: z.array(z.string(), { message: 'must be a list' }),
	simplify: booleanField,
});

const LABELS = labelsOf(triggerFields);

/** What the trigger starts on, and what it outputs. */
export type TriggerSettings = z.output<typeof settingsSchema>;

/**
 * Reads the settings of the trigger.
 *
 * @throws InputError with all problems
 */
export function readTriggerSettings(context: IPollFunctions): TriggerSettings {
	return validate(
		settingsSchema,
		{
			event: context.getNodeParameter('event'),
			statuses: context.getNodeParameter('statuses', []),
			simplify: context.getNodeParameter('simplify', true),
		},
		LABELS,
	);
}
