/**
 * Types of the simulated Moyasar: its API's objects, in the API's own field names, its settings and
 * its control. Amounts are whole numbers of the currency's minor unit (halalas for SAR); times in
 * responses are ISO 8601, UTC, to the millisecond.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { FaultMatch, RequestFault } from '../shared/faults.mts';
import type { ReceivedRequest } from '../shared/request-log.mts';

/** The kind of a payment's source: `source.type`. */
export type MoyasarKind = 'creditcard' | 'applepay' | 'googlepay' | 'samsungpay' | 'stcpay';

/**
 * The `source` of a payment. Its fields depend on the type: a credit card has `token` and
 * `transaction_url`, the three wallets have `dpan`, STC Pay has none of a card's fields but `mobile`,
 * `cashier_id`, `branch` and `transaction_url`.
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
	/** URL of the payer's challenge; null unless the payment is initiated. */
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

/** A payment as `GET /payments/{id}` returns it. */
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

/** The fields of a payment that can be set; the others are generated from the seed. */
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
	/** Replaces fields of the generated source; may add unknown fields. */
	source?: Partial<MoyasarSource> & Record<string, unknown>;
	/** Default now. */
	createdAt?: Date;
	/** Default `createdAt`. */
	updatedAt?: Date;
	/** Replaces fields of the payment; may add unknown fields. */
	extra?: Record<string, unknown>;
};

/**
 * A fault of a request; those that match apply in the order they were injected. `firewall` responds
 * 403 with a page instead of JSON (and is a `status` in the request log).
 *
 * A match's `path` may include the query. It is compared with `/payments` and `/moyasar/v1/payments`,
 * each without the query and with it, decoded, a list's default `page=1` appended. So
 * `/[?&]page=2(&|$)/` is the second page, and `/[?&]metadata\[cart_id\]=/` a search for a cart.
 */
export type MoyasarFault = RequestFault | { kind: 'firewall'; match?: FaultMatch };

/** Settings that can be changed while the simulator runs. */
export type MoyasarSettings = {
	/** Wait before the work of each request, in ms. Default 0. */
	latencyMs: number;
	/** Whether `card_last_digits` and `receipt_no` filter; their names are uncertain. Default true. */
	knowsCardFilters: boolean;
	/** Whether a library's default User-Agent gets a page with a 403. Default true. */
	firewall: boolean;
	/** Whether the account is activated for live; if not, every request gets a 405. Default true. */
	activated: boolean;
};

/** A request as it was received; the Authorization header is never stored. */
export type MoyasarRequest = ReceivedRequest & { readonly headers: Readonly<IncomingHttpHeaders> };

/** Drives Moyasar from a test; over HTTP the same operations are under `/control/moyasar`. */
export type MoyasarControl = {
	/** Adds a payment in order of its creation time. Throws if another has its ID. */
	addPayment(changes?: MoyasarPaymentChanges): MoyasarPayment;
	/** Adds `count` payments of all kinds and statuses, oldest first. */
	seedPayments(options: {
		count: number;
		/** Time between two of them, in ms. Default 1000. */
		everyMs?: number;
		/** Creation time of the newest. Default now. */
		until?: Date;
		/** Status of all of them. */
		status?: string;
		metadata?: Record<string, string> | null;
	}): void;
	/** Changes a payment; `updated_at` is `at`, default now. Throws if no payment has this ID. */
	updatePayment(
		id: string,
		changes: {
			status?: string;
			amount?: number;
			metadata?: Record<string, string> | null;
			at?: Date;
		},
	): MoyasarPayment;
	/** Removes a payment, as no request of Moyasar's does. Throws if no payment has this ID. */
	removePayment(id: string): void;
	/** Every payment, newest first. */
	payments(): MoyasarPayment[];
	/** Adds payments, once, right before the next response with this page of a list. */
	arriveBefore(options: { page: number; count?: number; payment?: MoyasarPaymentChanges }): void;
	injectFault(fault: MoyasarFault): void;
	clearFaults(): void;
	/** Every request received since the start or the last reset, in order of arrival. */
	requests(): MoyasarRequest[];
	/** Changes the settings of later requests. */
	configure(settings: Partial<MoyasarSettings>): void;
	/** Removes payments, arrivals, faults and log; restores the initial settings. IDs continue. */
	reset(): void;
};

/** The valid key, and two that get a 403: a publishable one, and a secret one without permission. */
export type MoyasarKeys = { secret: string; publishable: string; unauthorized: string };

/** The Moyasar side of a running simulator. */
export type Moyasar = {
	/** `…/moyasar/v1`, a credential's base URL. */
	baseUrl: string;
	keys: MoyasarKeys;
	control: MoyasarControl;
};
