import { z } from 'zod';

/** The two ways to look up an invoice. API guide: query invoice. */
export type InvoiceReference = { external_id: string } | { reference_number: string };

const value = z.union([z.string().min(1), z.number().transform(String)]);

const referenceSchema = z.union([
	z.object({ external_id: value }),
	z.object({ reference_number: value }),
]);

/**
 * Returns whether an invoice has a reference number. Where one of the two is absent there is nothing to
 * compare.
 */
export function hasReferenceNumber(
	invoice: { reference_number?: unknown },
	referenceNumber: string | undefined,
): boolean {
	const actual = invoice.reference_number ?? referenceNumber;
	return referenceNumber === undefined || String(actual) === referenceNumber;
}

/**
 * Reads the reference of an invoice from an object that may have both fields.
 *
 * @returns the external ID where there is one, else the reference number, else `undefined`
 */
export function parseInvoiceReference(source: unknown): InvoiceReference | undefined {
	return referenceSchema.safeParse(source).data;
}
