import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from '../../shared/fieldLabels';
import { numberBetween, optional, text, validate } from '../../shared/fieldSchemas';
import { whyNotWebAddress } from '../../shared/publicUrl';
import type { ReplySettings } from './respond';

/** The values of 'Respond to Customer With'. */
export const RESPOND_WITH = { page: 'page', redirect: 'redirect' } as const;

const DEFAULT_POLL_SECONDS = 5;

/** How long a payment is polled that may be about to be confirmed. */
export const DEFAULT_POLL_MS = DEFAULT_POLL_SECONDS * 1000;

/** Where customers return to, as the fields need it. */
interface ReturnPlace {
	/** The address in words. */
	address: string;
	/** The description of the result page. */
	page: string;
	/** When there are such fields. Default: always. */
	displayOptions?: IDisplayOptions;
	/**
	 * Whether the texts of the page may be expressions. Those of a trigger could contain what the
	 * customer's URL says.
	 */
	allowsExpressions: boolean;
}

/** Builds the fields about returning customers. */
export function returnFieldsFor({
	address,
	page,
	displayOptions,
	allowsExpressions,
}: ReturnPlace): INodeProperties[] {
	const whenRespondingWith = (answer: string): IDisplayOptions => ({
		...displayOptions,
		show: { ...displayOptions?.show, customerAnswer: [answer] },
	});
	const redirectUrlField = (
		displayName: string,
		name: string,
		path: string,
		when: string,
	): INodeProperties => ({
		displayName,
		name,
		type: 'string',
		noDataExpression: true,
		required: true,
		default: '',
		placeholder: `e.g. https://partner.example.com/payment/${path}`,
		description: `Where customers are redirected when ${when}`,
		displayOptions: whenRespondingWith(RESPOND_WITH.redirect),
	});
	const pageField = (
		displayName: string,
		name: string,
		example: string,
		description: string,
	): INodeProperties => ({
		displayName,
		name,
		type: 'string',
		...(!allowsExpressions && { noDataExpression: true }),
		default: '',
		placeholder: `e.g. ${example}`,
		description,
		displayOptions: whenRespondingWith(RESPOND_WITH.page),
	});
	return [
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
				{ name: 'Result Page', value: RESPOND_WITH.page, description: page },
			],
			default: 'page',
			description: `What customers get who come back from the payment page to ${address}`,
			...(displayOptions && { displayOptions }),
		},
		pageField('Shop Name', 'shopName', 'My Shop', 'Shown at the top of the result page'),
		pageField(
			'Button Link',
			'backUrl',
			'https://partner.example.com',
			'Where the button of the result page leads. Without it there is no button.',
		),
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
}

/** The trigger's fields about returning customers. */
export const returnFields = returnFieldsFor({
	address: 'this address',
	page: 'Shows whether the payment is confirmed, in English or Arabic by the language of the browser',
	allowsExpressions: false,
});

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

/** What is shown of the shop's name at most, in characters. */
const MAX_SHOP_NAME = 100;

/** The schema of the fields about returning customers. */
export const returnSchema = z.discriminatedUnion(
	'customerAnswer',
	[
		z.object({
			customerAnswer: z.literal(RESPOND_WITH.page),
			shopName: optional(text(MAX_SHOP_NAME)),
			backUrl: optional(webUrl),
		}),
		z.object({
			customerAnswer: z.literal(RESPOND_WITH.redirect),
			successUrl: webUrl,
			pendingUrl: webUrl,
			failureUrl: webUrl,
		}),
	],
	{
		errorMap: (issue, { defaultError }) => ({
			message:
				issue.code === 'invalid_union_discriminator' ? 'must be page or redirect' : defaultError,
		}),
	},
);

/** Reads the parameters that `returnSchema` validates. */
export const returnParameters = (parameter: (name: string) => unknown) => ({
	customerAnswer: parameter('customerAnswer'),
	shopName: parameter('shopName'),
	backUrl: parameter('backUrl'),
	successUrl: parameter('successUrl'),
	pendingUrl: parameter('pendingUrl'),
	failureUrl: parameter('failureUrl'),
});

/** Converts what `returnSchema` returns. */
export function toReplySettings(settings: z.output<typeof returnSchema>): ReplySettings {
	if (settings.customerAnswer === RESPOND_WITH.page) {
		return { shopName: settings.shopName, backUrl: settings.backUrl };
	}
	const { successUrl: success, pendingUrl: pending, failureUrl: failure } = settings;
	return { redirectUrls: { success, pending, failure } };
}

const settingsSchema = z.intersection(
	returnSchema,
	z.object({ confirmSeconds: numberBetween(0, 30).default(DEFAULT_POLL_SECONDS) }),
);

const LABELS = labelsOf([...returnFields, confirmSecondsOption]);

/** How a trigger responds to returning customers. */
export interface ReturnSettings {
	/** How long to poll, in ms. */
	pollForMs: number;
	/** What customers get. */
	reply: ReplySettings;
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
		{ ...returnParameters(parameter), confirmSeconds: options.confirmSeconds },
		LABELS,
	);
	return { pollForMs: settings.confirmSeconds * 1000, reply: toReplySettings(settings) };
}
