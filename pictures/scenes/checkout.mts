import axios from 'axios';
import type { Credential } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import type { Album } from '../album.mts';
import { rest, takePicture } from '../camera.mts';
import { takeCanvas } from '../canvas.mts';
import { THEMES } from '../list.mts';
import type { Stage } from '../stage.mts';
import { checkout } from '../workflow.mts';

/** The browsers of two customers, and the pictures of what they see. */
const CUSTOMERS = [
	['en-US', 'result-page-english'],
	['ar-SA', 'result-page-arabic'],
] as const;

/** Takes the canvas of the checkout, empty and while an invoice is waited for, and what its customers see. */
export async function takeCheckout(
	stage: Stage,
	credentials: Credential[],
	album: Album,
): Promise<void> {
	const { n8n, openEditor } = stage;
	const id = await n8n.api.importAndPublish(checkout, credentials);
	for (const theme of THEMES) {
		const editor = await openEditor({ theme, width: 2_000, height: 1_200 });
		await editor.openWorkflow(id);
		album.add(`checkout-${theme}`, await takeCanvas(editor));
		await editor.page.close();
	}

	const editor = await openEditor({ theme: 'light', width: 2_000, height: 1_200 });
	await editor.openWorkflow(id);
	await editor.execute();
	await order(`${n8n.url}/form-test/order`);
	const waiting = await suspended(stage, id);
	album.add('waiting-execution', await takeCanvas(editor));
	await editor.page.close();
	stage.simulator.control.payInvoice('INV-PARTNER-001');
	await n8n.api.finished(waiting);

	for (const [locale, name] of CUSTOMERS) {
		stage.simulator.control.reset();
		await order(`${n8n.url}/form/order`);
		const execution = await suspended(stage, id);
		album.add(name, await payAndReturn(stage, locale));
		await n8n.api.finished(execution);
	}
}

/** Submits the form, as soon as n8n has it. */
async function order(url: string): Promise<void> {
	await until('the form', async () => {
		const form = new FormData();
		form.append('field-0', '1');
		const { status } = await axios.post(url, form, { proxy: false, validateStatus: () => true });
		return status === 200 || undefined;
	});
}

/** Waits until the newest execution of a workflow waits for the payment. Returns its ID. */
async function suspended({ n8n: { api } }: Stage, workflowId: string): Promise<string> {
	const { id } = await until('an execution', async () => (await api.executions(workflowId)).at(-1));
	await api.suspended(id, 'Wait for payment');
	return id;
}

/** Pays by card as a customer does. Returns the picture of the page to which they are taken. */
async function payAndReturn(stage: Stage, locale: string): Promise<Buffer> {
	const [invoice] = stage.simulator.control.invoices();
	if (invoice === undefined) throw new Error('There is no invoice.');
	const customer = await stage.openCustomer(locale);
	await customer.goto(invoice.payment_url);
	await customer.getByRole('button', { name: 'Pay by card' }).click();
	await customer.waitForURL(/webhook-waiting/);
	// Only a page that is certain shows the invoice.
	await customer.getByText(invoice.external_id).waitFor();
	await rest(customer);
	const { width, height } = customer.viewportSize() ?? { width: 0, height: 0 };
	const picture = await takePicture(customer, { x: 0, y: 0, width, height });
	await customer.close();
	return picture;
}
