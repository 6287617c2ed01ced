/** The examples that chase, send, report and approve invoices, on a real n8n. */
import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { submitForm } from '../../harness/browser.mts';
import {
	changeNode,
	createTable,
	fillInSettings,
	formValues,
	productionUrl,
	readExample,
	unpin,
} from '../../harness/examples.mts';
import { type Execution, itemsOf } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { buildEvent, type Invoice } from '../../simulator/index.mts';
import { startChatModel } from './harness/chatModel.mts';
import { useMail } from './harness/mail.mts';
import { useUnpublishing } from './harness/published.mts';
import { containing, testThatSecretsStaySecret, useTestBed } from './harness/testBed.mts';
import { startWhatsApp, type WhatsApp } from './harness/whatsApp.mts';

let whatsApp: WhatsApp;
const testBed = useTestBed(async () => {
	whatsApp = await startWhatsApp();
	return whatsApp.env;
});
afterAll(() => whatsApp.close());
const mail = useMail(testBed);
const unpublishLater = useUnpublishing(testBed);

const urls = {
	notification_url: 'https://partner.example.com/webhooks/rsom',
	return_url: 'https://partner.example.com/payment/return',
};

beforeEach(() => {
	// RsomPay sends only the webhooks that a test delivers.
	testBed.simulator.control.configure({ events: [] });
});

/** The only invoice of a test. */
function onlyInvoice(): Invoice {
	const [invoice, ...others] = testBed.simulator.control.invoices();
	if (!invoice || others.length > 0) throw new Error('There is not one invoice.');
	return invoice;
}

const subjects = () => mail.server.mails().map(({ subject }) => subject);

describe('chase an unpaid invoice', () => {
	/** Fills in the form; the reminders come after these numbers of seconds. */
	async function chase(...seconds: number[]): Promise<{ id: string; invoice: Invoice }> {
		const { api, url } = testBed.n8n;
		const days = seconds.map((each) => (each / 86_400).toFixed(7)).join(', ');
		const workflow = fillInSettings(await readExample('chase-unpaid-invoice'), {
			...urls,
			remind_after_days: days,
		});
		const id = await api.importAndPublish(workflow, [testBed.credential, mail.credential]);
		unpublishLater(id);
		await submitForm(productionUrl(url, workflow, 'Invoice form'), formValues);
		return { id, invoice: onlyInvoice() };
	}

	async function endOf(workflowId: string): Promise<Execution> {
		const { api } = testBed.n8n;
		const [execution] = await api.executions(workflowId);
		return await api.finished(execution?.id ?? '', 100_000);
	}

	test('sends its reminders while nobody pays, and then stops', async () => {
		const { id, invoice } = await chase(1, 2, 3);

		const { status, nodes } = await endOf(id);

		expect(status).toBe('success');
		expect(nodes).toHaveProperty(['All reminders sent: stop']);
		const { reference_number: number } = invoice;
		const reminder = `Reminder: your invoice ${number}`;
		expect(subjects()).toStrictEqual([`Your invoice ${number}`, reminder, reminder, reminder]);
		expect(mail.server.mails().at(-1)).toMatchObject({
			to: { text: 'customer@example.com' },
			text: containing(invoice.payment_url),
		});
	});

	test('asks RsomPay before each reminder, and sends none when the invoice is paid', async () => {
		const { id, invoice } = await chase(1, 20, 21);
		const { reference_number: number } = invoice;
		await mail.server.waitForMail(({ subject }) => subject === `Reminder: your invoice ${number}`);

		testBed.simulator.control.payInvoice(invoice.external_id);
		const { status, nodes } = await endOf(id);

		expect(status).toBe('success');
		expect(nodes).toHaveProperty(['Paid or canceled: done']);
		expect(subjects()).toStrictEqual([
			`Your invoice ${number}`,
			`Reminder: your invoice ${number}`,
		]);
	});
});

test("payment link over WhatsApp: n8n's WhatsApp node sends the template with the link", async () => {
	const { api, url } = testBed.n8n;
	const credential = await api.createCredential('whatsAppApi', 'WhatsApp account', {
		accessToken: 'whatsapp-token',
		businessAccountId: '1',
	});
	const example = fillInSettings(await readExample('payment-link-over-whatsapp'), urls);
	const workflow = changeNode(example, 'Send the payment link', (node) => ({
		...node,
		parameters: {
			...node.parameters,
			phoneNumberId: '106540352242922',
		},
	}));
	const id = await api.importAndPublish(workflow, [testBed.credential, credential]);
	unpublishLater(id);

	const values = Object.entries({ ...formValues, 'Customer phone': '+966501234567' });
	const heading = await submitForm(
		productionUrl(url, workflow, 'Invoice form'),
		Object.fromEntries(values.filter(([label]) => label !== 'Customer e-mail')),
	);

	const { reference_number, payment_url, customer } = onlyInvoice();
	expect(customer.phone).toBe('+966501234567');
	expect(heading).toBe(`Invoice ${reference_number} is on its way`);
	const texts = ['Ahmed Ali', reference_number, '115.12 SAR', payment_url];
	expect(whatsApp.messages()).toMatchObject([
		{
			url: 'https://graph.facebook.com/v13.0/106540352242922/messages',
			authorization: 'Bearer whatsapp-token',
			body: {
				messaging_product: 'whatsapp',
				to: '966501234567',
				type: 'template',
				template: {
					name: 'payment_link',
					language: { code: 'en' },
					components: [{ type: 'body', parameters: texts.map((text) => ({ type: 'text', text })) }],
				},
			},
		},
	]);
});

test('daily report of paid invoices: reads the table that the other example fills', async () => {
	const { api, url } = testBed.n8n;
	const { control } = testBed.simulator;
	const sync = await readExample('sync-paid-invoices-to-data-table');
	const syncId = await api.importWorkflow(sync, [testBed.credential]);
	const tableId = await createTable(api, syncId);
	await api.publish(syncId);
	unpublishLater(syncId);
	for (const external_id of ['ORDER-1', 'ORDER-2']) {
		await testBed.issue({ external_id });
		const invoice = control.payInvoice(external_id);
		const payload = buildEvent({
			event: 'payment.completed',
			eventId: randomUUID(),
			occurredAt: new Date(),
			invoice,
		});
		await control.deliver({ url: productionUrl(url, sync, 'RsomPay Trigger'), payload });
	}
	await until('two rows', async () => (await api.dataTableRows(tableId)).length === 2 || undefined);

	/** Runs the report about the day that many days ago; returns its e-mail. */
	const report = async (daysBack: number) => {
		const workflow = fillInSettings(unpin(await readExample('daily-report-of-paid-invoices')), {
			days_back: daysBack,
		});
		const id = await api.importWorkflow(workflow, [mail.credential]);
		mail.server.clear();
		const { status, error } = await api.runManually(id, 'Every morning');
		expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
		return mail.server.mails()[0];
	};

	const today = await report(0);
	expect(today?.subject).toMatch(/^Paid on \d{4}-\d\d-\d\d: 2 invoices, 207\.00 SAR$/);
	expect(today?.to).toMatchObject({ text: 'you@partner.example.com' });
	expect(today?.text).toContain('(ORDER-1): 103.50 SAR, Ahmed Ali (CUST-9)');
	expect(today?.text).toContain('(ORDER-2): 103.50 SAR, Ahmed Ali (CUST-9)');
	const yesterday = await report(1);
	expect(yesterday?.subject).toMatch(/: 0 invoices, 0\.00 SAR$/);
	expect(yesterday?.text).toContain('No invoice was paid.');
});

describe('an AI Agent creates an invoice after approval', () => {
	const toolParameters = {
		customer_id: 'CUST-9',
		customer_name: 'Ahmed Ali',
		description: 'Service fee',
		amount: 100,
	};

	/**
	 * Chats with the agent, and answers the e-mail that asks for approval. The chat model is a stand-in
	 * that calls the tool once and answers with its output.
	 */
	async function chat(button: 'Approve' | 'Decline') {
		const { api } = testBed.n8n;
		const model = await startChatModel({ toolParameters, hitlParameters: {} });
		const openAi = await api.createCredential('openAiApi', 'OpenAI account', {
			apiKey: 'none',
			url: model.url,
		});
		const example = await readExample('ai-agent-creates-invoice-after-approval');
		// The sample of the chat stays: a message of n8n's editor.
		const workflow = unpin(fillInSettings(example, urls), ['AI Agent']);
		const id = await api.importWorkflow(workflow, [testBed.credential, mail.credential, openAi]);
		const run = api.runManually(id, 'Chat', 100_000);
		const request = await mail.server.waitForMail(() => true, 60_000);
		const [execution] = await api.executions(id);
		await api.suspended(execution?.id ?? '', 'Ask for approval');
		const invoicesBefore = testBed.simulator.control.invoices();
		const links = String(request.html).matchAll(/<a[^>]*href="([^"]*)"[^>]*>\s*(\w+)\s*<\/a>/g);
		const url = [...links].find(([, , label]) => label === button)?.[1] ?? '';
		// n8n ignores the visits of programs that preview links.
		const headers = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' };
		await axios.get(url.replaceAll('&amp;', '&'), { proxy: false, headers });
		const { status, error, nodes } = await run;
		await model.close();
		expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
		return { request, invoicesBefore, answer: String(itemsOf(nodes['AI Agent'])[0]?.output) };
	}

	test('creates it with the approved values, and not before', async () => {
		const { request, invoicesBefore, answer } = await chat('Approve');

		expect(request).toMatchObject({
			subject: 'Approve an invoice for Ahmed Ali?',
			to: { text: 'you@partner.example.com' },
		});
		expect(request.html).toContain('Customer: Ahmed Ali (CUST-9)');
		expect(request.html).toContain('Amount: 100 SAR plus 15 % VAT');
		expect(invoicesBefore).toStrictEqual([]);
		const invoice = onlyInvoice();
		expect(invoice).toMatchObject({
			amount: 115,
			customer: { id: 'CUST-9', fullname: 'Ahmed Ali' },
			items: [{ description: 'Service fee', unit_price: 100, tax_rate: 15 }],
		});
		expect(answer).toContain(invoice.reference_number);
	});

	test('creates none when it is declined', async () => {
		const { answer } = await chat('Decline');

		expect(testBed.simulator.control.invoices()).toStrictEqual([]);
		expect(answer).toContain('rejected the tool call');
	});
});

testThatSecretsStaySecret(testBed);
