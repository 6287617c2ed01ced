import { type IExecuteFunctions, sleep } from 'n8n-workflow';

import { endClaim, LEASE_MS } from './claim';
import type { ClaimRows } from './claimRows';

/** How long it tries to record how an execution ended, in ms. Then the event runs again. */
const GIVE_UP_MS = 5 * 60_000;

/** How long it waits after an attempt that failed, in ms. */
const RETRY_MS = 5_000;

type EndHandler = (run: { status?: string }) => Promise<void>;

/** What n8n calls, one by one, when an execution ends or begins to wait. */
export interface EndHandlers {
	workflowExecuteAfter: EndHandler[];
}

/** Returns what n8n calls when the execution ends, where this n8n has it: n8n does not document it. */
export function endHandlersOf(context: IExecuteFunctions): EndHandlers | undefined {
	const { additionalData } = context as unknown as {
		additionalData?: { hooks?: { handlers?: Partial<EndHandlers> } };
	};
	const handlers = additionalData?.hooks?.handlers;
	return Array.isArray(handlers?.workflowExecuteAfter) ? (handlers as EndHandlers) : undefined;
}

/**
 * Records how the execution of a claim ended, and extends its lease until then.
 *
 * @param row of the claim
 */
export function recordEnd(
	context: IExecuteFunctions,
	rows: ClaimRows,
	row: string,
	{ workflowExecuteAfter }: EndHandlers,
): void {
	/** How it ended when it ended first: n8n calls the handlers again when it could not save that. */
	let first: string | undefined;
	let succeeded: boolean | undefined;
	let isRecorded = false;
	let hasFailed = false;
	let isLogged = false;
	let giveUpAt = Infinity;
	const warn = (message: string) => {
		const { id: workflowId } = context.getWorkflow();
		context.logger.warn(message, { executionId: context.getExecutionId(), workflowId });
	};
	const attempt = async (call: () => Promise<void>) => {
		try {
			await call();
			hasFailed = false;
		} catch (error) {
			hasFailed = true;
			if (isLogged || isRecorded) return;
			isLogged = true;
			warn(`RsomPay Trigger could not update its claim: ${String(error)}`);
		}
	};
	const record = async (outcome: boolean) => {
		const isSuccess = (succeeded ??= outcome);
		await attempt(async () => {
			await endClaim(rows, row, isSuccess);
			isRecorded = true;
		});
	};
	// n8n calls the handlers one by one, and none after its own when that cannot save the execution.
	workflowExecuteAfter.unshift(async ({ status = '' }) => {
		first ??= status;
		giveUpAt = Math.min(giveUpAt, Date.now() + GIVE_UP_MS);
		if (first !== 'waiting') await record(first === 'success');
	});
	// An execution that waits is lost until n8n has saved it.
	workflowExecuteAfter.push(async ({ status }) => {
		if (first === 'waiting') await record(status === 'waiting');
	});
	const extendLease = async () => {
		for (;;) {
			await sleep(hasFailed ? RETRY_MS : LEASE_MS / 4);
			if (isRecorded) return;
			if (Date.now() >= giveUpAt) {
				warn('RsomPay Trigger gave up its claim: the event runs again if RsomPay sends it again');
				return;
			}
			await attempt(async () => await rows.extendLease(row, Date.now()));
			if (succeeded !== undefined) await record(succeeded);
		}
	};
	void extendLease();
}
