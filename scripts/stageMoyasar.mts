import { cp, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..');

const SOURCES = [
	'credentials/MoyasarApi.credentials.ts',
	'nodes/Moyasar',
	'nodes/shared',
	'moyasar/icons',
	'eslint.config.mjs',
	'tsconfig.json',
];

/**
 * Copies the Moyasar package's sources beside its package.json, where n8n's lint expects them: in
 * the repository they are beside RsomPay's.
 *
 * @returns a new temporary folder, which the caller removes
 */
export async function stageMoyasar(): Promise<string> {
	const stage = await mkdtemp(join(tmpdir(), 'n8n-nodes-moyasar-'));
	for (const source of SOURCES) {
		await cp(join(repository, source), join(stage, source), { recursive: true });
	}
	await cp(join(repository, 'moyasar/package.json'), join(stage, 'package.json'));
	await symlink(join(repository, 'node_modules'), join(stage, 'node_modules'));
	return stage;
}
