import type { Invoice, Transaction } from '../api/schemas';
import type { EventPayment } from '../webhook/events';

/**
 * What each operation outputs, by resource and operation. The build makes n8n's output schemas of
 * these types: the fields that the editor shows before a node has run. Nothing loads this file.
 */
export interface OutputTypes {
	invoice: { create: Invoice; get: Invoice; waitForPayment: AwaitedInvoice };
	transaction: { getAll: Transaction };
}

type AwaitedInvoice = Invoice & {
	settled: boolean;
	/** As RsomPay's callback reports it, or else as the list of transactions has it. */
	payment: (EventPayment & Transaction) | null;
};
