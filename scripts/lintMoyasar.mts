/** Runs n8n's lint on the Moyasar package, as `n8n-node lint` in the repository does for RsomPay's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { stageMoyasar } from './stageMoyasar.mts';

const stage = await stageMoyasar();
try {
	const lint = spawn('n8n-node', ['lint'], { cwd: stage, stdio: 'inherit' });
	const [code] = (await once(lint, 'close')) as [number | null];
	process.exitCode = code ?? 1;
} finally {
	await rm(stage, { recursive: true, force: true });
}
