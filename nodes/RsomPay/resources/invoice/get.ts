import type { Operation } from '../../../shared/operations';
import type { RsomPayRun } from '../../api/connect';
import { lookupFields, readLookup } from './lookup';

/** Reads an invoice with its current status. API guide: `GET /invoices/by-reference`. */
export const get = {
	option: {
		name: 'Get by Reference',
		value: 'get',
		action: 'Get invoice by reference',
		description: 'Retrieve an invoice with its current status, to confirm that it is paid',
	},
	fields: lookupFields,
	prepare(context, { client }) {
		return (itemIndex) => {
			const reference = readLookup(context, itemIndex);
			return async () => [await client.getInvoice(reference)];
		};
	},
} satisfies Operation<RsomPayRun>;
