import type { ParsedMail } from 'mailparser';
import { z } from 'zod';
import type { Delivery, Simulator } from '../simulator/index.mts';
import { payByCard, submitForm } from './browser.mts';
import { changeNode, fillInSettings, productionUrl, readExample } from './examples.mts';
import type { MailServer } from './mail.mts';
import type { Execution, N8nApi } from './n8n/api.mts';
import type { N8n } from './n8n/n8n.mts';
import { until } from './n8n/until.mts';

export interface Services {
	n8n: N8n;
	simulator: Simulator;
	mail: MailServer;
}

/**
 * Does one step of a job and tells of it.
 * @param title says what the step does.
 * @param work does it; `see` is given a line for everything that was seen to happen.
 */
export type Step = <T>(
	title: string,
	work: (see: (line: string) => void) => Promise<T>,
) => Promise<T>;

/** What was seen to happen. */
export interface MainJob {
	/** Where a person fills in the form of the first example. */
	formUrl: string;
	/** The RsomPay Trigger's production URL, which the invoice was given. */
	notificationUrl: string;
	invoice: Invoice;
	/** The e-mail with the payment link. */
	linkMail: ParsedMail;
	/** Where the payment page sent the customer. */
	returnedTo: string;
	/** The webhook that RsomPay delivered. */
	delivery: Delivery;
	/** The e-mail that tells of the payment. */
	paidMail: ParsedMail;
	/** The invoice's row in the data table. */
	row: Record<string, unknown>;
	/** The address, in n8n's editor, of the execution that the webhook started. */
	executionUrl: string;
}

const invoiceSchema = z.object({
	external_id: z.string(),
	reference_number: z.string(),
	amount: z.number(),
	payment_url: z.string(),
});
type Invoice = z.infer<typeof invoiceSchema>;

const customer = { id: 'CUST-9', name: 'Ahmed Ali', email: 'customer@example.com' };
const merchant = {
	sender_email: 'payments@partner.example.com',
	recipient_email: 'you@partner.example.com',
};
const returnUrl = 'https://partner.example.com/payment/return';

/**
 * The main job on a real n8n, with the example workflows: an invoice is created by filling in a
 * form, paid on its payment page, and its signed webhook sends an e-mail and fills a table.
 * @throws Error naming what did not happen, or not in time.
 */
export async function runMainJob(
	services: Services,
	step: Step = async (_title, work) => await work(() => undefined),
): Promise<MainJob> {
	const { n8n, simulator, mail } = services;
	const installed = await step('Import and publish the example workflows', async (see) => {
		const workflows = await installExamples(services);
		see(`Form: ${workflows.formUrl}`);
		see(`Notification URL: ${workflows.notificationUrl}`);
		return workflows;
	});

	const invoice = await step('Create an invoice by filling in the form', async (see) => {
		const ending = await submitForm(installed.formUrl, {
			'Customer number': customer.id,
			'Customer name': customer.name,
			'Customer e-mail': customer.email,
			'What is it for?': 'Service fee',
			'Amount before VAT (SAR)': '100.10',
		});
		see(`The form ends with: "${ending}"`);
		const created = await createdInvoice(n8n.api, installed.createId);
		see(`${created.reference_number} (${created.external_id}), ${created.amount.toFixed(2)} SAR`);
		see(`Payment link: ${created.payment_url}`);
		return created;
	});

	const linkMail = await step('Receive the e-mail with the payment link', async (see) => {
		const received = await mail.waitForMail(
			(candidate) => candidate.text?.includes(invoice.payment_url) ?? false,
		);
		see(describe(received));
		return received;
	});

	const returnedTo = await step('Pay by card on the payment page', async (see) => {
		const location = await payByCard(invoice.payment_url);
		see(`The customer is sent to ${location}`);
		return location;
	});

	const delivery = await step('Receive the signed webhook', async (see) => {
		const accepted = await acceptedDelivery(simulator, 'payment.completed');
		see(`${accepted.event ?? ''} ${accepted.event_id ?? ''}`);
		see(`X-Rsom-Signature: ${accepted.signature ?? ''}`);
		see(`Verified by RsomPay Trigger, answered ${accepted.status ?? ''}`);
		return accepted;
	});

	await step('Turn away a forged copy of it', async (see) => {
		const forged = await simulator.control.deliver({
			url: installed.notificationUrl,
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
		see(describe(received));
		return received;
	});

	const row = await step('Find the row in the data table', async (see) => {
		const found = await until('the row in the data table', async () => {
			const rows = await n8n.api.dataTableRows(installed.tableId);
			return rows.find(({ external_id }) => external_id === invoice.external_id);
		});
		see(JSON.stringify(found));
		return found;
	});

	const executionUrl = await step('Find the execution in the editor', async (see) => {
		const execution = await onlyExecution(n8n.api, installed.emailId);
		if (execution.status !== 'success') {
			throw new Error(`The execution ended with "${execution.status}".`);
		}
		const address = `${n8n.url}/workflow/${installed.emailId}/executions/${execution.id}`;
		see(address);
		return address;
	});

	const { formUrl, notificationUrl } = installed;
	return {
		formUrl,
		notificationUrl,
		invoice,
		linkMail,
		returnedTo,
		delivery,
		paidMail,
		row,
		executionUrl,
	};
}

/** Imports three examples, fills in what their notes ask for, and publishes them. */
async function installExamples({ n8n: { api, url }, simulator, mail }: Services) {
	const credentials = [
		await api.createCredential('rsomPayApi', 'RsomPay account', {
			environment: 'custom',
			baseUrl: simulator.apiBaseUrl,
			apiToken: simulator.apiToken,
			signingSecret: simulator.signingSecret,
		}),
		await api.createCredential('smtp', 'SMTP account', {
			host: '127.0.0.1',
			port: mail.port,
			secure: false,
			disableStartTls: true,
		}),
	];
	const sync = await readExample('sync-paid-invoices-to-data-table');
	const syncId = await api.importWorkflow(sync, credentials);
	const tableId = await makeTable(api, syncId);

	const email = changeNode(
		fillInSettings(await readExample('email-on-payment-completed'), merchant),
		'Also update the table',
		(node) => ({
			...node,
			disabled: false,
			parameters: {
				...node.parameters,
				workflowId: { __rl: true, mode: 'list', value: syncId, cachedResultName: sync.name },
			},
		}),
	);
	const emailId = await api.importWorkflow(email, credentials);
	const notificationUrl = productionUrl(url, email, 'RsomPay Trigger');

	const create = fillInSettings(await readExample('create-invoice-and-email-link'), {
		notification_url: notificationUrl,
		return_url: returnUrl,
		sender_email: merchant.sender_email,
	});
	const createId = await api.importWorkflow(create, credentials);
	for (const id of [syncId, emailId, createId]) await api.publish(id);
	return {
		createId,
		emailId,
		tableId,
		notificationUrl,
		formUrl: productionUrl(url, create, 'Invoice form'),
	};
}

async function makeTable(api: N8nApi, workflowId: string): Promise<string> {
	const execution = await api.runManually(workflowId, 'Make the table');
	return z.object({ id: z.string() }).parse(output(execution, 'Create the table')).id;
}

async function createdInvoice(api: N8nApi, workflowId: string): Promise<Invoice> {
	return invoiceSchema.parse(output(await onlyExecution(api, workflowId), 'Create invoice'));
}

/** The one execution of a workflow, once it has ended. */
async function onlyExecution(api: N8nApi, workflowId: string): Promise<Execution> {
	const executions = await api.executions(workflowId);
	const [execution] = executions;
	if (execution === undefined || executions.length > 1) {
		throw new Error(`Expected one execution, but there are ${executions.length}.`);
	}
	return await api.finished(execution.id);
}

/** The first item that a node put out. */
function output(execution: Execution, node: string): unknown {
	return execution.nodes[node]?.[0]?.outputs[0]?.[0]?.json;
}

async function acceptedDelivery(simulator: Simulator, event: string): Promise<Delivery> {
	return await until(`n8n to accept ${event}`, () =>
		simulator.control
			.deliveries()
			.find((delivery) => delivery.event === event && delivery.status === 200),
	);
}

function describe({ from, subject, text = '' }: ParsedMail): string {
	return [`From ${from?.text ?? ''}: "${subject ?? ''}"`, ...text.trim().split('\n')]
		.filter((line) => line !== '')
		.join('\n');
}
