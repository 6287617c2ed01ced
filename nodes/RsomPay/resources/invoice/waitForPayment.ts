import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { Job, Operation } from '../../../shared/operations';
import { InputError } from '../../../shared/errors';
import { pollUntil } from '../../api/pollUntil';
import type { RsomPayClient } from '../../api/client';
import type { Invoice } from '../../api/schemas';
import type { RsomPayRun } from '../../api/connect';
import { readResume, type ResumeResult, requestPause, whyCannotPause } from '../../wait/pause';
import { warnIfNotCreatedHere } from '../../wait/thisExecution';
import { acquireResumeLock, recordedPayment, fromResumeData } from '../../wait/settlement';
import { isFinal, isSettled } from '../../api/invoiceStatus';
import { readWaitSettings, WAIT_MODE, type WaitSettings } from '../../wait/settings';
import { saveState, loadState } from '../../wait/savedState';
import { readLookup, lookupFields } from './lookup';

const NO_SECRET =
	"The RsomPay credential has no 'Signing Secret', so a callback cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for it, or choose 'By Asking' in 'How to Wait'";

/**
 * Waits until invoices are paid or canceled, or for as long as is allowed.
 * API guide: payment flow, and confirming before fulfilling.
 */
export const waitForPayment = {
	option: {
		name: 'Wait for Payment',
		value: 'waitForPayment',
		action: 'Wait for payment of invoice',
		description: 'Go on when an invoice is paid or canceled, or after a limit',
	},
	fields: [
		...lookupFields,
		{
			displayName: 'How to Wait',
			name: 'waitMode',
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'By Asking',
					value: WAIT_MODE.asking,
					description:
						'Asks RsomPay again and again, for minutes at most. For an n8n that RsomPay cannot reach.',
				},
				{
					name: 'Until RsomPay Calls Back',
					value: WAIT_MODE.callback,
					description:
						'Suspends the execution, for days if need be. It survives a restart of n8n, and takes up nothing while it waits.',
				},
			],
			default: 'callback',
		},
		{
			displayName:
				'For RsomPay to call this execution back, create the invoice in the same workflow, with <b>Notify</b> set to <b>This Execution</b>.',
			name: 'callbackNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { waitMode: [WAIT_MODE.callback] } },
		},
		{
			displayName: 'Wait at Most',
			name: 'waitAmount',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 1,
			description: "What has not settled by then comes out as it stands, with 'settled' false",
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
			displayOptions: { show: { waitMode: [WAIT_MODE.callback] } },
		},
		{
			displayName: 'Unit',
			name: 'waitUnit',
			type: 'options',
			options: [
				{ name: 'Minutes', value: 'minutes' },
				{ name: 'Seconds', value: 'seconds' },
			],
			default: 'minutes',
			displayOptions: { show: { waitMode: [WAIT_MODE.asking] } },
		},
		{
			displayName: 'Failed Counts as Settled',
			name: 'failedCounts',
			type: 'boolean',
			default: false,
			description:
				'Whether to go on after a payment that failed, too. Otherwise the customer may try again.',
		},
		{
			displayName: 'Button Link',
			name: 'backUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://partner.example.com',
			hint: 'On the page that customers see who return to this execution',
			description:
				"Where the button leads on the page that customers see who return to this execution (in Create, 'Return To'). Without it there is no button.",
			displayOptions: { show: { waitMode: [WAIT_MODE.callback] } },
		},
	],
	unbounded: true,
	prepare(context, { client, response, canVerify }) {
		const settings = readWaitSettings(context);
		const resumed = readResume(context, response);
		if (resumed) return jobsAfterResume(context, client, settings, resumed);
		if (settings.callsBack) {
			const problem =
				whyCannotPause(context, response, settings.limitMs) ?? (canVerify ? undefined : NO_SECRET);
			if (problem !== undefined) throw new InputError([problem]);
		}

		const until = Date.now() + settings.limitMs;
		const isDone = ({ status }: Invoice) => isSettled(status, settings.failedCounts);
		const signal = context.getExecutionCancelSignal();
		return (itemIndex) => {
			const reference = readLookup(context, itemIndex);
			return async () => {
				const ask = async () => await client.getInvoice(reference);
				const invoice = settings.callsBack
					? await ask()
					: await pollUntil(ask, { isDone, until, retryErrors: true, signal });
				return [outputOf(invoice, settings)];
			};
		};
	},
	finish(context, { response }, outputs) {
		const { callsBack, limitMs, failedCounts, backUrl } = readWaitSettings(context);
		const isOpen = outputs.some(({ json }) => json.settled === false);
		if (!callsBack || !isOpen || readResume(context, response)) return [outputs];
		const until = Date.now() + limitMs;
		saveState(context, { until, failedCounts, backUrl, outputs: outputs.map(({ json }) => json) });
		return requestPause(context, until);
	},
} satisfies Operation<RsomPayRun>;

/** What comes of an item: the invoice as RsomPay told, and whether there is nothing to wait for. */
function outputOf(
	invoice: Invoice,
	{ failedCounts }: WaitSettings,
	payment: IDataObject | null = null,
): Record<string, unknown> {
	return { ...invoice, settled: isSettled(invoice.status, failedCounts), payment };
}

/** What is left to do when the execution goes on: nothing, or when the time was up, to ask again. */
function jobsAfterResume(
	context: IExecuteFunctions,
	client: RsomPayClient,
	settings: WaitSettings,
	{ result }: ResumeResult,
): (itemIndex: number) => Job {
	const state = loadState(context);
	const settled = result && fromResumeData(result);
	if (!result) warnIfNotCreatedHere(context);
	// Who still asks for a customer would take the execution back to here.
	acquireResumeLock(context.getExecutionId(), state);
	return (itemIndex) => async () => {
		const before = state.outputs[itemIndex] ?? {};
		const externalId = String(before.external_id);
		const found = settled?.get(externalId);
		if (found) return [outputOf(found.invoice, settings, found.payment)];
		if (before.settled === undefined || isFinal(String(before.status))) return [before];
		const invoice = await client.getInvoice({ external_id: externalId });
		const payment = recordedPayment(context.getExecutionId(), state, invoice);
		return [outputOf(invoice, settings, payment)];
	};
}
