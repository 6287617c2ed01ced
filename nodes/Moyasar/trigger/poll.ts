import type { INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';
import { connect } from '../api/connect';
import { CREDENTIAL_TYPE } from '../api/credential';
import { readBacklog } from './backlog';
import { type Cursor, executionKey, newCursor, resumeCursor } from './cursor';
import { itemOf, REQUESTS } from './output';
import { notePublication, publicationOf } from './publication';
import { readTriggerSettings } from './settings';

/** The budget of a poll where n8n does not name one, in ms. */
const DEFAULT_BUDGET_MS = 300_000;

const CURSOR_KEY = 'cursor';

/** The activation modes of a published workflow when n8n starts. */
const RESTART_MODES: ReadonlySet<string> = new Set(['init', 'leadershipChange']);

/** The polls in flight in this process, by workflow and node. */
const inFlight = new Set<string>();

/** The activations whose first poll has started. */
const begun = new WeakSet<IPollFunctions>();

/**
 * How far this process has read, by workflow and node, and the cursor that was stored then. n8n stores
 * nothing of most polls without payments.
 */
const progress = new Map<string, { stored: string | undefined; next: Cursor }>();

/**
 * Polls once: returns what is new since the last poll, oldest first. A backlog is read from its oldest
 * payment on, as far as the poll's budget allows. The cursor moves only over what was read completely,
 * so that a poll that fails is repeated from the same place.
 *
 * @returns the payments as items, or `null` when there is none
 * @throws NodeApiError or NodeOperationError
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	if (inFlight.has(key)) return null;
	inFlight.add(key);
	const isFirst = !begun.has(context);
	begun.add(context);
	try {
		const items = await pollOnce(context, key, isFirst);
		return items.length === 0 ? null : [items];
	} catch (error) {
		const nodeError = asNodeError(context.getNode(), error);
		if (!isFirst || !RESTART_MODES.has(context.getActivationMode())) throw nodeError;
		// n8n would deactivate the trigger for good when Moyasar is down while n8n starts.
		context.logger.warn(`The first poll of ${context.getNode().name} failed: ${nodeError.message}`);
		return null;
	} finally {
		inFlight.delete(key);
	}
}

async function pollOnce(
	context: IPollFunctions,
	key: string,
	isFirst: boolean,
): Promise<INodeExecutionData[]> {
	const settings = readTriggerSettings(
		(name, fallback) => context.getNodeParameter(name, fallback),
		context.getTimezone(),
	);
	const deadline = Date.now() + budgetOf(context) / 2;
	const { client } = await connect(context, REQUESTS);
	const readNow = async () => (await client.listPayments({}, 1)).now;
	if (isFirst && context.getActivationMode() === 'activate' && settings.from === undefined) {
		await notePublication(context, readNow);
	}

	const staticData = context.getWorkflowStaticData('node');
	const store = (cursor: Cursor) => {
		const defined = Object.entries(cursor).filter(([, value]) => value !== undefined);
		staticData[CURSOR_KEY] = Object.fromEntries(defined);
		return cursor;
	};
	const subject = {
		event: settings.event,
		account: context.getNode().credentials?.[CREDENTIAL_TYPE]?.id ?? '',
		published: publicationOf(context),
		from: settings.from,
	};
	const stored = JSON.stringify(staticData[CURSOR_KEY]);
	const read = progress.get(key);
	let cursor = resumeCursor(read?.stored === stored ? read?.next : staticData[CURSOR_KEY], subject);
	if (!cursor) {
		// Stored even if this poll fails: the next one then continues from here.
		store(newCursor(subject, Date.now()));
		cursor = store(newCursor(subject, await readNow()));
	}

	// A cursor with `previous` is from another process, which may have ended before it created the
	// execution. What has run, `execute` drops.
	const { previous, ...current } = cursor;
	const origin: Cursor = { ...current, ...previous };
	const { payments, next } = await readBacklog(client, origin, settings.statuses, deadline);
	if (payments.length === 0) {
		progress.set(key, { stored, next });
		store(next);
		return [];
	}
	const { newest, known } = origin;
	const handedOverAt = Date.now();
	store({ ...next, previous: { newest, known }, handedOverAt });
	progress.set(key, { stored: JSON.stringify(staticData[CURSOR_KEY]), next });
	return payments.map((payment) => ({
		...itemOf(payment, settings),
		executionKey: executionKey(next, payment),
		handedOverAt,
	}));
}

function budgetOf(context: IPollFunctions): number {
	return 'getPollBudgetMs' in context ? context.getPollBudgetMs() : DEFAULT_BUDGET_MS;
}
