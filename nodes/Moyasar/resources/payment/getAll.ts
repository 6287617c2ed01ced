import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from '../../../shared/fieldLabels';
import {
	dateTime,
	endOfRange,
	numberBetween,
	optional,
	text,
	validate,
} from '../../../shared/fieldSchemas';
import { listFields, listShape } from '../../../shared/listFields';
import type { Operation } from '../../../shared/operations';
import { type ListRequest, readAllPages } from '../../../shared/pagination';
import { type MoyasarClient, PAGE_SIZE, type PaymentQuery } from '../../api/client';
import type { MoyasarRun } from '../../api/connect';
import type { Payment } from '../../api/schemas';
import { outputFields, outputShape, readOutput, toOutput } from './outputFields';
import { STATUSES } from './statuses';

const fields: INodeProperties[] = [
	...listFields,
	...outputFields,
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		options: [
			{
				displayName: 'Card Last Digits',
				name: 'cardLastDigits',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1111',
				description: 'The last four digits of the card; not for STC Pay',
			},
			{
				displayName: 'Created From',
				name: 'createdFrom',
				type: 'dateTime',
				default: '',
				description: 'Only payments created at that moment or later',
			},
			{
				displayName: 'Created To',
				name: 'createdTo',
				type: 'dateTime',
				default: '',
				description:
					'Created up to that moment. The calendar sets 00:00: set a time to include that day.',
			},
			{
				displayName: 'Metadata',
				name: 'metadata',
				type: 'fixedCollection',
				typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Pair' },
				placeholder: 'Add Pair',
				default: {},
				description: 'Only payments that carry all of these pairs, exactly as written',
				options: [
					{
						displayName: 'Pair',
						name: 'pair',
						values: [
							{
								displayName: 'Key',
								name: 'key',
								type: 'string',
								default: '',
								placeholder: 'e.g. cart_id',
							},
							{
								displayName: 'Value',
								name: 'value',
								type: 'string',
								default: '',
								placeholder: 'e.g. 23432',
							},
						],
					},
				],
			},
			{
				displayName: 'Payment ID',
				name: 'paymentId',
				type: 'string',
				default: '',
				placeholder: 'e.g. 3fa85f64-5717-4562-b3fc-2c963f66afa6',
			},
			{
				displayName: 'RRN',
				name: 'rrn',
				type: 'string',
				default: '',
				placeholder: 'e.g. 123456789012',
				description: 'The retrieval reference number of 12 digits',
			},
			{
				displayName: 'Start Page',
				name: 'page',
				type: 'number',
				typeOptions: { minValue: 1, numberPrecision: 0 },
				default: 1,
				description: `Which page to start from; a page has ${PAGE_SIZE} payments`,
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'options',
				options: STATUSES,
				default: 'paid',
				description: 'Only payments that have this status',
				builderHint: {
					propertyHint:
						'One status: the API takes no list. For several, leave this out and put a Filter node behind. Money that arrived is paid or captured; authorized is only reserved.',
				},
			},
			{
				displayName: 'Updated From',
				name: 'updatedFrom',
				type: 'dateTime',
				default: '',
				description: 'Only payments changed at that moment or later',
			},
			{
				displayName: 'Updated To',
				name: 'updatedTo',
				type: 'dateTime',
				default: '',
				description:
					'Changed up to that moment. The calendar sets 00:00: set a time to include that day.',
			},
		],
	},
];

const LABELS = labelsOf(fields);

/** Lists the account's payments. List Payments: `GET /payments`. */
export const getAll = {
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many payments',
		description: 'List many payments, newest first',
		builderHint: {
			propertyHint:
				'For reports and reconciliation set returnAll to true, and set createdFrom and createdTo in filters. A date without a time in createdTo counts to the end of that day, in the time zone of the workflow. To act on each payment as it happens, use the Moyasar Trigger instead of a schedule.',
		},
	},
	fields,
	prepare(context, { client, concurrency }) {
		const schema = parametersSchema(context.getTimezone());
		return (itemIndex) => {
			const { returnAll, limit, filters, ...output } = validate(
				schema,
				{
					returnAll: context.getNodeParameter('returnAll', itemIndex),
					limit: context.getNodeParameter('limit', itemIndex, 50),
					...readOutput(context, itemIndex),
					filters: context.getNodeParameter('filters', itemIndex, {}),
				},
				LABELS,
			);
			return async () => {
				const payments = await readAllPages({
					readPage: pageReader(client, filters),
					getKey: ({ id }) => id,
					filter: filterOf(filters),
					limit: returnAll ? undefined : limit,
					concurrency,
				});
				return payments.map((payment) => toOutput(payment, output));
			};
		};
	},
} satisfies Operation<MoyasarRun>;

const digits = (count: number) =>
	text(255).pipe(z.string().regex(new RegExp(`^\\d{${count}}$`), `must be ${count} digits`));

const pairSchema = z.object({ key: text(40), value: text(500) });

const metadataSchema = z
	.object({ pair: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]) })
	.transform(({ pair }, context) => {
		const parsed = z.array(pairSchema).safeParse(pair);
		if (parsed.success) {
			const keys = parsed.data.map(({ key }) => key);
			const twice = keys.find((key, index) => keys.indexOf(key) !== index);
			if (twice === undefined) return parsed.data;
			context.addIssue({ code: 'custom', message: `has the key "${twice}" twice` });
			return z.NEVER;
		}
		for (const { path, message } of parsed.error.issues) {
			const name = path[1] === 'value' ? 'value' : 'key';
			context.addIssue({
				code: 'custom',
				message: `has a pair, number ${Number(path[0]) + 1}, whose ${name} ${message}`,
			});
		}
		return z.NEVER;
	});

const parametersSchema = (zone: string) =>
	z.object({
		...listShape,
		...outputShape,
		filters: z.object({
			cardLastDigits: optional(digits(4)),
			createdFrom: optional(dateTime(zone)),
			createdTo: optional(endOfRange(zone)),
			metadata: z.preprocess((value) => (isFilled(value) ? value : { pair: [] }), metadataSchema),
			page: optional(numberBetween(1, Number.MAX_SAFE_INTEGER)),
			paymentId: optional(text(255)),
			rrn: optional(digits(12)),
			status: optional(text(255)),
			updatedFrom: optional(dateTime(zone)),
			updatedTo: optional(endOfRange(zone)),
		}),
	});

type Filters = z.output<ReturnType<typeof parametersSchema>>['filters'];

const isFilled = (value: unknown): boolean =>
	typeof value === 'object' && value !== null && 'pair' in value;

/**
 * Creates the function that reads the pages. The later pages are limited to the payments that existed
 * when the first one was read, so that new payments do not move the others from page to page.
 */
function pageReader(client: MoyasarClient, filters: Filters): ListRequest<Payment>['readPage'] {
	const skipped = (filters.page ?? 1) - 1;
	let query = queryOf(filters);
	let isLimited = false;
	return async (page) => {
		const { records, total, lastPage, now } = await client.listPayments(query, page + skipped);
		if (!isLimited) {
			const newest = Math.max(...records.map(({ created_at }) => Date.parse(created_at ?? '')));
			// Moyasar's times may be finer than it shows. With a Start Page the newest is not on this page.
			const latest = skipped === 0 && Number.isFinite(newest) ? newest + 1 : now;
			const limit = Math.min(latest, filters.createdTo?.toMillis() ?? Infinity);
			query = { ...query, 'created[lt]': new Date(limit).toISOString() };
			isLimited = true;
		}
		return {
			records,
			total: Math.max(0, total - skipped * PAGE_SIZE),
			lastPage: lastPage - skipped,
		};
	};
}

function queryOf(filters: Filters): PaymentQuery {
	const { createdFrom, createdTo, updatedFrom, updatedTo } = filters;
	return {
		id: filters.paymentId,
		status: filters.status,
		// Inclusive, in spite of their names.
		'created[gt]': createdFrom?.toUTC().toISO() ?? undefined,
		'created[lt]': createdTo?.toUTC().toISO() ?? undefined,
		'updated[gt]': updatedFrom?.toUTC().toISO() ?? undefined,
		'updated[lt]': updatedTo?.toUTC().toISO() ?? undefined,
		...Object.fromEntries(filters.metadata.map(({ key, value }) => [`metadata[${key}]`, value])),
		card_last_digits: filters.cardLastDigits,
		receipt_no: filters.rrn,
	};
}

// The names of these two query parameters are not documented, so the response is filtered, too.
function filterOf({ cardLastDigits, rrn }: Filters): ((payment: Payment) => boolean) | undefined {
	if (cardLastDigits === undefined && rrn === undefined) return undefined;
	return ({ source }) =>
		(cardLastDigits === undefined || source?.number?.endsWith(cardLastDigits) === true) &&
		(rrn === undefined || source?.reference_number === rrn);
}
