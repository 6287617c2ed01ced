import type { Settlement } from './merchant.mts';

/**
 * Where the customer is sent after checkout (guide, "return_url"). Query parameters that the
 * partner's URL has already stay as they are, byte by byte. A cancellation is `failed`: the guide
 * knows only success, failed and pending.
 */
export function returnUrl({ record, payment, paymentReference }: Settlement): string {
	const { invoice, currencyCode } = record;
	const url = new URL(record.returnUrl);
	const parameters = new URLSearchParams({
		status: payment?.status === 'completed' ? 'success' : 'failed',
		external_id: invoice.external_id,
		reference_number: invoice.reference_number,
		...(paymentReference !== undefined && { payment_reference: paymentReference }),
		amount_paid: String(payment?.status === 'completed' ? payment.amount : 0),
		currency_code: currencyCode,
		...(payment !== undefined && { payment_method: payment.payment_method }),
	});
	url.search += `${url.search === '' ? '?' : '&'}${parameters.toString()}`;
	return url.href;
}
