import type { Operation } from '../../../shared/operations';
import { once } from '../../../shared/runItems';
import type { RsomPayRun } from '../../api/connect';
import { findInvoiceMismatch } from '../../api/invoiceMismatch';
import { createInvoiceValidator } from '../../api/invoiceRequest';
import { returnUrlFor } from '../../wait/returnUrl';
import { callbackUrlOf, checkWaitBehind, recordNotified } from '../../wait/thisExecution';
import { createFields, INVOICE_LABELS, readCreateFields } from './createFields';

/** The path of n8n's test URLs. */
const TEST_URL = /\/webhook-test\//;

const TEST_URL_HINT =
	"'Notification URL' is a test URL of n8n, which only listens while the editor does: later webhooks would be lost. Use the Production URL.";

/** Creates an invoice and returns its payment link. API guide: `POST /invoices`. */
export const create = {
	option: {
		name: 'Create',
		value: 'create',
		action: 'Create invoice with payment link',
		description: 'Create a new invoice and get its payment link',
	},
	fields: createFields,
	prepare(context, { client, urlsArePublic }) {
		const validateInvoice = createInvoiceValidator(
			context.getTimezone(),
			urlsArePublic,
			INVOICE_LABELS,
		);
		const callbackUrl = once(() => {
			checkWaitBehind(context, 'report');
			recordNotified(context);
			return callbackUrlOf(context, urlsArePublic);
		});
		const checkReturn = once(() => checkWaitBehind(context, 'customer'));
		const thisExecution = {
			callbackUrl,
			returnUrl: (externalId: string) => {
				checkReturn();
				return returnUrlFor(callbackUrl(), externalId);
			},
		};
		return (itemIndex) => {
			const body = validateInvoice(readCreateFields(context, itemIndex, thisExecution));
			if (TEST_URL.test(body.notification_url)) {
				context.addExecutionHints({
					message: TEST_URL_HINT,
					type: 'warning',
					location: 'outputPane',
				});
			}
			return async () => {
				const invoice = await client.createInvoice(body);
				const mismatch = findInvoiceMismatch(invoice, body);
				if (mismatch) throw mismatch;
				return [invoice];
			};
		};
	},
} satisfies Operation<RsomPayRun>;
