/**
 * Types of the simulated RsomPay: its API's objects, in the API's own field names, the simulator's
 * settings and its control. Amounts are numbers in the invoice's currency with at most two decimals.
 */
import type { Moyasar } from '../moyasar/types.mts';
import type { Fault } from '../shared/faults.mts';
import type { ReceivedRequest } from '../shared/request-log.mts';
import type { Delivery, DeliveryRequest, DeliveryResponse } from '../shared/webhook-sender.mts';
import type { Language } from './messages.mts';

/**
 * Invoice statuses (guide, "On data.status"), and the `pending` of its payment flow: "payment may
 * still be confirming".
 */
export type InvoiceStatus = 'issued' | 'pending' | 'paid' | 'canceled' | 'failed';

/** Webhook events (guide §7). */
export type EventName = 'payment.completed' | 'payment.failed' | 'invoice.status_changed';

/** How a customer can pay on the simulated payment page. */
export type PaymentMethod = 'card' | 'tamara' | 'mada' | 'visa';

/** The `customer` block of an invoice; `null` where the request has no value. */
export type Customer = {
	id: string;
	fullname: string;
	email: string | null;
	phone: string | null;
};

/** The `totals` block of an invoice. */
export type Totals = {
	subtotal: number;
	discount_total: number;
	tax_total: number;
	grand_total: number;
};

/** A line of an invoice as the API returns it, with its computed tax and total. */
export type InvoiceItem = {
	description: string;
	item_type: string | null;
	quantity: number;
	unit_price: number;
	discount_amount: number;
	/** Per cent. */
	tax_rate: number;
	tax_amount: number;
	total_amount: number;
	reference_id: string | null;
};

/** `data` of POST /invoices and GET /invoices/by-reference. */
export type Invoice = {
	external_id: string;
	reference_number: string;
	status: InvoiceStatus;
	amount: number;
	payment_url: string;
	customer: Customer;
	totals: Totals;
	items: InvoiceItem[];
};

/** One row of GET /transactions; times are `YYYY-MM-DD HH:MM:SS`, UTC. */
export type Transaction = {
	reference: string;
	status: 'completed' | 'pending' | 'failed';
	amount: number;
	currency_code: string;
	payment_method: string;
	invoice_external_id: string;
	captured_at: string | null;
	created_at: string;
};

/** The `payment` block of a webhook. */
export type Payment = {
	uuid: string;
	payment_method: PaymentMethod;
	status: 'completed' | 'failed';
	amount: number;
	paid_at: string | null;
};

/** The body of a webhook (guide §7). A cancellation has no `payment`. */
export type RsomPayEvent = {
	event: EventName;
	event_id: string;
	occurred_at: string;
	/** Only with `invoice.status_changed`. */
	previous_status?: InvoiceStatus;
	customer: Customer;
	totals: Totals;
	invoice: Pick<Invoice, 'external_id' | 'reference_number' | 'status' | 'amount' | 'payment_url'>;
	payment?: Payment;
};

/** Settings that can be changed while the simulator runs; durations in ms. */
export type Settings = {
	/** Wait before the work of an API request. Default 0. */
	latencyMs: number;
	/**
	 * How long a payment, failed or not, leaves its invoice pending: the customer returns at once, the
	 * outcome and its webhooks follow after it. Default 0, never pending; 24 days at most.
	 */
	confirmDelayMs: number;
	/**
	 * How long the API still returns an invoice as it was before an outcome. The return URL and the
	 * webhooks say the outcome at once. Default 0; 24 days at most; not together with `confirmDelayMs`.
	 */
	lagMs: number;
	/** Wait between a payment's outcome (or its redirect) and its first webhook. Default 100. */
	webhookDelayMs: number;
	/** Waits before the second, third, … attempt of a webhook. Default 1 s, 5 s, 30 s, 2 min, 10 min. */
	retryDelaysMs: number[];
	/** Timeout of one attempt. Default 10 000. */
	deliveryTimeoutMs: number;
	/** Events that are sent. Default all three. */
	events: EventName[];
	/** Key of the webhooks' HMAC. Default derived from the seed. */
	signingSecret: string;
	/** Default `sha256`. */
	signatureAlgorithm: 'sha256' | 'sha512';
	/** Language of error messages; `auto` follows Accept-Language. Default `auto`. */
	language: Language | 'auto';
	/** Key of a 422's field messages. Default `errors`. */
	errorsUnder: 'errors' | 'data';
	/**
	 * How the parameters of the customer's return are joined to a return URL that has a query: `query`
	 * with `&`, `question-mark` with a second `?`. Default `query`.
	 */
	returnUrlJoin: 'query' | 'question-mark';
	/** Whether loopback, private and plain-http URLs are accepted (the demo needs them). Default true. */
	allowPrivateUrls: boolean;
};

/** Drives the simulator from a test; over HTTP the same operations are under `/control`. */
export type Control = {
	/**
	 * Pays an issued or failed invoice and returns it; pending if `confirmDelayMs` is set. The outcome
	 * and the webhooks follow without another call.
	 */
	payInvoice(externalId: string, options?: { method?: PaymentMethod }): Invoice;
	/** Fails a payment attempt, after the same delay; the invoice stays payable. */
	failInvoice(externalId: string, options?: { method?: PaymentMethod }): Invoice;
	/** Cancels an issued or failed invoice. */
	cancelInvoice(externalId: string): Invoice;
	/** Every invoice, oldest first. */
	invoices(): Invoice[];
	/** Adds a fault; those that match a request apply in the order they were injected. */
	injectFault(fault: Fault): void;
	clearFaults(): void;
	/** Every API request received since the start or the last reset, in order of arrival. */
	requests(): ReceivedRequest[];
	/** Every webhook attempt, in order of their start (one in flight has neither status nor error). */
	deliveries(): Delivery[];
	/**
	 * Resolves once no payment is unconfirmed and no delivery is pending or scheduled for a retry;
	 * rejects after the timeout (default 10 000 ms).
	 */
	settleDeliveries(options?: { timeoutMs?: number }): Promise<void>;
	/** Sends one arbitrary delivery at once, without retries. Rejects if there is no response. */
	deliver(request: DeliveryRequest): Promise<DeliveryResponse>;
	/** Resends the identical bytes and signature of an earlier delivery; returns the response's status. */
	repeatDelivery(eventId: string): Promise<number>;
	/** Adds `count` transactions of mixed statuses and methods; returns them newest first. */
	seedTransactions(options: {
		customerId: string;
		count: number;
		/** `created_at` of the newest; default 2026-05-18 12:00:00 UTC. */
		newestAt?: Date;
	}): Transaction[];
	/** Adds one transaction, by default newer than the customer's others. */
	addTransaction(customerId: string, fields?: Partial<Transaction>): Transaction;
	/** Calls `hook` before the work of each API request; returns a function that removes it. */
	onRequest(hook: (request: ReceivedRequest) => void | Promise<void>): () => void;
	/** Changes the settings of later requests and deliveries. */
	configure(settings: Partial<Settings>): void;
	/**
	 * Removes invoices, transactions, faults, hooks, logs, unconfirmed payments and pending deliveries,
	 * and restores the initial settings. The sequences of IDs continue, because a receiver that dedupes
	 * would drop a reused event_id as a repeated delivery.
	 */
	reset(): void;
};

/** Options of a simulator, with the initial {@link Settings}. */
export type SimulatorOptions = Partial<Settings> & {
	/** 0 or absent: any free port. */
	port?: number;
	/** Same seed, same IDs, tokens and secrets. Default random. */
	seed?: number;
	/** The valid token. Default derived from the seed. */
	apiToken?: string;
	/** Source of the times in responses. Default the real time. */
	clock?: () => Date;
};

/** A running simulator. */
export type Simulator = {
	/** Origin, without a trailing slash. */
	url: string;
	/** `…/api/external/v1`, a credential's base URL. */
	apiBaseUrl: string;
	seed: number;
	/** Same as `tokens.valid`. */
	apiToken: string;
	/** The valid token, and two that get a 403: of a wrong type, of a suspended client. */
	tokens: { valid: string; wrongType: string; suspended: string };
	/** The current secret of the webhooks' signature. */
	readonly signingSecret: string;
	control: Control;
	/** The other API on the same server; RsomPay's control, its reset included, does not change it. */
	moyasar: Moyasar;
	/** Stops the server, every timer and every delivery at once. */
	close(): Promise<void>;
};
