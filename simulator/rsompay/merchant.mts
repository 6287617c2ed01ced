import { seededIds, type Ids } from '../shared/ids.mts';
import { Confirmations } from './confirmations.mts';
import { buildEvent } from './events.mts';
import type { InvoiceRequest } from './schema.mts';
import { timestamp } from './timestamp.mts';
import type { computeTotals } from './totals.mts';
import { Transactions } from './transactions.mts';
import type { Invoice, InvoiceStatus, Payment, PaymentMethod, RsomPayEvent } from './types.mts';

/** What the customer does with an invoice on its payment page. */
export type Outcome = { status: 'paid' | 'failed'; method: PaymentMethod } | { status: 'canceled' };

/** An invoice with its fields that the API does not return. */
export type InvoiceRecord = {
	readonly token: string;
	readonly currencyCode: string;
	readonly notificationUrl: string;
	readonly returnUrl: string;
	/** A new object for each change of status. */
	invoice: Invoice;
	/** What the API returns instead, while it lags behind. */
	earlier?: Invoice;
};

/** The invoice after an outcome, or while pending, with the webhooks to send. */
export type Settlement = {
	record: InvoiceRecord;
	payment?: Payment;
	/** For the customer's return, e.g. GW-123. */
	paymentReference?: string;
	/** In order of delivery. */
	events: RsomPayEvent[];
};

/** The invoice is not payable: paid, canceled or pending. */
export class InvoiceClosedError extends Error {
	constructor({ external_id, status }: Invoice) {
		super(`Invoice ${external_id} is ${status}`);
	}
}

type Priced = NonNullable<ReturnType<typeof computeTotals<InvoiceRequest['items'][number]>>>;

/** The invoices, payments and transactions of the simulator's one client, in memory. */
export class Merchant {
	readonly transactions: Transactions;
	readonly confirmations = new Confirmations();
	readonly #now: () => Date;
	readonly #paymentUrl: (token: string) => string;
	readonly #tokens: Ids;
	readonly #events: Ids;
	readonly #payments: Ids;
	#byExternalId = new Map<string, InvoiceRecord>();
	#byReferenceNumber = new Map<string, InvoiceRecord>();
	#byToken = new Map<string, InvoiceRecord>();
	#gatewayReferences = 0;

	constructor(options: { seed: number; now: () => Date; paymentUrl: (token: string) => string }) {
		this.transactions = new Transactions(options.seed);
		this.#now = options.now;
		this.#paymentUrl = options.paymentUrl;
		this.#tokens = seededIds(options.seed, 'payment-token');
		this.#events = seededIds(options.seed, 'event');
		this.#payments = seededIds(options.seed, 'payment');
	}

	/** Every invoice, oldest first. */
	invoices(): Invoice[] {
		return [...this.#byExternalId.values()].map(({ invoice }) => invoice);
	}

	byExternalId(externalId: string): InvoiceRecord | undefined {
		return this.#byExternalId.get(externalId);
	}

	byReferenceNumber(referenceNumber: string): InvoiceRecord | undefined {
		return this.#byReferenceNumber.get(referenceNumber);
	}

	byToken(token: string): InvoiceRecord | undefined {
		return this.#byToken.get(token);
	}

	/** Issues an invoice; its external ID must be new. */
	issue(request: InvoiceRequest, { lines, totals }: Priced): InvoiceRecord {
		const token = this.#tokens.hex(40);
		const serial = String(this.#byExternalId.size + 1).padStart(3, '0');
		const { customer } = request;
		const invoice: Invoice = {
			external_id: request.external_id,
			reference_number: `INV-42-${serial}`,
			status: 'issued',
			amount: totals.grand_total,
			payment_url: this.#paymentUrl(token),
			customer: {
				id: customer.id,
				fullname: customer.fullname,
				email: customer.email ?? null,
				phone: customer.phone ?? null,
			},
			totals,
			items: lines.map((line) => ({
				description: line.description,
				item_type: line.item_type ?? null,
				quantity: line.quantity,
				unit_price: line.unit_price,
				discount_amount: line.discount_amount,
				tax_rate: line.tax_rate,
				tax_amount: line.tax_amount,
				total_amount: line.total_amount,
				reference_id: line.reference_id ?? null,
			})),
		};
		const record: InvoiceRecord = {
			token,
			currencyCode: request.currency_code,
			notificationUrl: request.notification_url,
			returnUrl: request.return_url,
			invoice,
		};
		this.#byExternalId.set(invoice.external_id, record);
		this.#byReferenceNumber.set(invoice.reference_number, record);
		this.#byToken.set(token, record);
		return record;
	}

	/**
	 * Settles an invoice. A payment, failed or not, becomes a transaction; without a change of status
	 * there is no `invoice.status_changed`.
	 *
	 * @throws InvoiceClosedError if the invoice is paid, canceled or pending.
	 */
	settle(record: InvoiceRecord, outcome: Outcome): Settlement {
		assertPayable(record.invoice);
		const previousStatus = record.invoice.status;
		const occurredAt = this.#now();
		record.invoice = { ...record.invoice, status: outcome.status };
		const payment =
			outcome.status === 'canceled' ? undefined : this.#recordPayment(record, outcome, occurredAt);

		const facts = { occurredAt, invoice: record.invoice, payment };
		const events: RsomPayEvent[] = [];
		if (payment !== undefined) {
			events.push(
				buildEvent({ ...facts, event: `payment.${payment.status}`, eventId: this.#events.uuid() }),
			);
		}
		if (previousStatus !== outcome.status) {
			events.push(
				buildEvent({
					...facts,
					event: 'invoice.status_changed',
					eventId: this.#events.uuid(),
					previousStatus,
				}),
			);
		}
		if (payment === undefined) return { record, events };
		this.#gatewayReferences += 1;
		return { record, events, payment, paymentReference: `GW-${this.#gatewayReferences}` };
	}

	/**
	 * Sets the invoice to pending. The returned function settles it from its earlier status.
	 *
	 * @throws InvoiceClosedError if the invoice is paid, canceled or pending.
	 */
	defer(record: InvoiceRecord, outcome: Outcome): () => Settlement {
		const { invoice } = record;
		assertPayable(invoice);
		record.invoice = { ...invoice, status: 'pending' };
		return () => {
			record.invoice = invoice;
			return this.settle(record, outcome);
		};
	}

	/** Makes the API return the invoice as it was, for a while. */
	lag(record: InvoiceRecord, earlier: Invoice, lagMs: number): void {
		record.earlier = earlier;
		const catchUp = () => {
			if (record.earlier === earlier) record.earlier = undefined;
		};
		// A reset, which removes the record, ends the wait.
		void this.confirmations.wait(lagMs).then(catchUp, catchUp);
	}

	/** Removes every invoice, payment and transaction; the sequences of IDs continue. */
	clear(): void {
		this.confirmations.reset();
		this.#byExternalId = new Map();
		this.#byReferenceNumber = new Map();
		this.#byToken = new Map();
		this.transactions.clear();
	}

	#recordPayment(
		{ invoice, currencyCode }: InvoiceRecord,
		{ status, method }: { status: 'paid' | 'failed'; method: PaymentMethod },
		at: Date,
	): Payment {
		const paymentStatus = status === 'paid' ? 'completed' : 'failed';
		const capturedAt = status === 'paid' ? timestamp(at) : null;
		this.transactions.add(invoice.customer.id, at, {
			status: paymentStatus,
			amount: invoice.amount,
			currency_code: currencyCode,
			payment_method: method,
			invoice_external_id: invoice.external_id,
			captured_at: capturedAt,
		});
		return {
			uuid: this.#payments.uuid(),
			payment_method: method,
			status: paymentStatus,
			amount: invoice.amount,
			paid_at: capturedAt,
		};
	}
}

/** Issued and failed invoices can be paid; "customer may try again via payment_url". */
export function isPayable(status: InvoiceStatus): boolean {
	return status === 'issued' || status === 'failed';
}

function assertPayable(invoice: Invoice): void {
	if (!isPayable(invoice.status)) throw new InvoiceClosedError(invoice);
}
