/**
 * What the simulated RsomPay gives out, in the API's own field names, and what can be set and
 * driven from a test. Amounts are numbers in the invoice's currency with at most two decimals.
 */
import type { Moyasar } from '../moyasar/types.mts';
import type { Fault } from '../shared/faults.mts';
import type { Delivery, DeliveryResponse, DeliveryRequest } from '../shared/courier.mts';
import type { ReceivedRequest } from '../shared/request-log.mts';
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

/** The `customer` block of an invoice; `null` where the request had nothing. */
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

/** A line of an invoice as the API answers it, with the tax and the total it computed. */
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

/** What can be changed while the simulator runs. */
export type Settings = {
	/** Wait before an API request is worked on. Default 0. */
	latencyMs: number;
	/**
	 * How long a payment, failed or not, leaves its invoice pending: the customer returns at once, the
	 * outcome and its webhooks come then. Default 0, no such time; 24 days is the longest.
	 */
	confirmDelayMs: number;
	/** Wait between a payment's outcome (or its redirect) and its first webhook. Default 100. */
	webhookDelayMs: number;
	/** Waits before the second, third, … attempt of a webhook. Default 1 s, 5 s, 30 s, 2 min, 10 min. */
	retryDelaysMs: number[];
	/** How long one attempt may take. Default 10 000. */
	deliveryTimeoutMs: number;
	/** Which events are sent at all. Default all three. */
	events: EventName[];
	/** Key of the webhooks' HMAC. Default derived from the seed. */
	signingSecret: string;
	/** Default `sha256`. */
	signatureAlgorithm: 'sha256' | 'sha512';
	/** Language of error messages; `auto` follows Accept-Language. Default `auto`. */
	language: Language | 'auto';
	/** Where a 422 carries its field messages. Default `errors`. */
	errorsUnder: 'errors' | 'data';
	/**
	 * How the parameters of the customer's return are joined to a return URL that has a query: `query`
	 * with `&`, `question-mark` naively with a second `?`. Default `query`.
	 */
	returnUrlJoin: 'query' | 'question-mark';
	/** Whether loopback, private and plain-http URLs are taken (the demo needs them). Default true. */
	allowPrivateUrls: boolean;
};

/** Drives the simulator from a test; over HTTP the same operations are under `/control`. */
export type Control = {
	/**
	 * Pays an issued or failed invoice and gives it as it now is, pending if there is a delay before
	 * it is confirmed; the outcome and the webhooks follow by themselves.
	 */
	payInvoice(externalId: string, options?: { method?: PaymentMethod }): Invoice;
	/** Lets a payment attempt fail, after the same delay; the invoice is payable again. */
	failInvoice(externalId: string, options?: { method?: PaymentMethod }): Invoice;
	/** Cancels an issued or failed invoice. */
	cancelInvoice(externalId: string): Invoice;
	/** Every invoice there is, oldest first. */
	invoices(): Invoice[];
	/** Adds a fault; those that match a request apply in the order they were injected. */
	injectFault(fault: Fault): void;
	clearFaults(): void;
	/** Every API request received since the start or the last reset, in order of arrival. */
	requests(): ReceivedRequest[];
	/** Every webhook attempt made, in order of their start (an attempt under way has neither status nor error). */
	deliveries(): Delivery[];
	/**
	 * Resolves once no payment is waiting to be confirmed and no delivery is pending or waiting for a
	 * retry; rejects after the time-out (default 10 000 ms).
	 */
	settleDeliveries(options?: { timeoutMs?: number }): Promise<void>;
	/** Sends one arbitrary delivery at once, without retries. Rejects if there is no answer. */
	deliver(request: DeliveryRequest): Promise<DeliveryResponse>;
	/** Sends the identical bytes and signature of an earlier delivery again; gives the status answered. */
	repeatDelivery(eventId: string): Promise<number>;
	/** Adds `count` transactions with a spread of statuses and methods; gives them newest first. */
	seedTransactions(options: {
		customerId: string;
		count: number;
		/** `created_at` of the newest; default 2026-05-18 12:00:00 UTC. */
		newestAt?: Date;
	}): Transaction[];
	/** Adds one transaction, by default newer than all the customer has. */
	addTransaction(customerId: string, fields?: Partial<Transaction>): Transaction;
	/** Calls `hook` before each API request is worked on; gives a function that removes it. */
	onRequest(hook: (request: ReceivedRequest) => void | Promise<void>): () => void;
	/** Changes settings from now on. */
	configure(settings: Partial<Settings>): void;
	/**
	 * Back to an empty simulator with the settings of the start: no invoices, transactions, faults,
	 * hooks, logs, unconfirmed payments or pending deliveries. Ids go on where they were, because a
	 * receiver that deduplicates would take a reused event_id for a repeated delivery.
	 */
	reset(): void;
};

/** How to start a simulator; every {@link Settings} value can be given too. */
export type SimulatorOptions = Partial<Settings> & {
	/** 0 or absent: any free port. */
	port?: number;
	/** Same seed, same ids, tokens and secrets. Absent: a random one. */
	seed?: number;
	/** The token that is let in. Default derived from the seed. */
	apiToken?: string;
	/** Where times in answers come from. Default the real time. */
	clock?: () => Date;
};

/** A running simulator. */
export type Simulator = {
	/** Origin, without a trailing slash. */
	url: string;
	/** `…/api/external/v1`, what goes into a credential as base URL. */
	apiBaseUrl: string;
	seed: number;
	/** Same as `tokens.valid`. */
	apiToken: string;
	/** Tokens that are let in, and that answer 403: of a wrong kind, of a suspended client. */
	tokens: { valid: string; wrongType: string; suspended: string };
	/** The secret webhooks are signed with now. */
	readonly signingSecret: string;
	control: Control;
	/** The other service on the same server; RsomPay's control, its reset included, leaves it alone. */
	moyasar: Moyasar;
	/** Stops the server, every timer and every delivery at once. */
	close(): Promise<void>;
};
