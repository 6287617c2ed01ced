import type { Editor } from '../../harness/editor.mts';
import type { Credential, WorkflowJson } from '../../harness/n8n/api.mts';
import type { Album } from '../album.mts';
import { areaOf, settle, takePicture } from '../camera.mts';
import type { Theme } from '../list.mts';
import type { Stage } from '../stage.mts';
import { checkout, onPayment } from '../workflow.mts';

/** Takes the panels of Create, Wait for Payment and the trigger. */
export async function takePanels(
	{ n8n, openEditor }: Stage,
	credentials: Credential[],
	album: Album,
	theme: Theme,
): Promise<void> {
	const editor = await openEditor({ theme, width: 1_440, height: 1_700 });
	const open = async (workflow: WorkflowJson, node: string) => {
		await editor.openWorkflow(await n8n.api.importWorkflow(workflow, credentials));
		await editor.openNode(node);
	};

	await open(checkout, 'Create invoice');
	album.add(`create-${theme}`, await takePanel(editor));
	await open(checkout, 'Wait for payment');
	album.add(`wait-for-payment-${theme}`, await takePanel(editor));
	await open(onPayment, 'RsomPay Trigger');
	await editor.clickText('Webhook URLs');
	await editor.clickText('Production URL');
	album.add(`trigger-${theme}`, await takePanel(editor));
	await editor.page.close();
}

/** The distance of the cut from the button in the row of the tabs, in CSS pixels. */
const ABOVE_TABS = 5;

/** The distance of the cut from the last field, in CSS pixels. */
const BELOW_OPTIONS = 20;

/** Takes the parameters of the panel that is open, from the tabs to the last parameter. */
async function takePanel(editor: Editor): Promise<Buffer> {
	const { page } = editor;
	await settle(page);
	const marks = await editor.redMarks();
	if (marks > 0) throw new Error(`The panel has ${marks} red marks.`);
	const { y } = await areaOf(editor.testId('node-execute-button'));
	const parameters = await areaOf(editor.testId('node-parameters'));
	// Every panel ends with its options.
	const end = await areaOf(page.getByPlaceholder('Add option'));
	const top = y - ABOVE_TABS;
	return await takePicture(page, {
		...parameters,
		y: top,
		height: end.y + end.height + BELOW_OPTIONS - top,
	});
}
