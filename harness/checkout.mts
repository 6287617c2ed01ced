import type { ParsedMail } from 'mailparser';
import { openPage, press, submitForm } from './browser.mts';
import { formValues } from './examples.mts';
import { describeMail } from './mail.mts';
import {
	createdInvoice,
	type CreatedInvoice,
	describeInvoice,
	onlyExecution,
	type Services,
	type Step,
	succeeded,
} from './services.mts';

/** The results of the checkout. */
export interface Checkout {
	invoice: CreatedInvoice;
	/** The e-mail with the payment link. */
	linkMail: ParsedMail;
	/** The URL that the payment page redirected to: that of the waiting execution. */
	returnedTo: string;
	/** The heading of the page at that URL. */
	resultPage: string;
	/** The e-mail with the receipt. */
	receipt: ParsedMail;
	/** The URL of the execution in n8n's editor. */
	executionUrl: string;
}

/**
 * Runs the payment flow of the API guide in one execution of the example "checkout in one
 * workflow": a customer fills in the form, pays, returns and receives a receipt.
 * @param workflow the published example: its ID and the URL of its form.
 * @throws Error that names what did not happen in time.
 */
export async function runCheckout(
	{ n8n, mail }: Omit<Services, 'simulator'>,
	workflow: { id: string; formUrl: string },
	step: Step,
): Promise<Checkout> {
	const { api } = n8n;

	const invoice = await step('Create an invoice by filling in the form', async (report) => {
		const heading = await submitForm(workflow.formUrl, formValues);
		report(`The last page of the form: "${heading}"`);
		const created = await createdInvoice(api, workflow.id);
		report(describeInvoice(created));
		return created;
	});

	const linkMail = await step('Receive the e-mail with the payment link', async (report) => {
		const received = await mail.waitForMail(
			({ text }) => text?.includes(invoice.payment_url) ?? false,
		);
		report(describeMail(received));
		return received;
	});

	await step('Check that the execution waits for the payment', async (report) => {
		const { id } = await onlyExecution(api, workflow.id);
		await api.suspended(id, 'Wait for payment');
		report(`Execution ${id} is suspended in Wait for Payment, for at most a day`);
	});

	const returnedTo = await step('Open the payment link and pay by card', async (report) => {
		const location = await press(linkIn(linkMail), 'card');
		report(`The payment page redirects the customer to ${location}`);
		return location;
	});

	const resultPage = await step('Return to the result page', async (report) => {
		const heading = await openPage(returnedTo);
		if (heading !== 'Paid') throw new Error(`The page says "${heading}".`);
		report(`"${heading}": n8n has confirmed the invoice with RsomPay and resumes the execution`);
		return heading;
	});

	const receipt = await step('Receive the e-mail with the receipt', async (report) => {
		const received = await mail.waitForMail(
			({ subject }) => subject === `Receipt for invoice ${invoice.reference_number}`,
		);
		report(describeMail(received));
		return received;
	});

	const executionUrl = await step('Check that the execution has succeeded', async (report) => {
		const url = await succeeded(n8n, workflow.id);
		report(url);
		return url;
	});

	return { invoice, linkMail, returnedTo, resultPage, receipt, executionUrl };
}

/** Returns the first link of an e-mail. */
function linkIn({ subject, text = '' }: ParsedMail): string {
	const link = /https?:\S+/.exec(text)?.[0];
	if (link === undefined) throw new Error(`There is no link in the e-mail "${subject ?? ''}".`);
	return link;
}
