import type { Browser } from 'playwright-core';

import { launch } from '../../harness/chromium.mts';
import { Editor } from '../../harness/editor.mts';
import { productionUrl } from '../../harness/examples.mts';
import { until } from '../../harness/n8n/until.mts';
import { useMail } from './harness/mail.mts';
import { useTestBed } from './harness/testBed.mts';

/** Builds the two headline automations from an empty canvas, with the mouse. */

const testBed = useTestBed({ N8N_DISABLE_UI: 'false' });
const mail = useMail(testBed);

let browser: Browser;
let editor: Editor;

beforeAll(async () => {
	browser = await launch();
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		locale: 'en-US',
	});
	editor = await Editor.open(await context.newPage(), testBed.n8n.url);
}, 120_000);
afterAll(async () => {
	await browser.close();
});

test('an e-mail when a payment completes takes at most 12 clicks', async () => {
	await editor.newWorkflow();
	await editor.addFirst();
	await editor.choose('rsompay', 'RsomPay');
	await editor.clickText('On payment completed');
	expect(await editor.redMarks()).toBe(0);
	await editor.escape();
	await editor.addBehind();
	await editor.choose('send email', 'Send Email');
	await editor.clickText('Send an Email');
	await editor.type('fromEmail', 'shop@example.com');
	await editor.tabAndType('toEmail', 'customer@example.com');
	await editor.tabAndType('subject', 'Thank you for your payment');
	await editor.close();
	await editor.publish();
	expect(editor.clicks).toBeLessThanOrEqual(12);

	const { api, url: baseUrl } = testBed.n8n;
	await until('the publication', async () => {
		const { status } = await api.publicationStatus(editor.workflowId);
		return status === 'published' || undefined;
	});
	const url = productionUrl(baseUrl, await api.workflow(editor.workflowId), 'RsomPay Trigger');
	const invoice = await testBed.issue({ notification_url: url, return_url: url });
	testBed.simulator.control.payInvoice(invoice.external_id);

	await mail.server.waitForMail(({ subject }) => subject === 'Thank you for your payment');
});

test('an invoice, a wait and a row of the paid invoice take at most 15 clicks', async () => {
	const { api } = testBed.n8n;
	const table = await api.createDataTable('Paid invoices', ['external_id']);
	await editor.newWorkflow();
	await editor.addFirst();
	await editor.choose('rsompay', 'RsomPay');
	await editor.clickText('Actions (4)');
	await editor.clickText('Create invoice with payment link');
	expect(await editor.redMarks()).toBe(0);
	await editor.type('externalId', 'INV-PARTNER-001');
	await editor.tabAndType('customerId', 'CUST-9');
	await editor.tabAndType('customerFullName', 'Ahmed Ali');
	await editor.tabAndType('description', 'Service fee');
	await editor.tabAndType('unitPrice', '100');
	await editor.close();
	await editor.addBehind();
	await editor.choose('rsompay', 'RsomPay');
	await editor.clickText('Wait for invoice payment');
	expect(await editor.redMarks()).toBe(0);
	await editor.escape();
	await editor.addBehind();
	await editor.choose('data table', 'Data table');
	await editor.clickText('Insert row');
	await editor.click(editor.page.locator("[data-test-id='rlc-input']"));
	await editor.clickText('Paid invoices');
	await editor.tabAndTypeExpression('external_id', '{{ $json.external_id }}');
	await editor.close();
	expect(editor.clicks).toBeLessThanOrEqual(15);
	await editor.execute();

	const { control } = testBed.simulator;
	await until('the invoice', () => control.invoices()[0]);
	await until('the execution to wait', async () => {
		const [execution] = await api.executions(editor.workflowId);
		return execution?.status === 'waiting' || undefined;
	});
	expect(await api.dataTableRows(table)).toStrictEqual([]);
	control.payInvoice('INV-PARTNER-001');

	const rows = await until('the row', async () => {
		const found = await api.dataTableRows(table);
		return found.length > 0 ? found : undefined;
	});
	expect(rows).toMatchObject([{ external_id: 'INV-PARTNER-001' }]);
});
