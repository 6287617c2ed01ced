import { formatAmount } from './money.mts';
import { buildSource, type SourceValues } from './source.mts';
import type { MoyasarPayment, MoyasarPaymentChanges } from './types.mts';

/** What a payment is built from. */
export type PaymentFacts = Required<MoyasarPaymentChanges> & {
	/** Time of the last change of status. */
	statusSince: Date;
	sourceValues: SourceValues;
};

/** Builds the payment as the API returns it. */
export function buildPayment(facts: PaymentFacts): MoyasarPayment {
	const { id, status, amount, currency, description, metadata, createdAt, updatedAt } = facts;
	const timeIf = (expected: string) =>
		status === expected ? facts.statusSince.toISOString() : null;
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
		refunded_at: timeIf('refunded'),
		captured,
		captured_at: timeIf('captured'),
		voided_at: timeIf('voided'),
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
		source: { ...buildSource(facts.kind, facts, facts.sourceValues), ...facts.source },
		...facts.extra,
	};
}
