import { submitForm } from '../../harness/browser.mts';
import { formValues, productionUrl, readExample } from '../../harness/examples.mts';
import type { Credential } from '../../harness/n8n/api.mts';
import { createdInvoice, onlyExecution } from '../../harness/services.mts';
import type { Album } from '../album.mts';
import { takeCanvas } from '../canvas.mts';
import type { Stage } from '../stage.mts';
import { withoutNotes } from '../workflow.mts';

/** Takes an execution of the example of the quick start, which was paid. */
export async function takePaidExecution(
	stage: Stage,
	credentials: Credential[],
	album: Album,
): Promise<void> {
	const { n8n, simulator, openEditor } = stage;
	simulator.control.reset();
	const workflow = withoutNotes(await readExample('checkout-in-one-workflow'));
	const id = await n8n.api.importAndPublish(workflow, credentials);
	await submitForm(productionUrl(n8n.url, workflow, 'Invoice form'), formValues);
	const execution = await onlyExecution(n8n.api, id);
	await n8n.api.suspended(execution.id, 'Wait for payment');
	const invoice = await createdInvoice(n8n.api, id);
	simulator.control.payInvoice(invoice.external_id);
	await n8n.api.finished(execution.id);
	const editor = await openEditor({ theme: 'light', width: 2_000, height: 1_200 });
	await editor.openExecution(id, execution.id);
	album.add('paid-execution', await takeCanvas(editor));
	await editor.page.close();
}
