import { z } from 'zod';

import { validate, numberBetween, optional, text } from '../../shared/fieldSchemas';
import { whyNotWebAddress } from '../../shared/publicUrl';
import type { RedirectUrls } from './respond';

/** How returning customers are answered; the values of 'Answer Customers With'. */
export const RESPOND_WITH = { page: 'page', redirect: 'redirect' } as const;

const DEFAULT_POLL_SECONDS = 5;

/** For how long a payment is asked for again that may be just about to be confirmed. */
export const DEFAULT_POLL_MS = DEFAULT_POLL_SECONDS * 1000;

const webUrl = text(2048).superRefine((value, context) => {
	const message = whyNotWebAddress(value);
	if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** Where the button of a result page leads. */
export const backUrlSchema = { backUrl: optional(webUrl) };

export const BACK_URL_LABEL = { backUrl: 'Button Link' };

const pollSchema = { confirmSeconds: numberBetween(0, 30).default(DEFAULT_POLL_SECONDS) };

const settingsSchema = z.discriminatedUnion(
	'customerAnswer',
	[
		z.object({ customerAnswer: z.literal(RESPOND_WITH.page), ...backUrlSchema, ...pollSchema }),
		z.object({
			customerAnswer: z.literal(RESPOND_WITH.redirect),
			successUrl: webUrl,
			pendingUrl: webUrl,
			failureUrl: webUrl,
			...pollSchema,
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
export interface ReturnSettings {
	pollForMs: number;
	/** Where the button of the result page leads. */
	backUrl?: string;
	/** Where customers are sent on to, instead of getting a page. */
	redirectUrls?: RedirectUrls;
}

/**
 * Reads what is to be done with returning customers.
 *
 * @param parameter gives a parameter of the node
 * @throws InputProblem with all that is wrong
 */
export function readReturnSettings(parameter: (name: string) => unknown): ReturnSettings {
	const options = z.record(z.unknown()).catch({}).parse(parameter('options'));
	const settings = validate(
		settingsSchema,
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
	const pollForMs = settings.confirmSeconds * 1000;
	if (settings.customerAnswer === RESPOND_WITH.page)
		return { pollForMs, backUrl: settings.backUrl };
	const { successUrl: success, pendingUrl: pending, failureUrl: failure } = settings;
	return { pollForMs, redirectUrls: { success, pending, failure } };
}
