import type { IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import { DEFAULT_CURRENCY } from '../api/invoiceMismatch';
import type { Invoice } from '../api/schemas';
import type { OwnInvoice } from '../customerReturn/respond';
import { claimsPayment, type ReturnQuery } from '../customerReturn/returnQuery';
import { isReturnUrlOf } from './returnUrl';
import type { SavedState } from './savedState';
import { hasSettled, recordedPayment } from './settlement';

/**
 * Returns what the customer of an invoice may see who returns to the execution that waits for it.
 * n8n signs one address for each execution. Only the return URL of the invoice is its customer's.
 *
 * @param invoice as RsomPay returned it
 */
export function ownInvoice(
	context: IWebhookFunctions,
	state: SavedState,
	invoice: Invoice,
	query: ReturnQuery,
): OwnInvoice | undefined {
	if (!isReturnUrlOf(context.getQueryData(), invoice.external_id)) return undefined;
	const executionId = context.getExecutionId();
	const isPaymentOnItsWay =
		claimsPayment(query) || recordedPayment(executionId, state, invoice)?.status === 'completed';
	const isOpen = invoice.status === 'issued' || invoice.status === 'failed';
	return {
		currencyCode: currencyOf(context, invoice),
		// Nobody pays twice, or for an order that the workflow no longer waits for.
		isPayable: isOpen && !isPaymentOnItsWay && !hasSettled(executionId, state, invoice),
	};
}

const createSchema = z.object({
	operation: z.literal('create'),
	additionalFields: z.object({ currencyCode: z.string().trim().default('') }).catch({
		currencyCode: '',
	}),
});

/**
 * Returns the currency of an invoice. The guide's invoices contain none, so it is the one that the
 * Create nodes before this node set.
 *
 * @returns `undefined` when they set several, or one by an expression
 */
function currencyOf(context: IWebhookFunctions, invoice: Invoice): string | undefined {
	if (typeof invoice.currency_code === 'string') return invoice.currency_code;
	const { name, type } = context.getNode();
	const [code, ...others] = new Set(
		context
			.getParentNodes(name, { includeNodeParameters: true })
			.filter((node) => node.type === type && !node.disabled)
			.flatMap(({ parameters }) => createSchema.safeParse(parameters).data ?? [])
			.map(({ additionalFields }) => additionalFields.currencyCode || DEFAULT_CURRENCY),
	);
	return others.length > 0 || code?.startsWith('=') ? undefined : code;
}
