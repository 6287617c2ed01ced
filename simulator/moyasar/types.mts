/**
 * What the simulated Moyasar gives out, in the API's own field names, and what can be set and driven
 * from a test. Amounts are whole numbers of the currency's minor unit (halalas for SAR); times in
 * answers are ISO 8601, UTC, to the millisecond.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { FaultMatch, RequestFault } from '../shared/faults.mts';
import type { ReceivedRequest } from '../shared/request-log.mts';

/** What a payment was made with: `source.type`. */
export type MoyasarKind = 'creditcard' | 'applepay' | 'googlepay' | 'samsungpay' | 'stcpay';

/**
 * The `source` of a payment. Which fields there are depends on the type: a credit card has
 * `token` and `transaction_url`, the three wallets have `dpan`, STC Pay has none of a card's fields
 * but `mobile`, `cashier_id`, `branch` and `transaction_url`.
 */
export type MoyasarSource = {
	type: MoyasarKind;
	/** Human-readable result; null while the payment is initiated. */
	message: string | null;
	/** The RRN, twelve digits; null while the payment is initiated. */
	reference_number: string | null;
	/** mada, visa, master, amex. */
	company?: string;
	/** Null for the wallets. */
	name?: string | null;
	/** Masked: first six and last four digits, for the wallets the last four only. */
	number?: string;
	/** Masked: first six and last four digits. */
	dpan?: string;
	gateway_id?: string;
	token?: string | null;
	/** Where the payer's challenge is; null unless the payment is initiated. */
	transaction_url?: string | null;
	/** Six digits; null unless the issuer approved. */
	authorization_code?: string | null;
	/** Two characters (ISO 8583). */
	response_code?: string | null;
	issuer_name?: string;
	/** ISO 3166, two letters. */
	issuer_country?: string;
	issuer_card_type?: string;
	issuer_card_category?: string;
	mobile?: string;
	cashier_id?: string | null;
	branch?: string | null;
};

/** A payment as `GET /payments/{id}` answers it. */
export type MoyasarPayment = {
	id: string;
	/** initiated, paid, authorized, failed, refunded, captured, voided, verified. */
	status: string;
	amount: number;
	fee: number;
	currency: string;
	refunded: number;
	refunded_at: string | null;
	captured: number;
	captured_at: string | null;
	voided_at: string | null;
	description: string | null;
	/** Such as `1.00 SAR`. */
	amount_format: string;
	fee_format: string;
	refunded_format: string;
	captured_format: string;
	invoice_id: string | null;
	ip: string | null;
	callback_url: string | null;
	created_at: string;
	updated_at: string;
	metadata: Record<string, string> | null;
	source: MoyasarSource;
};

/** A page of `GET /payments`. */
export type MoyasarPage = {
	payments: MoyasarPayment[];
	meta: {
		current_page: number;
		next_page: number | null;
		prev_page: number | null;
		total_pages: number;
		total_count: number;
	};
};

/** What of a payment to choose; the rest is made up, the same for the same seed. */
export type MoyasarPaymentChanges = {
	/** Must be new. Default a UUID. */
	id?: string;
	/** Default `paid`. */
	status?: string;
	/** Default 100. */
	amount?: number;
	/** Default SAR. */
	currency?: string;
	description?: string | null;
	metadata?: Record<string, string> | null;
	/** Default `creditcard`. */
	kind?: MoyasarKind;
	/** Put over the made-up source; fields of the future are kept. */
	source?: Partial<MoyasarSource> & Record<string, unknown>;
	/** Default now. */
	createdAt?: Date;
	/** Default `createdAt`. */
	updatedAt?: Date;
	/** Put over the payment; fields of the future are kept. */
	extra?: Record<string, unknown>;
};

/**
 * What goes wrong with a request; those that match apply in the order they were injected. `firewall`
 * answers 403 with a page instead of JSON (and is a `status` in the request's log).
 *
 * A match's `path` may include the query: to the paths `/payments` and `/moyasar/v1/payments` come
 * both with the query as sent but decoded, and a list's `page=1` written out at its end. So
 * `/[?&]page=2(&|$)/` is the second page, and `/[?&]metadata\[cart_id\]=/` a search for a cart.
 */
export type MoyasarFault = RequestFault | { kind: 'firewall'; match?: FaultMatch };

/** What can be changed while the simulator runs. */
export type MoyasarSettings = {
	/** Wait before each request is worked on. Default 0. */
	latencyMs: number;
	/** Whether `card_last_digits` and `receipt_no`, whose names are not certain, filter. Default true. */
	knowsCardFilters: boolean;
	/** Whether a User-Agent that is a mere library's gets a page with a 403. Default true. */
	firewall: boolean;
	/** Whether the account is activated for live; if not, every request is a 405. Default true. */
	activated: boolean;
};

/** A request as it was received; the Authorization header is never kept. */
export type MoyasarRequest = ReceivedRequest & { readonly headers: Readonly<IncomingHttpHeaders> };

/** Drives Moyasar from a test; over HTTP the same operations are under `/control/moyasar`. */
export type MoyasarControl = {
	/** Adds a payment where its creation time puts it. Throws if its id is taken. */
	addPayment(changes?: MoyasarPaymentChanges): MoyasarPayment;
	/** Adds `count` payments over all kinds and statuses, oldest first. */
	seedPayments(options: {
		count: number;
		/** Between two of them. Default 1000. */
		everyMs?: number;
		/** When the newest was created. Default now. */
		until?: Date;
		/** Of all of them. */
		status?: string;
		metadata?: Record<string, string> | null;
	}): void;
	/** Changes a payment; `updated_at` becomes `at`, or now. Throws if there is no such payment. */
	updatePayment(
		id: string,
		changes: {
			status?: string;
			amount?: number;
			metadata?: Record<string, string> | null;
			at?: Date;
		},
	): MoyasarPayment;
	/** Every payment, newest first. */
	payments(): MoyasarPayment[];
	/** Lets payments arrive, once, right before this page of a list is answered the next time. */
	arriveBefore(options: { page: number; count?: number; payment?: MoyasarPaymentChanges }): void;
	injectFault(fault: MoyasarFault): void;
	clearFaults(): void;
	/** Every request received since the start or the last reset, in order of arrival. */
	requests(): MoyasarRequest[];
	/** Changes settings from now on. */
	configure(settings: Partial<MoyasarSettings>): void;
	/** No payments, arrivals, faults or log any more, and the settings of the start. Ids go on. */
	reset(): void;
};

/** Keys that are let in, and that answer 403: a publishable one, and a secret one without the right. */
export type MoyasarKeys = { secret: string; publishable: string; unauthorized: string };

/** The Moyasar side of a running simulator. */
export type Moyasar = {
	/** `…/moyasar/v1`, what goes into a credential as base URL. */
	baseUrl: string;
	keys: MoyasarKeys;
	control: MoyasarControl;
};
