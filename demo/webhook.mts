import type { ParsedMail } from 'mailparser';
import type { Delivery } from '../simulator/index.mts';
import { openPage, press, submitForm } from '../harness/browser.mts';
import { formAnswers } from '../harness/examples.mts';
import { describeMail } from '../harness/mail.mts';
import { until } from '../harness/n8n/until.mts';
import {
	createdInvoice,
	type CreatedInvoice,
	describeInvoice,
	type Services,
	type Step,
	succeeded,
} from './services.mts';

/** The published examples that a webhook goes through. */
export interface WebhookExamples {
	/** "create an invoice and e-mail its payment link": its id, and where its form is. */
	create: { id: string; formUrl: string };
	/** "e-mail when a payment is completed", which hands the event on to the one with the table. */
	email: { id: string };
	/** The production URL of the RsomPay Trigger of `email`. */
	notificationUrl: string;
	/** The data table that "one table row per paid invoice" fills. */
	tableId: string;
}

/** What was seen to happen on a webhook. */
export interface WebhookJob {
	invoice: CreatedInvoice;
	/** The webhook that RsomPay delivered. */
	delivery: Delivery;
	/** The e-mail that tells of the payment. */
	paidMail: ParsedMail;
	/** The invoice's row in the data table. */
	row: Record<string, unknown>;
	/** The address, in n8n's editor, of the execution that the webhook started. */
	executionUrl: string;
}

/**
 * What a RsomPay Trigger does: an invoice that reports to it is paid, and its signed webhook sends
 * an e-mail and fills a table.
 * @throws Error naming what did not happen, or not in time.
 */
export async function runWebhook(
	{ n8n, simulator, mail }: Services,
	{ create, email, notificationUrl, tableId }: WebhookExamples,
	step: Step,
): Promise<WebhookJob> {
	const invoice = await step('Pay an invoice that reports to a RsomPay Trigger', async (see) => {
		await submitForm(create.formUrl, formAnswers);
		const created = await createdInvoice(n8n.api, create.id);
		see(describeInvoice(created));
		see(`Notification URL and Return URL: ${notificationUrl}`);
		const heading = await openPage(await press(created.payment_url, 'tamara'));
		see(`The customer pays with Tamara, and comes back to a page that says "${heading}"`);
		return created;
	});

	const delivery = await step('Receive the signed webhook', async (see) => {
		const accepted = await until('n8n to accept payment.completed', () =>
			simulator.control
				.deliveries()
				.find(
					({ event, url, status }) =>
						event === 'payment.completed' && url === notificationUrl && status === 200,
				),
		);
		see(`${accepted.event ?? ''} ${accepted.event_id ?? ''}`);
		see(`X-Rsom-Signature: ${accepted.signature ?? ''}`);
		see(`Verified by RsomPay Trigger, answered ${accepted.status ?? ''}`);
		return accepted;
	});

	await step('Turn away a forged copy of it', async (see) => {
		const forged = await simulator.control.deliver({
			url: notificationUrl,
			rawBody: delivery.body.replace('payment.completed', 'payment.failed'),
			signature: delivery.signature,
		});
		if (forged.status !== 401) throw new Error(`n8n answered a forgery with ${forged.status}.`);
		see('Answered 401; no workflow ran');
	});

	const paidMail = await step('Receive the e-mail that the invoice is paid', async (see) => {
		const received = await mail.waitForMail(
			({ subject }) => subject === `Paid: invoice ${invoice.reference_number}`,
		);
		see(describeMail(received));
		return received;
	});

	const row = await step('Find the row in the data table', async (see) => {
		const found = await until('the row in the data table', async () => {
			const rows = await n8n.api.dataTableRows(tableId);
			return rows.find(({ external_id }) => external_id === invoice.external_id);
		});
		see(JSON.stringify(found));
		return found;
	});

	const executionUrl = await step('Find the execution in the editor', async (see) => {
		const address = await succeeded(n8n, email.id);
		see(address);
		return address;
	});

	return { invoice, delivery, paidMail, row, executionUrl };
}
