import { z } from 'zod';

import { checked, numberBetween, optional, text } from '../../shared/fields';
import { whyNotWebAddress } from '../../shared/publicUrl';
import type { Destinations } from './answer';

/** How returning customers are answered; the values of 'Answer Customers With'. */
export const ANSWER_WITH = { page: 'page', redirect: 'redirect' } as const;

const PATIENCE_SECONDS = 5;

/** For how long a payment is asked for again that may be just about to be confirmed. */
export const PATIENCE_MS = PATIENCE_SECONDS * 1000;

const webAddress = text(2048).superRefine((value, context) => {
	const message = whyNotWebAddress(value);
	if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** Where the button of a result page leads. */
export const backUrlShape = { backUrl: optional(webAddress) };

export const BACK_URL_LABEL = { backUrl: 'Button Link' };

const patience = { confirmSeconds: numberBetween(0, 30).default(PATIENCE_SECONDS) };

const choiceSchema = z.discriminatedUnion(
	'customerAnswer',
	[
		z.object({ customerAnswer: z.literal(ANSWER_WITH.page), ...backUrlShape, ...patience }),
		z.object({
			customerAnswer: z.literal(ANSWER_WITH.redirect),
			successUrl: webAddress,
			pendingUrl: webAddress,
			failureUrl: webAddress,
			...patience,
		}),
	],
	{
		errorMap: (issue, { defaultError }) => ({
			message:
				issue.code === 'invalid_union_discriminator' ? 'must be page or redirect' : defaultError,
		}),
	},
);

const LABELS = {
	customerAnswer: 'Answer Customers With',
	...BACK_URL_LABEL,
	successUrl: 'Success URL',
	pendingUrl: 'Pending URL',
	failureUrl: 'Failure URL',
	confirmSeconds: 'Confirm for (Seconds)',
};

/** What a trigger is told to do with returning customers. */
export interface Choice {
	patienceMs: number;
	/** Where the button of the result page leads. */
	backUrl?: string;
	/** Where customers are sent on to, instead of getting a page. */
	destinations?: Destinations;
}

/**
 * Reads what is to be done with returning customers.
 *
 * @param parameter gives a parameter of the node
 * @throws InputProblem with all that is wrong
 */
export function readChoice(parameter: (name: string) => unknown): Choice {
	const options = z.record(z.unknown()).catch({}).parse(parameter('options'));
	const choice = checked(
		choiceSchema,
		{
			customerAnswer: parameter('customerAnswer'),
			backUrl: parameter('backUrl'),
			successUrl: parameter('successUrl'),
			pendingUrl: parameter('pendingUrl'),
			failureUrl: parameter('failureUrl'),
			confirmSeconds: options.confirmSeconds,
		},
		LABELS,
	);
	const patienceMs = choice.confirmSeconds * 1000;
	if (choice.customerAnswer === ANSWER_WITH.page) return { patienceMs, backUrl: choice.backUrl };
	const { successUrl: success, pendingUrl: pending, failureUrl: failure } = choice;
	return { patienceMs, destinations: { success, pending, failure } };
}
