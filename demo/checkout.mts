import type { ParsedMail } from 'mailparser';
import { openPage, press, submitForm } from '../harness/browser.mts';
import { formAnswers } from '../harness/examples.mts';
import { describeMail } from '../harness/mail.mts';
import {
	createdInvoice,
	type CreatedInvoice,
	describeInvoice,
	onlyExecution,
	type Services,
	type Step,
	succeeded,
	suspended,
} from './services.mts';

/** What was seen to happen in a checkout. */
export interface Checkout {
	invoice: CreatedInvoice;
	/** The e-mail with the payment link. */
	linkMail: ParsedMail;
	/** Where the payment page sent the customer: to the waiting execution. */
	returnedTo: string;
	/** The heading of the page that the customer got there. */
	resultPage: string;
	/** The e-mail with the receipt. */
	receipt: ParsedMail;
	/** The address of the execution in n8n's editor. */
	executionUrl: string;
}

/**
 * The flow of the guide in one execution of the example "checkout in one workflow": the form is
 * filled in, the customer pays and comes back, and gets a receipt.
 * @param workflow the published example: its id, and where its form is.
 * @throws Error naming what did not happen, or not in time.
 */
export async function runCheckout(
	{ n8n, mail }: Omit<Services, 'simulator'>,
	workflow: { id: string; formUrl: string },
	step: Step,
): Promise<Checkout> {
	const { api } = n8n;

	const invoice = await step('Create an invoice by filling in the form', async (see) => {
		const ending = await submitForm(workflow.formUrl, formAnswers);
		see(`The form ends with: "${ending}"`);
		const created = await createdInvoice(api, workflow.id);
		see(describeInvoice(created));
		return created;
	});

	const linkMail = await step('Receive the e-mail with the payment link', async (see) => {
		const received = await mail.waitForMail(
			({ text }) => text?.includes(invoice.payment_url) ?? false,
		);
		see(describeMail(received));
		return received;
	});

	await step('See the execution wait for the payment', async (see) => {
		const { id } = await onlyExecution(api, workflow.id);
		await suspended(api, id, 'Wait for payment');
		see(`Execution ${id} is suspended: stored, for a day at most, in Wait for Payment`);
	});

	const returnedTo = await step('Follow the link and pay by card', async (see) => {
		const location = await press(linkIn(linkMail), 'card');
		see(`The customer is sent back to ${location}`);
		return location;
	});

	const resultPage = await step('Come back to the result page', async (see) => {
		const heading = await openPage(returnedTo);
		if (heading !== 'Paid') throw new Error(`The page says "${heading}".`);
		see(`"${heading}": n8n has asked RsomPay, and the execution goes on`);
		return heading;
	});

	const receipt = await step('Receive the e-mail with the receipt', async (see) => {
		const received = await mail.waitForMail(
			({ subject }) => subject === `Receipt for invoice ${invoice.reference_number}`,
		);
		see(describeMail(received));
		return received;
	});

	const executionUrl = await step('See the execution succeed', async (see) => {
		const address = await succeeded(n8n, workflow.id);
		see(address);
		return address;
	});

	return { invoice, linkMail, returnedTo, resultPage, receipt, executionUrl };
}

/** What a customer clicks on in an e-mail. */
function linkIn({ subject, text = '' }: ParsedMail): string {
	const link = /https?:\S+/.exec(text)?.[0];
	if (link === undefined) throw new Error(`There is no link in the e-mail "${subject ?? ''}".`);
	return link;
}
