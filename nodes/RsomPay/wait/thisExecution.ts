import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { InputError } from '../../shared/errors';
import { isBlank } from '../../shared/fieldSchemas';
import { whyNotPublicHttps } from '../../shared/publicUrl';
import { isTooOld } from './engineFeatures';
import { CALLBACK_PATH, TOO_OLD, WAIT_MODE, WAIT_OPERATION } from './settings';

/** The values of 'Notify' and 'Return To' in Create: an entered URL, or the URL of this execution. */
export const CALLBACK_TARGET = { url: 'url', execution: 'execution' } as const;

/** The values of 'After Payment' in Create. */
export const AFTER_PAYMENT = { continue: 'continue', start: 'start', custom: 'custom' } as const;

/** The key in the context of an execution. Its value is the ID of the execution that RsomPay notifies. */
const NOTIFIED_KEY = 'rsompayNotifies';

const NOT_FOLLOWED_BY_WAIT =
	"No 'Wait for Payment' that resumes on RsomPay's webhook follows in this workflow, so nothing will receive the webhook or the returning customer. n8n's own Wait node does not receive them.";

const NO_WAIT =
	"No 'Wait for Payment' follows in this workflow, so nothing receives the payment or the returning customer. Add one, or choose another 'After Payment'";

const NO_RETURN =
	"The 'Wait for Payment' that follows polls, so nothing receives the returning customer. Fill in 'Return URL'";

const NOT_CREATED_HERE =
	"No 'Create' that continues this workflow after the payment comes before this node, so RsomPay may have no reason to call this execution back. It polls RsomPay, and ends when the time is up.";

const REPORTED_ELSEWHERE =
	"This invoice reports to another execution, because 'Create' ran in an earlier one. So this test run polls RsomPay every few seconds. Execute the whole workflow to see it resume on RsomPay's webhook.";

/**
 * Returns the URL that resumes this execution while it is suspended.
 *
 * @param urlsArePublic whether it must be a public HTTPS address, as RsomPay demands
 * @throws InputError when it must be public and is not
 */
export function callbackUrlOf(context: IExecuteFunctions, urlsArePublic: boolean): string {
	// By expression: n8n's method for it signs the URL in a way that only n8n's own nodes can use.
	const resumeUrl = new URL(String(context.evaluateExpression('{{ $execution.resumeUrl }}', 0)));
	resumeUrl.pathname += `/${CALLBACK_PATH}`;
	const url = resumeUrl.href;
	const reason = urlsArePublic ? whyNotPublicHttps(url) : undefined;
	if (reason === undefined) return url;
	throw new InputError([
		`The address of 'This Execution' ${reason}. It is n8n's own address: set WEBHOOK_URL to the one under which n8n is reached from the internet, or choose another address in 'After Payment'`,
	]);
}

/**
 * Checks that something receives what comes to the URL of this execution.
 *
 * @param what comes: RsomPay's report, which a Wait for Payment that polls does not need, or the customer
 * @throws InputError when n8n is too old for the Wait for Payment that follows. From version 2 of the node
 * also when none follows and nobody is testing: the customer would have paid for nothing.
 */
export function checkWaitBehind(context: IExecuteFunctions, what: 'report' | 'customer'): void {
	const modes = waitModesBehind(context);
	if (modes.some((mode) => mode !== WAIT_MODE.polling)) {
		if (isTooOld(context)) throw new InputError([`In 'Wait for Payment', ${TOO_OLD}`]);
		return;
	}
	const isFirstVersion = context.getNode().typeVersion < 2;
	if (isFirstVersion && what === 'report') {
		context.addExecutionHints({ message: NOT_FOLLOWED_BY_WAIT, location: 'outputPane' });
	}
	const isMissing = what === 'report' ? modes.length === 0 : modes.length > 0;
	if (isFirstVersion || !isMissing) return;
	const reason = what === 'report' ? NO_WAIT : NO_RETURN;
	if (context.getMode() !== 'manual') throw new InputError([reason]);
	context.addExecutionHints({ message: reason, type: 'warning', location: 'outputPane' });
}

/** How each Wait for Payment behind this node resumes. */
function waitModesBehind(context: IExecuteFunctions): unknown[] {
	const { name, type } = context.getNode();
	return context
		.getChildNodes(name, { includeNodeParameters: true })
		.filter(
			(node) =>
				node.type === type && !node.disabled && node.parameters?.operation === WAIT_OPERATION,
		)
		.map(({ parameters }) => parameters?.waitMode);
}

/** Adds a hint to the output of Wait for Payment when RsomPay may not call this execution back. */
export function warnIfNotCreatedHere(context: IExecuteFunctions): void {
	if (isCreateBefore(context)) return;
	context.addExecutionHints({ message: NOT_CREATED_HERE, location: 'outputPane' });
}

function isCreateBefore(context: IExecuteFunctions): boolean {
	const { name, type } = context.getNode();
	return context
		.getParentNodes(name, { includeNodeParameters: true })
		.some(
			(node) =>
				node.type === type &&
				(node.parameters?.afterPayment === AFTER_PAYMENT.continue ||
					node.parameters?.notify === CALLBACK_TARGET.execution),
		);
}

/** Returns whether customers return to this execution: a Create before this node says so. */
export function customersReturnHere(context: IWebhookFunctions): boolean {
	const { name, type } = context.getNode();
	return context
		.getParentNodes(name, { includeNodeParameters: true })
		.some(
			({ type: parentType, parameters = {} }) =>
				parentType === type &&
				(parameters.afterPayment === AFTER_PAYMENT.continue
					? isBlank(parameters.returnUrl)
					: parameters.returnTo === CALLBACK_TARGET.execution),
		);
}

/** Records that RsomPay notifies this execution of invoices, or customers return to it. */
export function recordNotified(context: IExecuteFunctions): void {
	context.getContext('flow')[NOTIFIED_KEY] = context.getExecutionId();
}

/**
 * Returns whether a person is testing, and RsomPay does not notify this execution. That is so when the
 * nodes are executed step by step: each step is an execution.
 */
export function isTestWithoutCallback(context: IExecuteFunctions): boolean {
	return (
		context.getMode() === 'manual' &&
		context.getContext('flow')[NOTIFIED_KEY] !== context.getExecutionId()
	);
}

/** Adds a hint to the output of Wait for Payment that says why a test run polls. */
export function explainPolling(context: IExecuteFunctions): void {
	const message = isCreateBefore(context) ? REPORTED_ELSEWHERE : NOT_CREATED_HERE;
	context.addExecutionHints({ message, location: 'outputPane' });
}

/** The nodes of n8n that suspend an execution, besides those that send a message and wait. */
const SUSPENDING_NODES = new Set([
	'n8n-nodes-base.executeWorkflow',
	'n8n-nodes-base.form',
	'n8n-nodes-base.wait',
]);

/**
 * Returns whether a node of n8n behind this one, or in a branch beside it, may suspend the execution
 * again. A timer that n8n has set for this wait would resume it there. Wait for Payment itself does not
 * resume before its time.
 */
export function maySuspendElsewhere(context: IWebhookFunctions): boolean {
	const { name } = context.getNode();
	const childrenOf = (parent: string) =>
		context.getChildNodes(parent, { includeNodeParameters: true });
	const parents = context.getParentNodes(name).map((parent) => parent.name);
	const beside = parents.flatMap(childrenOf).filter((node) => !parents.includes(node.name));
	return [...childrenOf(name), ...beside].some(
		({ type, parameters }) =>
			SUSPENDING_NODES.has(type) || /AndWait$/.test(String(parameters?.operation)),
	);
}
