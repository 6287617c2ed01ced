import { z } from 'zod';

import type { InvoiceReference } from './client';

const value = z.union([z.string().min(1), z.number().transform(String)]);

const referenceSchema = z.union([
	z.object({ external_id: value }),
	z.object({ reference_number: value }),
]);

/**
 * Takes what names an invoice out of something that may have both of its names.
 *
 * @returns the external ID where there is one
 */
export function parseInvoiceReference(named: unknown): InvoiceReference | undefined {
	return referenceSchema.safeParse(named).data;
}
