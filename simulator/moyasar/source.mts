import type { Ids } from '../shared/ids.mts';
import type { MoyasarKind, MoyasarSource } from './types.mts';

/** The generated values of a source: seeded, one set per payment. */
export type SourceValues = {
	company: Company;
	/** Last four digits of the card. */
	last4: string;
	/** Last four digits of a wallet's device number for the card. */
	deviceLast4: string;
	/** Twelve digits. */
	rrn: string;
	/** Six digits. */
	authorizationCode: string;
	/** Hex, the last part of `gateway_id` and `token`. */
	idSuffix: string;
};

type Company = keyof typeof COMPANIES;

/** First digits in a masked number, type and category of a card. */
const COMPANIES = {
	mada: { bin: '4201-32', cardType: 'debit', category: 'Platinum' },
	visa: { bin: '4111-11', cardType: 'credit', category: 'Signature' },
	master: { bin: '5555-55', cardType: 'credit', category: 'Platinum' },
	amex: { bin: '3782-82', cardType: 'charge_card', category: 'Platinum' },
};

const COMPANY_NAMES = ['mada', 'visa', 'master', 'amex'] as const;

const GATEWAY_PREFIXES = {
	creditcard: 'moyasar_cc',
	applepay: 'moyasar_ap',
	googlepay: 'moyasar_gp',
	samsungpay: 'moyasar_sp',
};

/** Generates the values of one payment's source. */
export function generateSourceValues(ids: Ids): SourceValues {
	const hex = ids.hex(64);
	const digits = (from: number, count: number) =>
		String(BigInt(`0x${hex.slice(from, from + 12)}`) % 10n ** BigInt(count)).padStart(count, '0');
	return {
		company: COMPANY_NAMES[parseInt(hex.slice(-2), 16) % COMPANY_NAMES.length] ?? 'mada',
		last4: digits(0, 4),
		deviceLast4: digits(12, 4),
		rrn: digits(24, 12),
		authorizationCode: digits(36, 6),
		idSuffix: hex.slice(40, 62),
	};
}

/** Builds the source of a payment: every field that the API's documentation has for this kind. */
export function buildSource(
	kind: MoyasarKind,
	payment: { id: string; status: string },
	values: SourceValues,
): MoyasarSource {
	const initiated = payment.status === 'initiated';
	const message = initiated ? null : payment.status === 'failed' ? 'DECLINED' : 'APPROVED';
	const challenge = initiated ? `https://example.com/checkout/challenge/${payment.id}` : null;
	const result = { reference_number: initiated ? null : values.rrn, message };

	if (kind === 'stcpay') {
		return {
			type: kind,
			mobile: '0501234567',
			cashier_id: 'CASHIER-1',
			branch: 'BRANCH-1',
			transaction_url: challenge,
			...result,
		};
	}

	const { bin, cardType, category } = COMPANIES[values.company];
	const card = {
		type: kind,
		company: values.company,
		gateway_id: `${GATEWAY_PREFIXES[kind]}_${values.idSuffix}`,
		authorization_code: message === 'APPROVED' ? values.authorizationCode : null,
		response_code: { APPROVED: '00', DECLINED: '51', '': null }[message ?? ''],
		issuer_name: 'Issuing Bank',
		issuer_country: 'SA',
		issuer_card_type: cardType,
		issuer_card_category: category,
		...result,
	};
	return kind === 'creditcard'
		? {
				...card,
				name: 'Card Holder',
				number: `${bin}XX-XXXX-${values.last4}`,
				token: `token_${values.idSuffix}`,
				transaction_url: challenge,
			}
		: {
				...card,
				name: null,
				number: `XXXX-XXXX-XXXX-${values.last4}`,
				dpan: `${bin}XX-XXXX-${values.deviceLast4}`,
			};
}
