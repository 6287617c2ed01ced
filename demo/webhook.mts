import type { ParsedMail } from 'mailparser';
import { openPage, press, submitForm } from '../harness/browser.mts';
import { formValues } from '../harness/examples.mts';
import { describeMail } from '../harness/mail.mts';
import { until } from '../harness/n8n/until.mts';
import type { Delivery } from '../simulator/index.mts';
import {
	createdInvoice,
	type CreatedInvoice,
	describeInvoice,
	type Services,
	type Step,
	succeeded,
} from '../harness/services.mts';

/** The published examples that take part in the webhook job. */
export interface WebhookExamples {
	/** "create an invoice and e-mail its payment link": its ID and the URL of its form. */
	create: { id: string; formUrl: string };
	/** "e-mail when a payment is completed", which calls the one with the table. */
	email: { id: string };
	/** The production URL of the RsomPay Trigger of `email`. */
	notificationUrl: string;
	/** The data table that "one table row per paid invoice" fills. */
	tableId: string;
}

/** The results of the webhook job. */
export interface WebhookJob {
	invoice: CreatedInvoice;
	/** The webhook that RsomPay has delivered. */
	delivery: Delivery;
	/** The e-mail about the payment. */
	paidMail: ParsedMail;
	/** The invoice's row in the data table. */
	row: Record<string, unknown>;
	/** The URL, in n8n's editor, of the execution that the webhook started. */
	executionUrl: string;
}

/**
 * Shows what a RsomPay Trigger does: an invoice with the trigger's URL as its notification URL is
 * paid, and the signed webhook starts a workflow that sends an e-mail and fills a table.
 * @throws Error that names what did not happen in time.
 */
export async function runWebhook(
	{ n8n, simulator, mail }: Services,
	{ create, email, notificationUrl, tableId }: WebhookExamples,
	step: Step,
): Promise<WebhookJob> {
	const invoice = await step('Pay an invoice that notifies a RsomPay Trigger', async (report) => {
		await submitForm(create.formUrl, formValues);
		const created = await createdInvoice(n8n.api, create.id);
		report(describeInvoice(created));
		report(`Notification URL and Return URL: ${notificationUrl}`);
		const heading = await openPage(await press(created.payment_url, 'tamara'));
		report(`The customer pays with Tamara, and returns to a page that says "${heading}"`);
		return created;
	});

	const delivery = await step('Receive the signed webhook', async (report) => {
		const accepted = await until('n8n to accept payment.completed', () =>
			simulator.control
				.deliveries()
				.find(
					({ event, url, status }) =>
						event === 'payment.completed' && url === notificationUrl && status === 200,
				),
		);
		report(`${accepted.event ?? ''} ${accepted.event_id ?? ''}`);
		report(`X-Rsom-Signature: ${accepted.signature ?? ''}`);
		report(`Verified by RsomPay Trigger, response ${accepted.status ?? ''}`);
		return accepted;
	});

	await step('Reject a forged copy of it', async (report) => {
		const forged = await simulator.control.deliver({
			url: notificationUrl,
			rawBody: delivery.body.replace('payment.completed', 'payment.failed'),
			signature: delivery.signature,
		});
		if (forged.status !== 401)
			throw new Error(`n8n responded ${forged.status} to a forged webhook.`);
		report('Response 401; no workflow started');
	});

	const paidMail = await step('Receive the e-mail that the invoice is paid', async (report) => {
		const received = await mail.waitForMail(
			({ subject }) => subject === `Paid: invoice ${invoice.reference_number}`,
		);
		report(describeMail(received));
		return received;
	});

	const row = await step('Find the row in the data table', async (report) => {
		const found = await until('the row in the data table', async () => {
			const rows = await n8n.api.dataTableRows(tableId);
			return rows.find(({ external_id }) => external_id === invoice.external_id);
		});
		report(JSON.stringify(found));
		return found;
	});

	const executionUrl = await step('Find the execution in the editor', async (report) => {
		const url = await succeeded(n8n, email.id);
		report(url);
		return url;
	});

	return { invoice, delivery, paidMail, row, executionUrl };
}
