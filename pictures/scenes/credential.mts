import type { Album } from '../album.mts';
import { areaOf, settle, takePicture } from '../camera.mts';
import type { Stage } from '../stage.mts';

/** Takes the dialog of the first credential, for the sandbox, filled in and not saved. */
export async function takeCredential({ openEditor }: Stage, album: Album): Promise<void> {
	const editor = await openEditor({ theme: 'light', width: 1_280, height: 900 });
	const { page } = editor;
	await editor.newCredential('RsomPay API');
	await editor.click(editor.testId('parameter-input-environment'));
	await editor.clickText('Sandbox');
	for (const field of ['apiToken', 'signingSecret']) {
		await editor
			.testId(`parameter-input-${field}`)
			.locator('input')
			.fill('a secret of this length');
	}
	await settle(page);
	const area = await areaOf(editor.testId('editCredential-modal'));
	album.add('credential', await takePicture(page, area));
	await page.close();
}
