/** `npm run pictures`: takes the pictures of the documentation on a real n8n, into docs/pictures. */
import { resolve } from 'node:path';
import { exampleNames } from '../harness/examples.mts';
import { Album } from './album.mts';
import { pictureNames, THEMES } from './list.mts';
import { takeCheckout } from './scenes/checkout.mts';
import { takeCredential } from './scenes/credential.mts';
import { takeExamples } from './scenes/examples.mts';
import { takePanels } from './scenes/panels.mts';
import { takePaidExecution } from './scenes/paidExecution.mts';
import { createCredentials, setStage } from './stage.mts';

const folder = resolve(import.meta.dirname, '../docs/pictures');

const examples = await exampleNames();
const album = new Album(pictureNames(examples), console.log);
{
	await using started = new AsyncDisposableStack();
	const stage = await setStage(started, console.log);
	// n8n would number a second credential.
	await takeCredential(stage, album);
	const credentials = await createCredentials(stage);
	for (const theme of THEMES) await takePanels(stage, credentials, album, theme);
	await takeCheckout(stage, credentials, album);
	await takePaidExecution(stage, credentials, album);
	await takeExamples(stage, credentials, album, examples);
}
await album.save(folder);
// Left-over timers of a client must not keep the command running.
process.exit(0);
