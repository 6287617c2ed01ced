import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { ServiceError } from '../../shared/errors';
import type { RsomPayClient } from '../api/client';
import { isSettled } from '../api/invoiceStatus';
import { createPaymentFinder } from '../api/paymentFinder';
import type { Invoice } from '../api/schemas';
import type { WaitSettings } from './settings';

/** Makes the output of an item. `payment` is the one that a callback reported, if any. */
export type ToOutput = (invoice: Invoice, payment?: IDataObject | null) => Promise<IDataObject>;

/**
 * Creates the function that makes the output of an item: the invoice as Get by Reference returns it,
 * `settled`, and `payment`, which a callback reported or else is looked for.
 *
 * @param deadline until when, in ms since 1970
 */
export function createOutput(
	context: IExecuteFunctions,
	client: RsomPayClient,
	{ failedCounts }: WaitSettings,
	deadline?: number,
): ToOutput {
	const findPayment = createPaymentFinder(client, deadline);
	return async (invoice, payment = null) => {
		// A failed attempt is not the end while another payment is about to be confirmed.
		const settled = isSettled(invoice.status, failedCounts && payment?.status !== 'completed');
		if (payment ?? invoice.status !== 'paid') return { ...invoice, settled, payment };
		try {
			return { ...invoice, settled, payment: (await findPayment(invoice)) ?? null } as IDataObject;
		} catch (error) {
			if (!(error instanceof ServiceError)) return await Promise.reject(error);
			context.logger.warn(`The payment of a paid invoice could not be read: ${error.message}`);
			return { ...invoice, settled, payment };
		}
	};
}
