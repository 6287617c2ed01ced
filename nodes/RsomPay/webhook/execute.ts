import { hash, randomUUID } from 'node:crypto';
import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type IWebhookFunctions,
	NodeOperationError,
	sleep,
} from 'n8n-workflow';
import { z } from 'zod';

import { asNodeError } from '../../shared/nodeErrors';
import { setNewest } from '../../shared/setNewest';
import { claimDelivery, type Delivery, endClaim, hasEnded } from './claim';
import { areRowsUsable, type ClaimRows, claimRowsOf } from './claimRows';
import type { DedupeKind, DedupeResult, DedupeStore } from './dedupeStore';
import { endHandlersOf, recordEnd } from './recordEnd';

/** How long an execution waits for another one of the same event. RsomPay waits a few seconds. */
const WAIT_MS = 5_000;

const POLL_MS = 250;

const deliverySchema = z.object({
	key: z.string(),
	holder: z.string(),
	untilSuccess: z.boolean(),
});

/**
 * The executions that this process has started and not run yet, by their delivery. It dedupes them
 * itself, unless there is no holder.
 */
const startedHere = new Map<string, { holder?: string; at: number }>();

/**
 * How long a delivery is in flight whose execution does not begin here. Longer than most workflows take:
 * in queue mode a repetition fails before the first run has ended.
 */
const LOST_AFTER_MS = 10 * 60_000;

/** More than n8n starts at a time. */
const MAX_STARTED = 10_000;

/** Whether the n8n of this process can claim deliveries. */
let isUsable: boolean | undefined;

/** Marks the item that starts an execution, so that `execute` recognizes the delivery. */
export function withDelivery(
	context: IWebhookFunctions,
	items: INodeExecutionData[][],
	kind: DedupeKind,
	eventId: string,
	untilSuccess: boolean,
): INodeExecutionData[][] {
	const delivery: Delivery = { key: `${kind} ${eventId}`, holder: randomUUID(), untilSuccess };
	const id = idOf(context, delivery.key);
	const before = startedHere.get(id);
	const isLeft = before && !before.holder;
	const holder = isLeft ? undefined : delivery.holder;
	setNewest(startedHere, id, { holder, at: Date.now() }, MAX_STARTED);
	return items.map((list) => list.map((item) => ({ ...item, delivery: { ...delivery } })));
}

/**
 * Begins a delivery. One whose execution was started here ten minutes ago and has not run here is no
 * longer in flight: another process runs it, or it was lost with a database. Then it is started again,
 * and the claim decides.
 */
export function beginDelivery(
	context: IWebhookFunctions,
	store: DedupeStore,
	kind: DedupeKind,
	eventId: string,
): DedupeResult {
	const result = store.begin(eventId);
	if (result !== 'inFlight') return result;
	const id = idOf(context, `${kind} ${eventId}`);
	const now = Date.now();
	if (now - (startedHere.get(id)?.at ?? now) < LOST_AFTER_MS) return result;
	startedHere.set(id, { at: now });
	store.rollback(eventId);
	return store.begin(eventId);
}

/** Identifies a delivery of one trigger, however long its event ID is. */
function idOf(context: IWebhookFunctions | IExecuteFunctions, key: string): string {
	return hash('sha256', `${context.getWorkflow().id} ${context.getNode().id} ${key}`);
}

/**
 * Runs the trigger as the first node of an execution. In queue mode several processes take webhooks, and
 * the same event may have started another execution: then it outputs nothing.
 *
 * @returns the item of the webhook, or none for a duplicate
 * @throws NodeOperationError while another execution of the event runs, so that RsomPay sends it again
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	const { data: delivery } = deliverySchema.safeParse(items[0]?.delivery);
	const runs = !delivery || isDedupedHere(context, delivery) || (await mayRun(context, delivery));
	return [runs ? items.map(({ json }) => ({ json })) : []];
}

function isDedupedHere(context: IExecuteFunctions, { key, holder }: Delivery): boolean {
	const id = idOf(context, key);
	return startedHere.get(id)?.holder === holder && startedHere.delete(id);
}

async function mayRun(context: IExecuteFunctions, delivery: Delivery): Promise<boolean> {
	const { untilSuccess } = delivery;
	const endHandlers = endHandlersOf(context);
	try {
		const rows = claimRowsOf(context);
		passNothingOn(context);
		if (rows) isUsable ??= await areRowsUsable(rows, delivery.holder);
		if (!rows || !isUsable || (untilSuccess && !endHandlers)) {
			context.logger.warn('RsomPay Trigger cannot dedupe across the processes of this n8n');
			return true;
		}
		const claim = await waitForClaim(context, rows, delivery);
		if (claim.result === 'duplicate') return false;
		if (claim.row !== undefined && untilSuccess && endHandlers) {
			// n8n has called the handlers already, and runs no other node.
			const isCanceled = context.getExecutionCancelSignal()?.aborted;
			if (isCanceled) await endClaim(rows, claim.row, false);
			else recordEnd(context, rows, claim.row, endHandlers);
		}
		return true;
	} catch (error) {
		// RsomPay sends it again. An event that was acknowledged already would be lost.
		if (untilSuccess) throw asNodeError(context.getNode(), error);
		context.logger.warn(`RsomPay Trigger could not dedupe a delivery: ${String(error)}`);
		return true;
	}
}

/**
 * Makes n8n run no other node when this one outputs nothing or fails. With 'Always Output Data' it would
 * run them with an empty item, with 'On Error: Continue' with the event.
 */
function passNothingOn(context: IExecuteFunctions): void {
	const entry = context.getExecuteData();
	// A copy, because n8n saves the node with the workflow.
	entry.node = {
		...entry.node,
		alwaysOutputData: false,
		continueOnFail: false,
		onError: 'stopWorkflow',
	};
}

async function waitForClaim(context: IExecuteFunctions, rows: ClaimRows, delivery: Delivery) {
	const until = Date.now() + WAIT_MS;
	for (;;) {
		const claim = await claimDelivery(rows, delivery, Date.now());
		if (claim.result !== 'inFlight') return claim;
		while (!(await hasEnded(rows, claim.row))) {
			if (Date.now() > until) {
				throw new NodeOperationError(context.getNode(), 'The same event is running already', {
					description:
						'Another execution has started with it. RsomPay sends it again, and nothing runs if that execution has succeeded by then.',
				});
			}
			await sleep(POLL_MS);
		}
	}
}
