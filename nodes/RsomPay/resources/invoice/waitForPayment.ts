import type { IExecuteFunctions } from 'n8n-workflow';

import { InputError, ServiceError } from '../../../shared/errors';
import type { Job, Operation } from '../../../shared/operations';
import { once } from '../../../shared/runItems';
import type { RsomPayClient } from '../../api/client';
import { connectForWebhook, type RsomPayRun } from '../../api/connect';
import { isFinal } from '../../api/invoiceStatus';
import { pollUntil } from '../../api/pollUntil';
import { createOutput } from '../../wait/output';
import { splitByPayment } from '../../wait/paidOutputs';
import {
	canPauseAgain,
	deletePause,
	readResume,
	requestPause,
	type ResumeResult,
	whyCannotPause,
} from '../../wait/pause';
import { loadState, saveState, type SavedState } from '../../wait/savedState';
import { isOver, nextWake } from '../../wait/schedule';
import {
	OR_POLL,
	readWaitSettings,
	WAIT_OPERATION,
	waitFields,
	type WaitSettings,
} from '../../wait/settings';
import {
	acquireResumeLock,
	createIsDone,
	fromResumeData,
	readConfirmed,
	readInvoice,
	recordedPayment,
} from '../../wait/settlement';
import {
	explainPolling,
	isTestWithoutCallback,
	warnIfNotCreatedHere,
} from '../../wait/thisExecution';
import { signingSecretsOf } from '../../webhook/signingSecrets';
import { lookupFields, readLookup } from './lookup';

/** How long before the limit the last request of a poll is sent, so that its response comes in time. */
const LAST_RESPONSE_MS = 1_000;

/** How long a poll may take that is not the last one. n8n rejects webhooks meanwhile. */
const LOOK_MS = 15_000;

const NO_SIGNING_SECRET = `The RsomPay credential has no 'Signing Secret', so a callback cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for it, ${OR_POLL}`;

/**
 * Waits until invoices are paid or canceled, or until a limit.
 * API guide: payment flow, and confirming before fulfilling.
 */
export const waitForPayment = {
	option: {
		name: 'Wait for Payment',
		value: WAIT_OPERATION,
		action: 'Wait for invoice payment',
		description: 'Resume when an invoice is paid or canceled, or after a limit',
	},
	fields: [...lookupFields, ...waitFields],
	unbounded: true,
	prepare(context, { client, credential, response }) {
		const resumed = readResume(context, response);
		const settings = settingsOf(context, resumed);
		if (resumed) return jobsAfterResume(context, client, settings, resumed);
		if (settings.isSuspended || settings.pollsInTest) {
			const reason =
				(settings.isSuspended ? whyCannotPause(context, response, settings.limitMs) : undefined) ??
				whyCannotVerify(credential);
			if (reason !== undefined) throw new InputError([reason]);
		}
		if (settings.pollsInTest) explainPolling(context);

		const deadline = Date.now() + settings.limitMs;
		const until = deadline - Math.min(LAST_RESPONSE_MS, settings.limitMs / 4);
		const signal = context.getExecutionCancelSignal();
		const lookDeadline = settings.isSuspended ? undefined : deadline;
		const toOutput = createOutput(context, client, settings, lookDeadline);
		return (itemIndex) => {
			const reference = readLookup(context, itemIndex);
			return async () => {
				const get = async () => await client.getInvoice(reference, lookDeadline);
				const { failedCounts, isSuspended } = settings;
				const isDone = createIsDone(failedCounts);
				const invoice = isSuspended
					? await readConfirmed(get, ({ status }) => failedCounts && status === 'failed')
					: await pollUntil(get, { isDone, until, retryErrors: true, signal });
				return [await toOutput(invoice)];
			};
		};
	},
	finish(context, { response }, outputs) {
		const resumed = readResume(context, response);
		const settings = settingsOf(context, resumed);
		const state = resumed ? loadState(context) : newState(context, settings);
		const isOpen = outputs.some(({ json }) => json.settled === false);
		if (!settings.isSuspended || !isOpen || isLastLook(state, resumed)) {
			// A webhook that is still confirming the invoice must not resume this wait again.
			if (resumed) acquireResumeLock(context.getExecutionId(), state);
			return undefined;
		}
		const next = nextWake(state, Date.now());
		saveState(context, { ...state, ...next, outputs: outputs.map(({ json }) => json) });
		deletePause(context, response);
		return requestPause(context, next.wakeAt);
	},
	toOutputs: splitByPayment,
} satisfies Operation<RsomPayRun>;

/** Reads the settings. A test run whose callback goes elsewhere polls, unless it was suspended before. */
function settingsOf(context: IExecuteFunctions, resumed: ResumeResult | undefined) {
	const settings = readWaitSettings(context);
	const pollsInTest = settings.isSuspended && !resumed && isTestWithoutCallback(context);
	return { ...settings, isSuspended: settings.isSuspended && !pollsInTest, pollsInTest };
}

function whyCannotVerify(credential: unknown): string | undefined {
	return signingSecretsOf(credential).secrets.length > 0 ? undefined : NO_SIGNING_SECRET;
}

function newState(
	context: IExecuteFunctions,
	{ limitMs, firstPollMs, failedCounts, reply }: WaitSettings,
): SavedState {
	return {
		until: Date.now() + limitMs,
		intervalMs: canPauseAgain(context) ? firstPollOf(context, firstPollMs) : undefined,
		failedCounts,
		...reply,
		outputs: [],
	};
}

/** n8n checks once a minute what is due. Who tests does not wait for longer. */
const FIRST_POLL_OF_TEST_MS = 60_000;

function firstPollOf(context: IExecuteFunctions, firstPollMs: number | undefined) {
	return firstPollMs !== undefined && context.getMode() === 'manual'
		? Math.min(firstPollMs, FIRST_POLL_OF_TEST_MS)
		: firstPollMs;
}

/** Whether the wait is over after this look: a webhook has resumed it, or the time is up. */
function isLastLook(state: SavedState, resumed: ResumeResult | undefined): boolean {
	return resumed !== undefined && (resumed.result !== undefined || isOver(state, Date.now()));
}

/**
 * The jobs after a pause. When a webhook has resumed the execution, the results are there. Otherwise
 * each open invoice is read once more: with retries at the end of the wait, with one try before.
 */
function jobsAfterResume(
	context: IExecuteFunctions,
	client: RsomPayClient,
	settings: WaitSettings,
	resumed: ResumeResult,
): (itemIndex: number) => Job {
	const state = loadState(context);
	const settled = resumed.result && fromResumeData(resumed.result);
	const isLast = isLastLook(state, resumed);
	if (isLast && !resumed.result) warnIfNotCreatedHere(context);
	const look = once(async () => {
		const lookClient = isLast ? client : await connectForWebhook(context);
		const deadline = isLast ? undefined : Date.now() + LOOK_MS;
		const toOutput = createOutput(context, lookClient, settings, deadline);
		return { lookClient, deadline, toOutput };
	});
	return (itemIndex) => async () => {
		const before = state.outputs[itemIndex] ?? {};
		const externalId = String(before.external_id);
		if (before.settled === undefined || isFinal(String(before.status))) return [before];
		const { lookClient, deadline, toOutput } = await look();
		const found = settled?.get(externalId);
		if (found) return [await toOutput(found.invoice, found.payment)];
		try {
			const executionId = context.getExecutionId();
			const options = { isLast, deadline };
			const invoice = await readInvoice(lookClient, executionId, state, externalId, options);
			const payment = recordedPayment(executionId, state, invoice);
			return [await toOutput(invoice, payment)];
		} catch (error) {
			if (isLast || !(error instanceof ServiceError)) return await Promise.reject(error);
			context.logger.warn(`The invoice of a waiting execution could not be read: ${error.message}`);
			return [before];
		}
	};
}
