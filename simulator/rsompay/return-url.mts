import type { Settlement } from './merchant.mts';
import type { InvoiceStatus, Settings } from './types.mts';

/**
 * Where the customer is sent after checkout (guide, "return_url"). Query parameters that the
 * partner's URL has already stay as they are, byte by byte.
 *
 * @param join how the parameters come after those
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

/** A cancellation is `failed`: the guide knows no fourth. */
function returnStatus(status: InvoiceStatus): 'success' | 'pending' | 'failed' {
	if (status === 'paid') return 'success';
	return status === 'pending' ? 'pending' : 'failed';
}
