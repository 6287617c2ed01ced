import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { z } from 'zod';

import { checked } from '../../shared/fields';
import { onOrOff } from '../../shared/listFields';
import { asNodeError } from '../../shared/nodeErrors';
import { readList } from '../../shared/pages';
import type { MoyasarClient } from '../api/client';
import type { Payment } from '../api/schemas';
import { simplify } from '../api/simplify';
import { connect } from '../run';
import { advance, type Cursor, cursorAt, cursorIn, earliestOf, PAYMENT_EVENTS } from './cursor';

/** How a poll makes its requests. */
const REQUESTS = { concurrency: 10, maxRetries: 3, timeoutMs: 30_000 };

/** How many payments are shown when the trigger is tried by hand. */
const SHOWN_BY_HAND = 5;

const STORED_AS = 'cursor';

const parametersSchema = z.object({
	event: z.nativeEnum(PAYMENT_EVENTS, { message: 'must be New Payment or Updated Payment' }),
	statuses: z.array(z.string(), { message: 'must be a list' }),
	simplify: onOrOff,
});

const LABELS = { event: 'Trigger On', statuses: 'Status', simplify: 'Simplify' };

type Parameters = z.output<typeof parametersSchema>;

/** The polls that are under way in this process, by workflow and node. */
const underWay = new Set<string>();

/** The activations whose first poll has been. */
const begun = new WeakSet<IPollFunctions>();

/**
 * One poll: what is new since the last one, oldest first. The cursor moves only when everything
 * was read, so that a poll which fails half-way is done again from the same place.
 *
 * @returns the payments as items, or `null` where there is none
 * @throws NodeApiError or NodeOperationError
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const name = `${context.getWorkflow().id} ${context.getNode().id}`;
	if (underWay.has(name)) return null;
	underWay.add(name);
	try {
		const parameters = checked(
			parametersSchema,
			{
				event: context.getNodeParameter('event'),
				statuses: context.getNodeParameter('statuses', []),
				simplify: context.getNodeParameter('simplify', true),
			},
			LABELS,
		);
		const { client } = await connect(context, REQUESTS);
		const payments =
			context.getMode() === 'manual'
				? await newestFew(client, parameters)
				: await whatIsNew(context, client, parameters);
		return payments.length === 0 ? null : [payments.map((payment) => item(payment, parameters))];
	} catch (error) {
		throw asNodeError(context.getNode(), error);
	} finally {
		underWay.delete(name);
	}
}

async function whatIsNew(
	context: IPollFunctions,
	client: MoyasarClient,
	{ event, statuses }: Parameters,
): Promise<Payment[]> {
	const staticData = context.getWorkflowStaticData('node');
	const kept = isFirstOfPublication(context) ? undefined : cursorIn(staticData[STORED_AS], event);
	const cursor = kept ?? cursorAt(event, Date.now());
	const { fresh, next } = advance(cursor, await readSince(client, cursor));
	staticData[STORED_AS] = next as unknown as IDataObject;
	begun.add(context);
	return kept ? fresh.filter(hasStatusOf(statuses)) : [];
}

// A workflow that was unpublished for a while starts anew; one that was only changed, or whose n8n
// was restarted, goes on.
function isFirstOfPublication(context: IPollFunctions): boolean {
	return context.getActivationMode() === 'activate' && !begun.has(context);
}

async function readSince(client: MoyasarClient, cursor: Cursor): Promise<Payment[]> {
	const since = new Date(earliestOf(cursor)).toISOString();
	const query = { [cursor.event === 'newPayment' ? 'created[gt]' : 'updated[gt]']: since };
	return await readList({
		readPage: async (page) => await client.listPayments(query, page),
		identify: ({ id }) => id,
		concurrency: REQUESTS.concurrency,
	});
}

async function newestFew(client: MoyasarClient, { statuses }: Parameters): Promise<Payment[]> {
	// With one status Moyasar finds them itself, however long ago they were.
	const query = statuses.length === 1 ? { status: statuses[0] } : {};
	const { records } = await client.listPayments(query, 1);
	return records.filter(hasStatusOf(statuses)).slice(0, SHOWN_BY_HAND).reverse();
}

function hasStatusOf(statuses: readonly string[]): (payment: Payment) => boolean {
	return ({ status }) => statuses.length === 0 || statuses.includes(status ?? '');
}

function item(payment: Payment, { simplify: isSimple }: Parameters): INodeExecutionData {
	return { json: (isSimple ? simplify(payment) : payment) as IDataObject };
}
