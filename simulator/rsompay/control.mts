import type { Courier } from '../shared/courier.mts';
import type { Faults } from '../shared/faults.mts';
import type { RequestLog } from '../shared/request-log.mts';
import type { InvoiceRecord, Merchant, Outcome, Settlement } from './merchant.mts';
import { returnUrl } from './return-url.mts';
import { applySettings } from './settings.mts';
import type { Control, EventName, Invoice, RsomPayEvent, Settings } from './types.mts';

/** What the control works on. */
export type ControlContext = {
	merchant: Merchant;
	settings: Settings;
	faults: Faults;
	log: RequestLog;
	courier: Courier;
	now: () => Date;
};

/** There is no invoice with this external id. */
export class UnknownInvoiceError extends Error {
	constructor(externalId: string) {
		super(`No invoice ${externalId}`);
	}
}

/** Newest of the seeded transactions unless told otherwise: the day of the guide's example. */
const SEEDED_NEWEST_AT = new Date('2026-05-18T12:00:00Z');

/** What the payment page is left with. */
export type Checkout = { invoice: Invoice; returnUrl: string };

/**
 * Settles an invoice, a payment of it once it is confirmed, and sends its webhooks.
 *
 * @param after nothing is sent before this has settled
 * @throws InvoiceClosedError if the invoice is paid, canceled or pending.
 */
export function settleInvoice(
	context: ControlContext,
	record: InvoiceRecord,
	outcome: Outcome,
	after?: Promise<void>,
): Checkout {
	const { merchant, settings } = context;
	const settlement =
		outcome.status === 'canceled' || settings.confirmDelayMs === 0
			? announce(context, merchant.settle(record, outcome), after)
			: confirmLater(context, record, outcome, after);
	return { invoice: record.invoice, returnUrl: returnUrl(settlement, settings.returnUrlJoin) };
}

/** Leaves the invoice pending and settles it after the delay. */
function confirmLater(
	context: ControlContext,
	record: InvoiceRecord,
	outcome: Outcome,
	after?: Promise<void>,
): Settlement {
	const { merchant, settings, courier } = context;
	const settle = merchant.defer(record, outcome);
	const confirmed = merchant.confirmations.due(settings.confirmDelayMs).then(() => {
		announce(context, settle(), after);
	});
	// It brings nothing: to the courier, what waits to be confirmed is a delivery that is pending.
	courier.schedule(record.notificationUrl, [], { after: confirmed });
	return { record, events: [] };
}

/** Sends the webhooks of a settlement, with the webhook faults in force. */
function announce(
	{ settings, faults, courier }: ControlContext,
	settlement: Settlement,
	after?: Promise<void>,
): Settlement {
	const { record } = settlement;
	const wanted = new Set<EventName>(settings.events);
	const events = settlement.events.filter(({ event }) => wanted.has(event));
	const struck = faults.ofPayment();
	const inOrder: RsomPayEvent[] = struck.includes('shuffle') ? events.reverse() : events;
	courier.schedule(record.notificationUrl, inOrder, {
		after,
		copies: struck.includes('duplicate') ? 2 : 1,
	});
	return settlement;
}

/** The operations that drive a simulator. */
export function createControl(context: ControlContext): Control {
	const { merchant, settings, faults, log, courier, now } = context;
	const initialSettings = { ...settings };

	const settle = (externalId: string, outcome: Outcome) => {
		const record = merchant.byExternalId(externalId);
		if (record === undefined) throw new UnknownInvoiceError(externalId);
		return settleInvoice(context, record, outcome).invoice;
	};

	return {
		payInvoice: (externalId, { method = 'card' } = {}) =>
			settle(externalId, { status: 'paid', method }),
		failInvoice: (externalId, { method = 'card' } = {}) =>
			settle(externalId, { status: 'failed', method }),
		cancelInvoice: (externalId) => settle(externalId, { status: 'canceled' }),
		invoices: () => merchant.invoices(),
		injectFault: (fault) => faults.inject(fault),
		clearFaults: () => faults.clear(),
		requests: () => log.requests(),
		deliveries: () => courier.deliveries(),
		settleDeliveries: ({ timeoutMs = 10_000 } = {}) => courier.settle(timeoutMs),
		deliver: (request) => courier.deliver(request),
		repeatDelivery: async (eventId) => (await courier.repeat(eventId)).status,
		seedTransactions: ({ customerId, count, newestAt = SEEDED_NEWEST_AT }) =>
			merchant.transactions.seed(customerId, count, newestAt),
		addTransaction: (customerId, fields) => merchant.transactions.add(customerId, now(), fields),
		onRequest: (hook) => log.hook(hook),
		configure: (changes) => applySettings(settings, changes),
		reset: () => {
			applySettings(settings, initialSettings);
			merchant.clear();
			faults.clear();
			log.reset();
			courier.reset();
		},
	};
}
