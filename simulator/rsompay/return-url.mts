import type { Settlement } from './merchant.mts';
import type { InvoiceStatus, Settings } from './types.mts';

/**
 * The URL that the customer is redirected to after checkout (guide, "return_url"). The partner's
 * own query parameters stay unchanged, byte by byte.
 *
 * @param join how the parameters are joined to those
 */
export function returnUrl(
	{ record, payment, paymentReference }: Settlement,
	join: Settings['returnUrlJoin'],
): string {
	const { invoice, currencyCode } = record;
	const url = new URL(record.returnUrl);
	const parameters = new URLSearchParams({
		status: returnStatus(invoice.status),
		external_id: invoice.external_id,
		reference_number: invoice.reference_number,
		...(paymentReference !== undefined && { payment_reference: paymentReference }),
		amount_paid: String(payment?.status === 'completed' ? payment.amount : 0),
		currency_code: currencyCode,
		...(payment !== undefined && { payment_method: payment.payment_method }),
	});
	const separator = join === 'query' && url.search !== '' ? '&' : '?';
	url.search += separator + parameters.toString();
	return url.href;
}

/** A cancellation is `failed`: the guide has no fourth status. */
function returnStatus(status: InvoiceStatus): 'success' | 'pending' | 'failed' {
	if (status === 'paid') return 'success';
	return status === 'pending' ? 'pending' : 'failed';
}
