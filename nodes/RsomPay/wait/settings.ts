import type { IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

import { amount, booleanField, oneOf, validate } from '../../shared/fieldSchemas';
import { BACK_URL_LABEL, backUrlSchema } from '../customerReturn/settings';

/** The ways to wait; the values of 'How to Wait'. */
export const WAIT_MODE = { callback: 'callback', asking: 'asking' } as const;

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** How long is allowed, and how that is told. n8n looks after suspended executions each minute. */
const RANGES = {
	callback: [UNIT_MS.minutes, 365 * UNIT_MS.days, '1 minute to 365 days'],
	asking: [UNIT_MS.seconds, 10 * UNIT_MS.minutes, '1 second to 10 minutes'],
} as const;

const settingsSchema = z
	.object({
		waitMode: oneOf([WAIT_MODE.callback, WAIT_MODE.asking]),
		waitAmount: amount(),
		waitUnit: oneOf(['seconds', 'minutes', 'hours', 'days']),
		failedCounts: booleanField,
		...backUrlSchema,
	})
	.superRefine(({ waitMode, waitAmount, waitUnit }, context) => {
		const limitMs = waitAmount * UNIT_MS[waitUnit];
		const [least, most, range] = RANGES[waitMode];
		if (limitMs >= least && limitMs <= most) return;
		const message = `must be from ${range}`;
		context.addIssue({ code: 'custom', path: ['waitAmount'], message });
	})
	.transform(({ waitMode, waitAmount, waitUnit, ...rest }) => ({
		...rest,
		callsBack: waitMode === WAIT_MODE.callback,
		limitMs: waitAmount * UNIT_MS[waitUnit],
	}));

const LABELS = {
	waitMode: 'How to Wait',
	waitAmount: 'Wait at Most',
	waitUnit: 'Unit',
	failedCounts: 'Failed Counts as Settled',
	...BACK_URL_LABEL,
};

/** How a node is to wait. */
export type WaitSettings = z.output<typeof settingsSchema>;

/**
 * Reads how to wait, from the first item: all of them are waited for together.
 *
 * @throws InputProblem with all that is wrong
 */
export function readWaitSettings(context: IExecuteFunctions): WaitSettings {
	const parameter = (name: string) => context.getNodeParameter(name, 0, '');
	return validate(
		settingsSchema,
		{
			waitMode: parameter('waitMode'),
			waitAmount: parameter('waitAmount'),
			waitUnit: parameter('waitUnit'),
			failedCounts: parameter('failedCounts'),
			backUrl: parameter('backUrl'),
		},
		LABELS,
	);
}
