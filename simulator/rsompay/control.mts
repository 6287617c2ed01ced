import type { Faults } from '../shared/faults.mts';
import type { RequestLog } from '../shared/request-log.mts';
import type { WebhookSender } from '../shared/webhook-sender.mts';
import type { InvoiceRecord, Merchant, Outcome, Settlement } from './merchant.mts';
import { returnUrl } from './return-url.mts';
import { applySettings } from './settings.mts';
import type { Control, EventName, Invoice, RsomPayEvent, Settings } from './types.mts';

/** Dependencies of the control. */
export type ControlContext = {
	merchant: Merchant;
	settings: Settings;
	faults: Faults;
	log: RequestLog;
	webhooks: WebhookSender;
	now: () => Date;
};

/** No invoice has this external ID. */
export class UnknownInvoiceError extends Error {
	constructor(externalId: string) {
		super(`No invoice ${externalId}`);
	}
}

/** Default `created_at` of the newest seeded transaction: the day of the guide's example. */
const DEFAULT_NEWEST_AT = new Date('2026-05-18T12:00:00Z');

/** The result of a checkout: the invoice, and the URL to redirect the customer to. */
export type Checkout = { invoice: Invoice; returnUrl: string };

/**
 * Settles an invoice and schedules its webhooks; with a confirmation delay, a payment leaves the
 * invoice pending first.
 *
 * @param after no webhook is sent before this has settled
 * @throws InvoiceClosedError if the invoice is paid, canceled or pending.
 */
export function settleInvoice(
	context: ControlContext,
	record: InvoiceRecord,
	outcome: Outcome,
	after?: Promise<void>,
): Checkout {
	const { settings } = context;
	const settlement =
		outcome.status === 'canceled' || settings.confirmDelayMs === 0
			? scheduleWebhooks(context, settleAhead(context, record, outcome), after)
			: confirmLater(context, record, outcome, after);
	return { invoice: record.invoice, returnUrl: returnUrl(settlement, settings.returnUrlJoin) };
}

/** Sets the invoice to pending and settles it after the confirmation delay. */
function confirmLater(
	context: ControlContext,
	record: InvoiceRecord,
	outcome: Outcome,
	after?: Promise<void>,
): Settlement {
	const { merchant, settings, webhooks } = context;
	const settle = merchant.defer(record, outcome);
	const confirmed = merchant.confirmations.wait(settings.confirmDelayMs).then(() => {
		scheduleWebhooks(context, settle(), after);
	});
	// No payloads: settleDeliveries waits for an unconfirmed payment as for a pending delivery.
	webhooks.schedule(record.notificationUrl, [], { after: confirmed });
	return { record, events: [] };
}

/** Settles an invoice, ahead of what the API returns if that lags. */
function settleAhead(
	{ merchant, settings: { lagMs } }: ControlContext,
	record: InvoiceRecord,
	outcome: Outcome,
): Settlement {
	const { invoice: earlier } = record;
	const settlement = merchant.settle(record, outcome);
	if (lagMs > 0) merchant.lag(record, earlier, lagMs);
	return settlement;
}

/** Schedules the webhooks of a settlement; applies the webhook faults. */
function scheduleWebhooks(
	{ settings, faults, webhooks }: ControlContext,
	settlement: Settlement,
	after?: Promise<void>,
): Settlement {
	const { record } = settlement;
	const enabled = new Set<EventName>(settings.events);
	const events = settlement.events.filter(({ event }) => enabled.has(event));
	const kinds = faults.ofPayment();
	if (kinds.includes('lost-webhook')) return settlement;
	const inOrder: RsomPayEvent[] = kinds.includes('shuffle') ? events.reverse() : events;
	webhooks.schedule(record.notificationUrl, inOrder, {
		after,
		copies: kinds.includes('duplicate') ? 2 : 1,
	});
	return settlement;
}

/** The operations that drive a simulator. */
export function createControl(context: ControlContext): Control {
	const { merchant, settings, faults, log, webhooks, now } = context;
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
		deliveries: () => webhooks.deliveries(),
		settleDeliveries: ({ timeoutMs = 10_000 } = {}) => webhooks.waitUntilIdle(timeoutMs),
		deliver: (request) => webhooks.deliver(request),
		repeatDelivery: async (eventId) => (await webhooks.repeat(eventId)).status,
		seedTransactions: ({ customerId, count, newestAt = DEFAULT_NEWEST_AT }) =>
			merchant.transactions.seed(customerId, count, newestAt),
		addTransaction: (customerId, fields) => merchant.transactions.add(customerId, now(), fields),
		onRequest: (hook) => log.hook(hook),
		configure: (changes) => applySettings(settings, changes),
		reset: () => {
			applySettings(settings, initialSettings);
			merchant.clear();
			faults.clear();
			log.reset();
			webhooks.reset();
		},
	};
}
