import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { asNodeError } from '../../shared/nodeErrors';
import { connect } from '../api/connect';
import { hasStatusOf, itemOf, REQUESTS } from './output';
import { readTriggerSettings } from './settings';

/** How many payments a test run in the editor outputs. */
const SAMPLE_SIZE = 5;

/** How many payments n8n remembers besides those of the last execution. */
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
	const handOver = `handed over at ${String(items[0]?.handedOverAt)}`;
	const recorded = new Set(await checkAndRecord(context, [...keys, handOver]));
	// A user who retries a crashed execution wants its payments again, unless another one output them.
	if (context.getMode() === 'retry' && recorded.has(handOver)) recorded.clear();
	return items
		.filter(({ executionKey }) => !recorded.has(executionKey))
		.map(({ json }) => ({ json }));
}

/** Returns the keys that an execution has recorded before. */
async function checkAndRecord(context: IExecuteFunctions, keys: string[]): Promise<unknown[]> {
	const record = async (added: string[], maxEntries?: number) =>
		await context.helpers.checkProcessedAndRecord(added, 'node', { mode: 'entries', maxEntries });
	const check = async () => {
		const { processed } = await record(keys);
		// While n8n repeats payments, the others of their execution may follow.
		if (processed.length === 0) await record([], keys.length + REMEMBERED);
		return processed;
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
