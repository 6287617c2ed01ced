import { readExample } from '../../harness/examples.mts';
import type { Credential, WorkflowJson } from '../../harness/n8n/api.mts';
import type { Album } from '../album.mts';
import type { Editor } from '../../harness/editor.mts';
import { takeCanvas } from '../canvas.mts';
import type { Stage } from '../stage.mts';
import { withoutNotes } from '../workflow.mts';

const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** What a user chooses after the import, by the type of the node. The editor shows the workflow's ID. */
const CHOICES: Record<string, Record<string, unknown>> = {
	'n8n-nodes-base.executeWorkflow': { workflowId: byId('fulfil-once') },
	'n8n-nodes-base.googleSheets': { documentId: byId('sheet'), sheetName: byId('0') },
	'n8n-nodes-base.whatsApp': { phoneNumberId: '1' },
};

/** Chooses it in the nodes that are active. */
const withChoices = (workflow: WorkflowJson): WorkflowJson => ({
	...workflow,
	nodes: workflow.nodes.map((node) =>
		node.disabled === true
			? node
			: { ...node, parameters: { ...node.parameters, ...CHOICES[node.type] } },
	),
});

/** Takes the canvas of each example, imported and with everything chosen that it needs. */
export async function takeExamples(
	{ n8n, openEditor }: Stage,
	credentials: Credential[],
	album: Album,
	names: readonly string[],
): Promise<void> {
	const editor = await openEditor({ theme: 'light', width: 2_000, height: 1_200 });
	for (const name of names) {
		const example = withChoices(withoutNotes(await readExample(name)));
		await editor.openWorkflow(await n8n.api.importWorkflow(example, credentials));
		await checkIssues(editor, name);
		album.add(`example-${name}`, await takeCanvas(editor));
	}
	await editor.page.close();
}

/** @throws Error when a node of the canvas has a red mark. */
async function checkIssues(editor: Editor, name: string): Promise<void> {
	const marks = await editor.testId('node-issues').count();
	if (marks > 0) throw new Error(`The example "${name}" has ${marks} red marks.`);
}
