import { ensureN8n } from '../../../harness/n8n/install.mts';

/** Installs n8n before the test files run, because several of them start at once. */
export default async function globalSetup(): Promise<void> {
	await ensureN8n((message) => process.stderr.write(`${message}\n`));
}
