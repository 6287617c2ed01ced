import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from '../../shared/fieldLabels';
import { numberBetween, optional, text, validate } from '../../shared/fieldSchemas';
import { whyNotWebAddress } from '../../shared/publicUrl';
import type { RedirectUrls } from './respond';

/** The values of 'Respond to Customer With'. */
export const RESPOND_WITH = { page: 'page', redirect: 'redirect' } as const;

const DEFAULT_POLL_SECONDS = 5;

/** How long a payment is polled that may be about to be confirmed. */
export const DEFAULT_POLL_MS = DEFAULT_POLL_SECONDS * 1000;

const redirectUrlField = (
	displayName: string,
	name: string,
	page: string,
	when: string,
): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	noDataExpression: true,
	required: true,
	default: '',
	placeholder: `e.g. https://partner.example.com/payment/${page}`,
	description: `Where customers are redirected when ${when}`,
	displayOptions: { show: { customerAnswer: [RESPOND_WITH.redirect] } },
});

/** The trigger's fields about returning customers. */
export const returnFields: INodeProperties[] = [
	{
		displayName: 'Respond to Customer With',
		name: 'customerAnswer',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Redirect',
				value: RESPOND_WITH.redirect,
				description:
					"Redirects to your own pages, with 'external_id' and 'status' added to the address",
			},
			{
				name: 'Result Page',
				value: RESPOND_WITH.page,
				description:
					'Shows whether the payment is confirmed, in English or Arabic by the language of the browser',
			},
		],
		default: 'page',
		description: 'What customers get who come back from the payment page to this address',
	},
	{
		displayName: 'Button Link',
		name: 'backUrl',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. https://partner.example.com',
		description: 'Where the button of the result page leads. Without it there is no button.',
		displayOptions: { show: { customerAnswer: [RESPOND_WITH.page] } },
	},
	redirectUrlField(
		'Success URL',
		'successUrl',
		'success',
		'RsomPay has confirmed that the invoice is paid',
	),
	redirectUrlField(
		'Pending URL',
		'pendingUrl',
		'pending',
		'it is not known yet whether the invoice is paid',
	),
	redirectUrlField(
		'Failure URL',
		'failureUrl',
		'failure',
		'the payment failed or the invoice was canceled',
	),
];

/** The trigger's option about returning customers. */
export const confirmSecondsOption: INodeProperties = {
	displayName: 'Confirmation Timeout (Seconds)',
	name: 'confirmSeconds',
	type: 'number',
	noDataExpression: true,
	typeOptions: { minValue: 0, maxValue: 30, numberPrecision: 0 },
	default: 5,
	description:
		'For customers who return: how long to poll RsomPay while their payment is not confirmed yet, from 0 to 30 seconds. They wait meanwhile.',
};

const webUrl = text(2048).superRefine((value, context) => {
	const message = whyNotWebAddress(value);
	if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** The schema of 'Button Link'. */
export const backUrlSchema = { backUrl: optional(webUrl) };

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

const LABELS = labelsOf([...returnFields, confirmSecondsOption]);

/** How a trigger responds to returning customers. */
export interface ReturnSettings {
	/** How long to poll, in ms. */
	pollForMs: number;
	/** Where the button of the result page leads. */
	backUrl?: string;
	/** Where to redirect customers. Undefined for a result page. */
	redirectUrls?: RedirectUrls;
}

/**
 * Reads the settings of a trigger about returning customers.
 *
 * @param parameter returns a parameter of the node
 * @throws InputError with all problems
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
	if (settings.customerAnswer === RESPOND_WITH.page) {
		return { pollForMs, backUrl: settings.backUrl };
	}
	const { successUrl: success, pendingUrl: pending, failureUrl: failure } = settings;
	return { pollForMs, redirectUrls: { success, pending, failure } };
}
