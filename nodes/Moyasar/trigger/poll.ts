import type { INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';
import type { MoyasarClient } from '../api/client';
import { connect } from '../api/connect';
import { CREDENTIAL_TYPE } from '../api/credential';
import { readBacklog } from './backlog';
import { type Cursor, executionKey, newCursor, resumeCursor } from './cursor';
import { itemOf, REQUESTS } from './output';
import { notePublication, publicationOf } from './publication';
import { readTriggerSettings, type TriggerSettings } from './settings';

/** The budget of a poll where n8n does not name one, in ms. */
const DEFAULT_BUDGET_MS = 300_000;

const CURSOR_KEY = 'cursor';

/** The activation modes of a published workflow when n8n starts. */
const RESTART_MODES: ReadonlySet<string> = new Set(['init', 'leadershipChange']);

/** The polls in flight in this process, by workflow and node. */
const inFlight = new Set<string>();

/** The activations whose first poll has started. */
const begun = new WeakSet<IPollFunctions>();

/** What this process remembers of its last poll. n8n stores nothing of most polls without payments. */
interface Progress {
	/** The cursor that was stored before the poll. */
	before: string | undefined;
	/** The cursor that is stored after it, unless n8n has abandoned it. */
	stored: string | undefined;
	/** How far it has read. */
	next: Cursor;
}

/** By workflow and node, the latest last. */
const progress = new Map<string, Progress>();

const MAX_PROGRESS = 1_000;

/**
 * Polls once: returns what is new since the last poll, oldest first. A backlog is read from its oldest
 * payment on, as far as the poll's budget allows. The cursor moves only over what was read completely,
 * so that a poll that fails is repeated from the same place.
 *
 * @returns the payments as items, or `null` when there is none
 * @throws NodeApiError or NodeOperationError
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const isFirst = !begun.has(context);
	begun.add(context);
	const isRestart = isFirst && RESTART_MODES.has(context.getActivationMode());
	try {
		const items = await pollOnce(context, isFirst, isRestart);
		return items.length === 0 ? null : [items];
	} catch (error) {
		const nodeError = asNodeError(context.getNode(), error);
		if (!isRestart) throw nodeError;
		// n8n would deactivate the trigger for good when Moyasar is down while n8n starts.
		context.logger.warn(`The first poll of ${context.getNode().name} failed: ${nodeError.message}`);
		return null;
	}
}

async function pollOnce(
	context: IPollFunctions,
	isFirst: boolean,
	isRestart: boolean,
): Promise<INodeExecutionData[]> {
	const settings = readTriggerSettings(
		(name, fallback) => context.getNodeParameter(name, fallback),
		context.getTimezone(),
	);
	const deadline = Date.now() + budgetOf(context) / 2;
	const { client } = await connect(context, REQUESTS);
	const readNow = async () => (await client.listPayments({}, 1)).now;
	// Also while a poll of the previous publication is in flight.
	if (isFirst && context.getActivationMode() === 'activate' && settings.from === undefined) {
		await notePublication(context, readNow);
	}

	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	if (inFlight.has(key)) return [];
	inFlight.add(key);
	try {
		return await readNew(context, { key, settings, client, readNow, deadline, isRestart });
	} finally {
		inFlight.delete(key);
	}
}

interface Reading {
	key: string;
	settings: TriggerSettings;
	client: MoyasarClient;
	/** Returns the time by Moyasar's clock, in ms since 1970. */
	readNow: () => Promise<number>;
	deadline: number;
	isRestart: boolean;
}

async function readNew(
	context: IPollFunctions,
	{ key, settings, client, readNow, deadline, isRestart }: Reading,
): Promise<INodeExecutionData[]> {
	const { credentials, id: nodeId } = context.getNode();
	const staticData = context.getWorkflowStaticData('node');
	const store = (cursor: Cursor) => {
		const defined = Object.entries(cursor).filter(([, value]) => value !== undefined);
		staticData[CURSOR_KEY] = Object.fromEntries(defined);
		return cursor;
	};
	const subject = {
		event: settings.event,
		account: credentials?.[CREDENTIAL_TYPE]?.id ?? '',
		published: publicationOf(context),
		from: settings.from,
		startFrom: settings.startFrom,
		nodeId,
	};
	const replaced = staticData[CURSOR_KEY];
	const before = JSON.stringify(replaced);
	const read = progress.get(key);
	let cursor = resumeCursor(read?.stored === before ? read?.next : replaced, subject);
	if (!cursor) {
		// Stored even if this poll fails: the next one then continues from here.
		store(newCursor(subject, Date.now(), replaced));
		cursor = store(newCursor(subject, await readNow(), replaced));
	}

	// An n8n that has ended may not have created the execution of `previous`. What has run, `execute`
	// drops. Otherwise a cursor with `previous` is from an n8n that still runs.
	const { previous, ...current } = cursor;
	const repeats = isRestart || !read || read.before === before;
	const origin: Cursor = { ...current, ...(repeats && previous) };
	const { payments, next } = await readBacklog(client, origin, settings.statuses, deadline);
	if (payments.length === 0) {
		remember(key, { before, stored: before, next });
		store(next);
		return [];
	}
	const { newest, known } = origin;
	const handedOverAt = Date.now();
	store({ ...next, previous: { newest, known }, handedOverAt });
	remember(key, { before, stored: JSON.stringify(staticData[CURSOR_KEY]), next });
	return payments.map((payment) => ({
		...itemOf(payment, settings),
		executionKey: executionKey(next, payment),
		handedOverAt,
	}));
}

// A trigger that is forgotten reads its last execution again, as after a restart.
function remember(key: string, latest: Progress): void {
	progress.delete(key);
	progress.set(key, latest);
	const [oldest] = progress.keys();
	if (progress.size > MAX_PROGRESS && oldest !== undefined) progress.delete(oldest);
}

function budgetOf(context: IPollFunctions): number {
	return 'getPollBudgetMs' in context ? context.getPollBudgetMs() : DEFAULT_BUDGET_MS;
}
