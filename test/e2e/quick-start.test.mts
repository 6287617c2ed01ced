/** The quick start of README.md, done in a browser from an n8n that has the package and nothing else. */
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Editor } from '../../harness/editor.mts';
import { formValues } from '../../harness/examples.mts';
import { type MailServer, startMailServer } from '../../harness/mail.mts';
import { N8n } from '../../harness/n8n/n8n.mts';
import { until } from '../../harness/n8n/until.mts';
import { onlyExecution } from '../../harness/services.mts';
import { type Simulator, startSimulator } from '../../simulator/index.mts';
import { launch } from '../../harness/chromium.mts';

const example = join(
	resolve(import.meta.dirname, '../../examples'),
	'checkout-in-one-workflow.json',
);

/** The time from an installed n8n to the first paid invoice, in seconds. */
const LIMIT_SECONDS = 600;

const started = new AsyncDisposableStack();
let n8n: N8n;
let simulator: Simulator;
let mail: MailServer;
let browser: Browser;
let editor: Editor;

beforeAll(async () => {
	simulator = await startSimulator({ webhookDelayMs: 0 });
	started.defer(() => simulator.close());
	mail = await startMailServer();
	started.defer(() => mail.close());
	n8n = started.use(await N8n.start({ env: { N8N_DISABLE_UI: 'false' } }));
	browser = await launch();
	started.defer(() => browser.close());
	editor = await Editor.open(await openPage(), n8n.url);
}, 120_000);
afterAll(async () => await started.disposeAsync());

const openPage = async (): Promise<Page> => {
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		locale: 'en-US',
	});
	return await context.newPage();
};

/** Imports the example with the menu of an empty workflow. */
async function importExample(): Promise<void> {
	await editor.newWorkflow();
	const { page } = editor;
	await editor.click(editor.testId('workflow-menu'));
	await editor.click(page.getByRole('menuitem', { name: 'Import', exact: true }));
	const chosen = page.waitForEvent('filechooser');
	await editor.click(page.getByRole('menuitem', { name: 'From file' }));
	await (await chosen).setFiles(example);
	await editor.nodeNamed('Create invoice').waitFor();
	await until('n8n to save the workflow', () => editor.workflowId !== 'new' || undefined);
}

/** Waits until the only execution of the open workflow has finished. Returns its status. */
async function endOfExecution(): Promise<string> {
	const { api } = n8n;
	const { id } = await until('the execution', async () => {
		const [execution] = await api.executions(editor.workflowId);
		return execution;
	});
	return (await api.finished(id)).status;
}

const fill = async (parameter: string, value: string) => {
	await editor.testId(`parameter-input-${parameter}`).locator('input').fill(value);
};

/** Saves the credential whose dialog is open, and waits until n8n's test of it is green. */
async function saveCredential(): Promise<void> {
	await editor.click(editor.testId('credential-save-button').locator('button'));
	await editor.testId('credentials-config-container-test-success').waitFor();
	await editor.page.keyboard.press('Escape');
	await editor.testId('credential-edit-dialog').waitFor({ state: 'hidden' });
}

test('the example runs with its sample data, without any credential', async () => {
	await importExample();
	await editor.execute();

	expect(await endOfExecution()).toBe('success');
	expect(simulator.control.requests()).toStrictEqual([]);
	expect(mail.mails()).toStrictEqual([]);
}, 120_000);

test('the quick start leads to a paid invoice', async () => {
	const { page } = editor;
	const steps: Array<{ title: string; clicks: number; seconds: number }> = [];
	const step = async <T,>(title: string, work: () => Promise<T>): Promise<T> => {
		const before = performance.now();
		editor.clicks = 0;
		const result = await work();
		const seconds = (performance.now() - before) / 1_000;
		steps.push({ title, clicks: editor.clicks, seconds });
		return result;
	};

	await step('Create the credential RsomPay API', async () => {
		await editor.newCredential('RsomPay API');
		await editor.click(editor.testId('parameter-input-environment'));
		await editor.clickText('Custom');
		await fill('baseUrl', simulator.apiBaseUrl);
		await fill('apiToken', simulator.apiToken);
		await fill('signingSecret', simulator.signingSecret);
		await saveCredential();
	});

	await step('Create the credential SMTP', async () => {
		await editor.newCredential('SMTP');
		await fill('host', '127.0.0.1');
		await fill('port', String(mail.port));
		await editor.click(editor.testId('parameter-input-secure').locator('.el-switch'));
		await editor.click(editor.testId('parameter-input-disableStartTls').locator('.el-switch'));
		await saveCredential();
	});

	await step('Import the example', importExample);
	// n8n has chosen the credentials by their names.
	expect(await editor.testId('node-issues').count()).toBe(0);

	await step('Fill in the settings', async () => {
		await editor.openNode('Your settings');
		await editor.testId('assignment-value').first().locator('input').fill('shop@example.com');
		await editor.close();
	});

	await step('Publish the workflow', async () => {
		await editor.publish();
		await until('the publication', async () => {
			const { status } = await n8n.api.publicationStatus(editor.workflowId);
			return status === 'published' || undefined;
		});
	});

	const form = await step('Open the form', async () => {
		await page.keyboard.press('Escape');
		await editor.openNode('Invoice form');
		await editor.clickText('Production URL');
		const shown = await editor.testId('ndv').innerText();
		const [url] = /http\S+\/form\/\S+/.exec(shown) ?? [];
		if (url === undefined) throw new Error(`The panel shows no URL of the form:\n${shown}`);
		const opened = await openPage();
		await opened.goto(url);
		return opened;
	});

	await step('Fill in the form', async () => {
		for (const [label, value] of Object.entries(formValues)) {
			await form.getByLabel(label).fill(value);
		}
		await editor.click(form.getByRole('button', { name: 'Create invoice' }));
		await form.getByText('is on its way').waitFor();
	});

	const payment = await step('Open the payment link', async () => {
		const opened = form.context().waitForEvent('page');
		await editor.click(form.getByRole('link', { name: 'The payment link' }));
		return await opened;
	});
	const linkMail = await mail.waitForMail(({ text }) => text?.includes(payment.url()) ?? false);
	expect(linkMail).toMatchObject({
		from: { text: 'shop@example.com' },
		to: { text: 'customer@example.com' },
	});

	// A person is slower than the last page of the form, which lets the workflow continue.
	const { id } = await onlyExecution(n8n.api, editor.workflowId);
	await n8n.api.suspended(id, 'Wait for payment');

	await step('Pay, and see the result page', async () => {
		await editor.click(payment.getByRole('button', { name: 'Pay by card' }));
		await payment.getByRole('heading', { name: 'Paid', exact: true }).waitFor();
	});

	await step('See the execution and the receipt', async () => {
		expect(await endOfExecution()).toBe('success');
		await mail.waitForMail(({ subject }) => subject?.startsWith('Receipt for invoice') ?? false);
		await editor.close();
		await editor.clickText('Executions');
		await page
			.getByText(/^Succeeded/)
			.first()
			.waitFor();
	});

	const seconds = steps.reduce((sum, taken) => sum + taken.seconds, 0);
	const clicks = steps.reduce((sum, taken) => sum + taken.clicks, 0);
	const lines = [...steps, { title: 'Together', clicks, seconds }].map(
		(line) =>
			`${line.seconds.toFixed(1).padStart(7)} s ${String(line.clicks).padStart(4)} clicks  ${line.title}`,
	);
	process.stdout.write(`${lines.join('\n')}\n`);
	expect(seconds).toBeLessThan(LIMIT_SECONDS);
}, 240_000);
