import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { ServiceError } from '../../../shared/errors';
import { FROM_VERSION_2, VERSION_1 } from '../../../shared/displayConditions';
import { labelsOf } from '../../../shared/fieldLabels';
import { dateTime, endOfRange, optional, text, validate } from '../../../shared/fieldSchemas';
import { listFields, listShape } from '../../../shared/listFields';
import type { Operation } from '../../../shared/operations';
import { readAllPages } from '../../../shared/pagination';
import { MAX_PAGE_SIZE } from '../../api/client';
import type { RsomPayRun } from '../../api/connect';
import { type Transaction, transactionTime } from '../../api/schemas';

const fields: INodeProperties[] = [
	{
		displayName: 'Customer ID',
		name: 'customerId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. CUST-9',
		description: 'The Customer ID you gave when you created the invoices',
	},
	...listFields,
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		options: [
			{
				displayName: 'Created From',
				name: 'createdFrom',
				type: 'dateTime',
				default: '',
				description: 'Only transactions created at that moment or later',
			},
			{
				displayName: 'Created To',
				name: 'createdTo',
				type: 'dateTime',
				default: '',
				description:
					'Created up to that moment. The calendar gives midnight; a day without time counts to its end.',
			},
			{
				displayName: 'Payment Method',
				name: 'paymentMethod',
				type: 'string',
				default: '',
				placeholder: 'e.g. card',
				description: 'Such as card, tamara, mada or visa',
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'options',
				options: [
					{ name: 'Completed', value: 'completed', description: 'Paid' },
					{ name: 'Failed', value: 'failed', description: 'Attempted, not paid' },
					{ name: 'Pending', value: 'pending', description: 'Not confirmed yet' },
				],
				default: 'completed',
				description: 'Only transactions that have this status. Give any other by an expression.',
				displayOptions: { show: FROM_VERSION_2 },
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'string',
				default: '',
				placeholder: 'e.g. completed',
				description: 'Only transactions that have this status',
				displayOptions: { show: VERSION_1 },
			},
		],
	},
];

const LABELS = labelsOf(fields);

/** Lists the payments of a customer. API guide: `GET /transactions`. */
export const getAll = {
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many transactions',
		description: "List many transactions: a customer's payments across your invoices",
		builderHint: {
			propertyHint:
				'For a history of the payments of one customer, by the customer ID of Create. To learn whether one invoice is paid, use Get by Reference or Wait for Payment of the resource invoice.',
		},
	},
	fields,
	prepare(context, { client, concurrency }) {
		const schema = parametersSchema(context.getTimezone());
		return (itemIndex) => {
			const { customerId, returnAll, limit, filters } = validate(
				schema,
				{
					customerId: context.getNodeParameter('customerId', itemIndex),
					returnAll: context.getNodeParameter('returnAll', itemIndex),
					limit: context.getNodeParameter('limit', itemIndex, 50),
					filters: context.getNodeParameter('filters', itemIndex, {}),
				},
				LABELS,
			);
			const filter = filterOf(filters);
			const perPage = returnAll || filter ? MAX_PAGE_SIZE : Math.min(limit, MAX_PAGE_SIZE);
			return async () =>
				await readAllPages({
					readPage: async (page) => await client.listTransactions(customerId, page, perPage),
					getKey,
					filter,
					limit: returnAll ? undefined : limit,
					concurrency,
				});
		};
	},
} satisfies Operation<RsomPayRun>;

const parametersSchema = (zone: string) =>
	z.object({
		customerId: text(255),
		...listShape,
		filters: z.object({
			createdFrom: optional(dateTime(zone)),
			createdTo: optional(endOfRange(zone)),
			paymentMethod: optional(text(255)),
			status: optional(text(255)),
		}),
	});

type Filters = z.output<ReturnType<typeof parametersSchema>>['filters'];

// Several payment attempts may have one reference.
function getKey(transaction: Transaction): string {
	const { reference, created_at } = transaction;
	return reference ? `${reference} ${created_at}` : JSON.stringify(transaction);
}

// The API has none of these filters, so they are applied to its response.
function filterOf(filters: Filters): ((transaction: Transaction) => boolean) | undefined {
	const { createdFrom, createdTo, paymentMethod, status } = filters;
	if (!createdFrom && !createdTo && !paymentMethod && !status) return undefined;
	const [from, to] = [createdFrom?.toMillis() ?? -Infinity, createdTo?.toMillis() ?? Infinity];
	return (transaction) =>
		isSame(transaction.payment_method, paymentMethod) &&
		isSame(transaction.status, status) &&
		((!createdFrom && !createdTo) || isBetween(transaction, from, to));
}

function isBetween({ reference, created_at }: Transaction, from: number, to: number): boolean {
	const created = transactionTime(created_at);
	if (!Number.isNaN(created)) return created >= from && created <= to;
	throw new ServiceError(
		'RsomPay returned a transaction without a time, which cannot be filtered',
		{
			description: `It is the transaction "${reference}". Take out 'Created From' and 'Created To' to list it with the others.`,
		},
	);
}

function isSame(value: string | null | undefined, wanted: string | undefined): boolean {
	return wanted === undefined || value?.toLowerCase() === wanted.toLowerCase();
}
