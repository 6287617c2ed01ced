import { changeNode, readExample } from '../../harness/examples.mts';
import type { Credential, WorkflowJson } from '../../harness/n8n/api.mts';
import type { Album } from '../album.mts';
import type { Editor } from '../../harness/editor.mts';
import { takeCanvas } from '../canvas.mts';
import type { Stage } from '../stage.mts';
import { withoutNotes } from '../workflow.mts';

/** The editor shows the ID below the node. A real one is random. */
const FULFIL_ONCE = 'fulfil-once';

/** Chooses the workflow that the active nodes call, as the notes of the examples ask. */
const callingFulfilOnce = (workflow: WorkflowJson): WorkflowJson =>
	workflow.nodes
		.filter(({ type, disabled }) => type === 'n8n-nodes-base.executeWorkflow' && disabled !== true)
		.reduce(
			(changed, { name }) =>
				changeNode(changed, name, (node) => ({
					...node,
					parameters: {
						...node.parameters,
						workflowId: { __rl: true, mode: 'id', value: FULFIL_ONCE },
					},
				})),
			workflow,
		);

/** Takes the canvas of each example, as it is after its import and with credentials chosen. */
export async function takeExamples(
	{ n8n, openEditor }: Stage,
	credentials: Credential[],
	album: Album,
	names: readonly string[],
): Promise<void> {
	const editor = await openEditor({ theme: 'light', width: 2_000, height: 1_200 });
	for (const name of names) {
		const example = callingFulfilOnce(withoutNotes(await readExample(name)));
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
