import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { InputError } from '../../../shared/errors';
import type { Job, Operation } from '../../../shared/operations';
import type { RsomPayClient } from '../../api/client';
import type { RsomPayRun } from '../../api/connect';
import { isFinal, isSettled } from '../../api/invoiceStatus';
import { pollUntil } from '../../api/pollUntil';
import type { Invoice } from '../../api/schemas';
import { readResume, requestPause, type ResumeResult, whyCannotPause } from '../../wait/pause';
import { loadState, saveState } from '../../wait/savedState';
import {
	OR_POLL,
	readWaitSettings,
	WAIT_OPERATION,
	waitFields,
	type WaitSettings,
} from '../../wait/settings';
import { acquireResumeLock, fromResumeData, recordedPayment } from '../../wait/settlement';
import { warnIfNotCreatedHere } from '../../wait/thisExecution';
import { signingSecretsOf } from '../../webhook/signingSecrets';
import { lookupFields, readLookup } from './lookup';

const NO_SIGNING_SECRET = `The RsomPay credential has no 'Signing Secret', so a callback cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for it, ${OR_POLL}`;

/**
 * Waits until invoices are paid or canceled, or until a limit.
 * API guide: payment flow, and confirming before fulfilling.
 */
export const waitForPayment = {
	option: {
		name: 'Wait for Payment',
		value: WAIT_OPERATION,
		action: 'Wait for payment of invoice',
		description: 'Resume when an invoice is paid or canceled, or after a limit',
	},
	fields: [...lookupFields, ...waitFields],
	unbounded: true,
	prepare(context, { client, credential, response }) {
		const settings = readWaitSettings(context);
		const resumed = readResume(context, response);
		if (resumed) return jobsAfterResume(context, client, settings, resumed);
		if (settings.isSuspended) {
			const reason =
				whyCannotPause(context, response, settings.limitMs) ?? whyCannotVerify(credential);
			if (reason !== undefined) throw new InputError([reason]);
		}

		const until = Date.now() + settings.limitMs;
		const isDone = ({ status }: Invoice) => isSettled(status, settings.failedCounts);
		const signal = context.getExecutionCancelSignal();
		return (itemIndex) => {
			const reference = readLookup(context, itemIndex);
			return async () => {
				const getInvoice = async () => await client.getInvoice(reference);
				const invoice = settings.isSuspended
					? await getInvoice()
					: await pollUntil(getInvoice, { isDone, until, retryErrors: true, signal });
				return [outputOf(invoice, settings)];
			};
		};
	},
	finish(context, { response }, outputs) {
		const { isSuspended, limitMs, failedCounts, backUrl } = readWaitSettings(context);
		const isOpen = outputs.some(({ json }) => json.settled === false);
		if (!isSuspended || !isOpen || readResume(context, response)) return [outputs];
		const until = Date.now() + limitMs;
		saveState(context, { until, failedCounts, backUrl, outputs: outputs.map(({ json }) => json) });
		return requestPause(context, until);
	},
} satisfies Operation<RsomPayRun>;

function whyCannotVerify(credential: unknown): string | undefined {
	return signingSecretsOf(credential).secrets.length > 0 ? undefined : NO_SIGNING_SECRET;
}

/** The output of an item: the invoice as Get by Reference returns it, `settled` and `payment`. */
function outputOf(
	invoice: Invoice,
	{ failedCounts }: WaitSettings,
	payment: IDataObject | null = null,
): Record<string, unknown> {
	return { ...invoice, settled: isSettled(invoice.status, failedCounts), payment };
}

/**
 * The jobs after the pause. When the execution was resumed by a webhook, the results are there. When
 * the time was up, each open invoice is read once more.
 */
function jobsAfterResume(
	context: IExecuteFunctions,
	client: RsomPayClient,
	settings: WaitSettings,
	{ result }: ResumeResult,
): (itemIndex: number) => Job {
	const state = loadState(context);
	const settled = result && fromResumeData(result);
	if (!result) warnIfNotCreatedHere(context);
	// A webhook that is still confirming the invoice must not resume the execution at this wait again.
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
