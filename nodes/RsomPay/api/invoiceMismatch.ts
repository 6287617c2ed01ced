import { z } from 'zod';

import { compare, decimal, subtract, toNumber } from '../../shared/decimal';
import { ServiceError } from '../../shared/errors';
import type { InvoiceLine, InvoiceRequest } from './invoiceRequest';
import { grandTotal, grandTotalRange, withDefaults } from './invoiceTotal';
import type { Invoice } from './schemas';

/** The largest difference by rounding. RsomPay stores two decimals, of a quantity three. */
const ROUNDING = decimal(0.005);
const QUANTITY_ROUNDING = decimal(0.0005);

/** The currency of an invoice that was created without one. API guide: create invoice, `currency_code`. */
export const DEFAULT_CURRENCY = 'SAR';

// A field that cannot be compared counts as equal.
const number = z
	.union([z.number(), z.string().trim().min(1).pipe(z.coerce.number())])
	.pipe(z.number().finite())
	.nullish()
	.catch(undefined);

const text = z
	.union([z.string(), z.number()])
	.transform((value) => normalize(String(value)))
	.nullish()
	.catch(undefined);

const lineSchema = z.object({
	unit_price: number,
	quantity: number,
	discount_amount: number,
	tax_rate: number,
	description: text,
	item_type: text,
	reference_id: text,
});

const comparableSchema = z.object({
	customer: z.object({ id: text }).catch({}),
	items: z.array(lineSchema.catch({})).optional().catch(undefined),
	currency_code: text,
	amount: number,
	totals: z.object({ grand_total: number }).catch({}),
});

type Comparable = z.output<typeof comparableSchema>;

/** How an invoice differs from the request, as parts of a sentence. */
interface Difference {
	kind: string;
	detail?: string;
}

/**
 * Detects that an invoice is not what was requested: mostly since its External ID already belongs to a
 * different invoice. RsomPay then returns the existing invoice, and its payment link would show another
 * amount or another customer. API guide: create invoice, duplicates of `external_id`.
 *
 * Compares the customer's ID, the lines, the currency and the amount with what RsomPay's rules make of
 * the request. A field that RsomPay does not return, or returns as `null`, counts as equal.
 *
 * @param invoice what the API returned
 * @param request what was requested
 * @returns the error to throw, or `undefined` when the invoice matches the request
 */
export function findInvoiceMismatch(
	invoice: Invoice,
	request: InvoiceRequest,
): ServiceError | undefined {
	const difference = findDifference(comparableSchema.parse(invoice), request);
	if (!difference) return undefined;
	const { kind, detail = '' } = difference;
	return new ServiceError(
		`The External ID "${request.external_id}" already belongs to an invoice ${kind}`,
		{
			description: `${detail}RsomPay returns that invoice instead of creating a new one, so its payment link is not in the output. Use another External ID for a new invoice, or Get by Reference to see the one that is there. If this External ID is new, RsomPay changed what was requested: set every line's tax rate, and use at most two decimals in prices and three in quantities.`,
		},
	);
}

function findDifference(
	{ customer, items, currency_code, amount, totals }: Comparable,
	request: InvoiceRequest,
): Difference | undefined {
	if (!isSame(request.customer.id, customer.id)) return { kind: 'of another customer' };
	const line = items && findLineDifference(request.items, items);
	if (line) return { kind: 'with other line items', detail: `${line} ` };
	const currency = request.currency_code ?? DEFAULT_CURRENCY;
	if (!isSame(currency.toUpperCase(), currency_code?.toUpperCase())) {
		return { kind: 'in another currency' };
	}
	const { min, max } = grandTotalRange(request.items);
	for (const total of [amount, totals.grand_total]) {
		if (total === undefined || total === null) continue;
		if (compare(min, decimal(total)) <= 0 && compare(decimal(total), max) <= 0) continue;
		const expected = toNumber(grandTotal(request.items));
		return {
			kind: 'of another amount',
			detail: `The amount is ${total}, not ${expected}. `,
		};
	}
	return undefined;
}

function findLineDifference(
	expected: readonly InvoiceLine[],
	actual: ReadonlyArray<z.output<typeof lineSchema>>,
): string | undefined {
	if (actual.length !== expected.length) {
		return `It has ${actual.length} lines, not ${expected.length}.`;
	}
	for (const [index, line] of expected.entries()) {
		const asked = { ...line, ...withDefaults(line) };
		for (const name of lineSchema.keyof().options) {
			const [wanted, found] = [asked[name], actual[index]?.[name]];
			if (isSame(wanted, found, name === 'quantity' ? QUANTITY_ROUNDING : ROUNDING)) continue;
			return `The ${name} of line ${index + 1} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}.`;
		}
	}
	return undefined;
}

function isSame(
	expected: string | number | undefined,
	actual: string | number | null | undefined,
	rounding = ROUNDING,
): boolean {
	if (expected === undefined || actual === undefined || actual === null) return true;
	if (typeof expected === 'string' || typeof actual === 'string') {
		return normalize(String(expected)) === actual;
	}
	const { digits, scale } = subtract(decimal(expected), decimal(actual));
	return compare({ digits: digits < 0n ? -digits : digits, scale }, rounding) <= 0;
}

// A server may trim a text, and drop the invisible marks that come with Arabic.
function normalize(value: string): string {
	return value
		.normalize('NFC')
		.replace(/\p{Cf}/gu, '')
		.replace(/\s+/g, ' ')
		.trim();
}
