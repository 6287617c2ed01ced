import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';
import { connect } from '../api/connect';
import { hasStatusOf, itemOf, REQUESTS } from './output';
import { readTriggerSettings } from './settings';

/** How many payments a test run in the editor outputs. */
const SAMPLE_SIZE = 5;

/** How many payments n8n remembers besides those of the last execution, with two entries each. */
const REMEMBERED = 1_000;

/** The last check of this process. */
let lastCheck: Promise<unknown> = Promise.resolve();

/**
 * Runs the trigger as the first node of an execution. A payment that n8n has started twice, because it
 * was ended or polled twice at once, is output once. In the editor it outputs a sample.
 *
 * @returns the payments as items
 * @throws NodeApiError or NodeOperationError
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	try {
		if (context.getMode() === 'manual') return [await fetchSample(context)];
		return [await withoutRepeated(context, context.getInputData())];
	} catch (error) {
		throw asNodeError(context.getNode(), error);
	}
}

async function withoutRepeated(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	// Items without a key are of an execution that an earlier version has started.
	const keys = items.flatMap(({ executionKey }) =>
		typeof executionKey === 'string' ? executionKey : [],
	);
	const ownKey = (key: unknown) => `${String(items[0]?.handedOverAt)} ${String(key)}`;
	const recorded = await checkAndRecord(context, keys, ownKey);
	// A user who retries a crashed execution wants its payments again, unless another one output them.
	const isRetry = context.getMode() === 'retry';
	return items
		.filter(({ executionKey: key }) => !recorded.has(key) || (isRetry && recorded.has(ownKey(key))))
		.map(({ json }) => ({ json }));
}

/**
 * Records each key, and the key of this execution for it, which tells that this execution has output
 * the payment.
 *
 * @returns what was recorded before
 */
async function checkAndRecord(
	context: IExecuteFunctions,
	keys: string[],
	ownKey: (key: string) => string,
): Promise<ReadonlySet<unknown>> {
	const { checkProcessedAndRecord, removeProcessed } = context.helpers;
	const record = async (added: string[], maxEntries?: number) =>
		await checkProcessedAndRecord(added, 'node', { mode: 'entries', maxEntries });
	const check = async () => {
		// Together: an n8n that ends in between would lose the payments for a retry.
		const { processed } = await record([...keys, ...keys.map(ownKey)]);
		const recorded: ReadonlySet<unknown> = new Set(processed);
		// While n8n repeats payments, the others of their execution may follow.
		if (processed.length === 0) await record([], 2 * (keys.length + REMEMBERED));
		const dropped = keys.filter((key) => recorded.has(key)).map(ownKey);
		const wrong = dropped.filter((key) => !recorded.has(key));
		if (wrong.length > 0) await removeProcessed(wrong, 'node', { mode: 'entries' });
		return recorded;
	};
	// n8n reads what it has recorded, then writes it. Two executions at once would miss each other.
	const current = lastCheck.then(check, check);
	lastCheck = current;
	return await current;
}

async function fetchSample(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const settings = readTriggerSettings(
		(name, fallback) => context.getNodeParameter(name, 0, fallback),
		context.getTimezone(),
	);
	const { statuses } = settings;
	const { client } = await connect(context, REQUESTS);
	// Moyasar filters by one status itself, so that old payments are found, too.
	const query = statuses.length === 1 ? { status: statuses[0] } : {};
	const { records } = await client.listPayments(query, 1);
	return records
		.filter(hasStatusOf(statuses))
		.slice(0, SAMPLE_SIZE)
		.reverse()
		.map((payment) => itemOf(payment, settings));
}
