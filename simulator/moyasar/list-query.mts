import { z } from 'zod';
import { STATUSES, type PaymentRecord } from './ledger.mts';

/** Page and filters of a query, or the messages of each malformed parameter. */
export type ListQuery =
	| { page: number; filters: ((record: PaymentRecord) => boolean)[] }
	| { errors: Record<string, string[]> };

/** ISO 8601, as ms since the epoch; without an offset it is UTC. */
const time = z
	.union([
		z.string().date(),
		z.string().datetime({ offset: true }),
		z
			.string()
			.datetime({ local: true })
			.transform((text) => `${text}Z`),
	])
	.transform((text) => Date.parse(text));

const querySchema = z.object({
	page: z
		.string()
		.regex(/^[1-9]\d{0,8}$/)
		.transform(Number)
		.default('1'),
	id: z.string().optional(),
	status: z.enum(STATUSES).optional(),
	'created[gt]': time.optional(),
	'created[lt]': time.optional(),
	'updated[gt]': time.optional(),
	'updated[lt]': time.optional(),
});

const cardSchema = z.object({
	card_last_digits: z
		.string()
		.regex(/^\d{4}$/)
		.optional(),
	receipt_no: z
		.string()
		.regex(/^\d{12}$/)
		.optional(),
});

/**
 * Reads the query of `GET /payments`. `gt` and `lt` of a time are inclusive, in spite of their names;
 * several metadata filters are combined with AND; unknown parameters are ignored.
 *
 * @param query parameters by their full names, such as `created[gt]`
 * @param knowsCardFilters whether `card_last_digits` and `receipt_no` are known parameters
 */
export function readListQuery(
	query: Readonly<Record<string, string | string[] | undefined>>,
	knowsCardFilters: boolean,
): ListQuery {
	const parsed = querySchema.safeParse(query);
	const card = knowsCardFilters ? cardSchema.safeParse(query) : cardSchema.safeParse({});
	if (!parsed.success || !card.success) {
		const issues = [parsed, card].flatMap(({ error }) => error?.issues ?? []);
		const malformed = new Set(issues.map(({ path }) => String(path[0])));
		return { errors: Object.fromEntries([...malformed].map((name) => [name, ['is invalid']])) };
	}

	const { page, id, status, ...times } = parsed.data;
	const { card_last_digits: lastDigits, receipt_no: rrn } = card.data;
	const filters: ((record: PaymentRecord) => boolean)[] = [];
	const filter = <T,>(
		expected: T | undefined,
		test: (record: PaymentRecord, expected: T) => boolean,
	) => {
		if (expected !== undefined) filters.push((record) => test(record, expected));
	};
	filter(id, ({ payment }, expected) => payment.id === expected);
	filter(status, ({ payment }, expected) => payment.status === expected);
	filter(times['created[gt]'], ({ createdAt }, from) => createdAt >= from);
	filter(times['created[lt]'], ({ createdAt }, to) => createdAt <= to);
	filter(times['updated[gt]'], ({ updatedAt }, from) => updatedAt >= from);
	filter(times['updated[lt]'], ({ updatedAt }, to) => updatedAt <= to);
	filter(lastDigits, ({ payment }, digits) => payment.source.number?.endsWith(digits) === true);
	filter(rrn, ({ payment }, expected) => payment.source.reference_number === expected);
	for (const [name, values] of Object.entries(query)) {
		const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
		if (key === undefined) continue;
		filter(values, ({ payment }, expected) =>
			[expected].flat().every((value) => payment.metadata?.[key] === value),
		);
	}
	return { page, filters };
}
