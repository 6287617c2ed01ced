import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';
import { readAllPages } from '../../shared/pagination';
import type { MoyasarClient } from '../api/client';
import { connect } from '../api/connect';
import { CREDENTIAL_TYPE } from '../api/credential';
import type { Payment } from '../api/schemas';
import { simplify } from '../api/simplify';
import { advance, type Cursor, earliestOf, newCursor, parseCursor, timeOf } from './cursor';
import { readTriggerSettings, type TriggerSettings } from './settings';

/** How a poll sends its requests. */
const REQUESTS = { concurrency: 10, maxRetries: 3, timeoutMs: 30_000 };

/** How many payments a test run in the editor outputs. */
const SAMPLE_SIZE = 5;

const CURSOR_KEY = 'cursor';

/** The activation modes of a published workflow when n8n starts. */
const RESTART_MODES: ReadonlySet<string> = new Set(['init', 'leadershipChange']);

/** The polls in flight in this process, by workflow and node. */
const inFlight = new Set<string>();

/** The activations whose first poll has started. */
const firstPollStarted = new WeakSet<IPollFunctions>();

/**
 * Polls once: returns what is new since the last poll, oldest first. The cursor moves only when all
 * pages were read, so that a poll that fails half-way is repeated from the same place.
 *
 * @returns the payments as items, or `null` when there is none
 * @throws NodeApiError or NodeOperationError
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	try {
		return context.getMode() === 'manual' ? await pollManually(context) : await pollOnce(context);
	} catch (error) {
		throw asNodeError(context.getNode(), error);
	}
}

async function pollManually(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const settings = readTriggerSettings(context);
	const { client } = await connect(context, REQUESTS);
	return itemsOf(await fetchSample(client, settings), settings);
}

async function pollOnce(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	if (inFlight.has(key)) return null;
	inFlight.add(key);
	const isFirst = !firstPollStarted.has(context);
	firstPollStarted.add(context);
	try {
		const settings = readTriggerSettings(context);
		return itemsOf(await fetchNew(context, settings, isFirst), settings);
	} catch (error) {
		if (!isFirst || !RESTART_MODES.has(context.getActivationMode()))
			return await Promise.reject(error);
		// n8n would deactivate the trigger for good when Moyasar is down while n8n starts.
		const { message } = asNodeError(context.getNode(), error);
		context.logger.warn(`The first poll of ${context.getNode().name} failed: ${message}`);
		return null;
	} finally {
		inFlight.delete(key);
	}
}

async function fetchNew(
	context: IPollFunctions,
	{ event, statuses }: TriggerSettings,
	isFirst: boolean,
): Promise<Payment[]> {
	const staticData = context.getWorkflowStaticData('node');
	const store = (cursor: Cursor) => {
		staticData[CURSOR_KEY] = cursor as unknown as IDataObject;
		return cursor;
	};
	const subject = { event, account: context.getNode().credentials?.[CREDENTIAL_TYPE]?.id ?? '' };
	// A workflow that was unpublished starts from now. One that was changed, or whose n8n was restarted,
	// continues.
	const startsFromNow = isFirst && context.getActivationMode() === 'activate';
	const stored = startsFromNow ? undefined : parseCursor(staticData[CURSOR_KEY], subject);
	// Stored even if this poll fails: the next one then continues from here.
	if (!stored) store(newCursor(subject, Date.now()));
	const { client } = await connect(context, REQUESTS);
	const cursor = stored ?? store(newCursor(subject, (await client.listPayments({}, 1)).now));
	const { payments, now } = await readSince(client, cursor);
	const { fresh, next } = advance(cursor, payments, now);
	store(next);
	return fresh.filter(hasStatusOf(statuses));
}

/**
 * Reads what was created, or changed, since the cursor. A list of several pages is read up to a fixed
 * time, so that new payments do not shift its pages. The next poll returns those.
 *
 * @returns the payments, and when the first page was read, by Moyasar's clock
 */
async function readSince(
	client: MoyasarClient,
	cursor: Cursor,
): Promise<{ payments: Payment[]; now: number }> {
	const { event } = cursor;
	const name = event === 'newPayment' ? 'created' : 'updated';
	const since = { [`${name}[gt]`]: isoOf(earliestOf(cursor)) };
	const { records, lastPage, now } = await client.listPayments(since, 1);
	if (lastPage <= 1) return { payments: records, now };
	// The first page has the newest payment. Any page may have the newest change.
	const times = records.map((payment) => timeOf(payment, event));
	const until = Math.max(...times, event === 'newPayment' ? 0 : now);
	const query = { ...since, [`${name}[lt]`]: isoOf(until) };
	const payments = await readAllPages({
		readPage: async (page) => await client.listPayments(query, page),
		getKey: ({ id }) => id,
		concurrency: REQUESTS.concurrency,
	});
	return { payments, now };
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

async function fetchSample(
	client: MoyasarClient,
	{ statuses }: TriggerSettings,
): Promise<Payment[]> {
	// Moyasar filters by one status itself, so that old payments are found, too.
	const query = statuses.length === 1 ? { status: statuses[0] } : {};
	const { records } = await client.listPayments(query, 1);
	return records.filter(hasStatusOf(statuses)).slice(0, SAMPLE_SIZE).reverse();
}

function hasStatusOf(statuses: readonly string[]): (payment: Payment) => boolean {
	return ({ status }) => statuses.length === 0 || statuses.includes(status ?? '');
}

function itemsOf(
	payments: readonly Payment[],
	{ simplify: isSimple }: TriggerSettings,
): INodeExecutionData[][] | null {
	if (payments.length === 0) return null;
	return [
		payments.map((payment) => ({
			json: (isSimple ? simplify(payment) : payment) as IDataObject,
		})),
	];
}
