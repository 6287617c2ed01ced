import type { Editor } from '../harness/editor.mts';
import { type Area, settle, takePicture, union, withMargin } from './camera.mts';

/** Everything around the nodes, and what is only there to click. */
const ONLY_NODES = `
body *:not(.vue-flow, .vue-flow__transformationpane, .vue-flow__transformationpane *) { visibility: hidden !important; }
[data-test-id='canvas-handle-plus-wrapper'], [data-test-id='canvas-node-toolbar'], [data-test-id^='execute-workflow-button'], .el-popper, [data-reka-popper-content-wrapper] { display: none !important; }
.vue-flow { visibility: visible !important; background: var(--canvas--color--background) !important; }
.vue-flow__transformationpane { visibility: visible !important; }
`;

/** What is drawn of a workflow. */
const DRAWN = '.vue-flow__nodes *, .vue-flow__edge-path, .vue-flow__edge-labels *';

const MARGIN = 24;

/** Takes a picture of the workflow that is open: all its nodes, and nothing around them. */
export async function takeCanvas(editor: Editor): Promise<Buffer> {
	const { page } = editor;
	await editor.testId('zoom-to-fit').click();
	await page.addStyleTag({ content: ONLY_NODES });
	await settle(page);
	const areas = await page.locator(DRAWN).evaluateAll((elements) =>
		elements
			.filter((element) => element.checkVisibility())
			.map((element): Area => element.getBoundingClientRect().toJSON() as Area)
			.filter(({ width, height }) => width > 0 || height > 0),
	);
	return await takePicture(page, withMargin(union(areas), MARGIN));
}
