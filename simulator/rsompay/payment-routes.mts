import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { bodyText } from '../shared/http.mts';
import type { Checkout } from './control.mts';
import { isPayable, type InvoiceRecord, type Outcome } from './merchant.mts';
import { ACTIONS, invoicePage, PAGE_HEADERS, unknownInvoicePage } from './payment-page.mts';

/** Dependencies of the payment pages. */
export type PaymentPageContext = {
	byToken(token: string): InvoiceRecord | undefined;
	/** Records the customer's action; webhooks are sent once `after` has settled. */
	settle(record: InvoiceRecord, outcome: Outcome, after: Promise<void>): Checkout;
};

/** Path of an invoice's payment page. */
export const paymentPath = (token: string) => `/pay/invoice/${token}`;

const OUTCOMES: Record<(typeof ACTIONS)[number], Outcome> = {
	card: { status: 'paid', method: 'card' },
	tamara: { status: 'paid', method: 'tamara' },
	fail: { status: 'failed', method: 'card' },
	cancel: { status: 'canceled' },
};

const formSchema = z.object({ action: z.enum(ACTIONS) });

/** Adds the payment pages to a server. */
export function addPaymentPages(server: FastifyInstance, context: PaymentPageContext): void {
	type Route = { Params: { token: string } };

	server.get<Route>(paymentPath(':token'), (request, reply) => {
		const record = context.byToken(request.params.token);
		reply.headers(PAGE_HEADERS);
		if (record === undefined) return reply.code(404).send(unknownInvoicePage());
		return reply.send(invoicePage(record));
	});

	server.post<Route>(paymentPath(':token'), (request, reply) => {
		const record = context.byToken(request.params.token);
		reply.headers(PAGE_HEADERS);
		if (record === undefined) return reply.code(404).send(unknownInvoicePage());
		const form = formSchema.safeParse(Object.fromEntries(new URLSearchParams(bodyText(request))));
		if (!form.success) return reply.code(422).send(invoicePage(record));
		if (!isPayable(record.invoice.status)) return reply.code(409).send(invoicePage(record));

		const redirected = new Promise<void>((resolve) => {
			reply.raw.once('close', () => resolve());
		});
		const { returnUrl } = context.settle(record, OUTCOMES[form.data.action], redirected);
		return reply.redirect(returnUrl, 303);
	});
}
