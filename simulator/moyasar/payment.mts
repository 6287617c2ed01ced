import { formatAmount } from './money.mts';
import { buildSource, type Draw } from './source.mts';
import type { MoyasarPayment, MoyasarPaymentChanges } from './types.mts';

/** What a payment follows from. */
export type PaymentFacts = Required<MoyasarPaymentChanges> & {
	/** When the status became what it is. */
	statusSince: Date;
	drawn: Draw;
};

/** The payment as the API shows it. */
export function buildPayment(facts: PaymentFacts): MoyasarPayment {
	const { id, status, amount, currency, description, metadata, createdAt, updatedAt } = facts;
	const since = (wanted: string) => (status === wanted ? facts.statusSince.toISOString() : null);
	const format = (minorUnits: number) => formatAmount(minorUnits, currency);
	const fee = status === 'initiated' || status === 'failed' ? 0 : Math.round(amount / 50);
	const refunded = status === 'refunded' ? amount : 0;
	const captured = status === 'captured' ? amount : 0;
	return {
		id,
		status,
		amount,
		fee,
		currency,
		refunded,
		refunded_at: since('refunded'),
		captured,
		captured_at: since('captured'),
		voided_at: since('voided'),
		description,
		amount_format: format(amount),
		fee_format: format(fee),
		refunded_format: format(refunded),
		captured_format: format(captured),
		invoice_id: null,
		ip: '192.0.2.1',
		callback_url: 'https://example.com/checkout/payer-return',
		created_at: createdAt.toISOString(),
		updated_at: updatedAt.toISOString(),
		metadata,
		source: { ...buildSource(facts.kind, facts, facts.drawn), ...facts.source },
		...facts.extra,
	};
}
