import type { Courier } from '../shared/courier.mts';
import type { Faults } from '../shared/faults.mts';
import type { RequestLog } from '../shared/request-log.mts';
import type { InvoiceRecord, Merchant, Outcome, Settlement } from './merchant.mts';
import { applySettings } from './settings.mts';
import type { Control, EventName, RsomPayEvent, Settings } from './types.mts';

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

/**
 * Settles an invoice and sends its webhooks, with the webhook faults in force.
 *
 * @param after nothing is sent before this has settled
 */
export function settleInvoice(
	{ merchant, settings, faults, courier }: ControlContext,
	record: InvoiceRecord,
	outcome: Outcome,
	after?: Promise<void>,
): Settlement {
	const settlement = merchant.settle(record, outcome);
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
		return settleInvoice(context, record, outcome).record.invoice;
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
