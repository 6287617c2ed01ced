import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from './run.mts';

const repository = resolve(import.meta.dirname, '../..');
const packedSchema = z.tuple([z.object({ filename: z.string() })]);
const stripped = ['devDependencies', 'peerDependencies', 'optionalDependencies'];
const manifestSchema = z
	.object({
		name: z.string(),
		version: z.string(),
		n8n: z.object({ nodes: z.array(z.string()), credentials: z.array(z.string()) }),
	})
	.passthrough();

/**
 * Packs the built package and puts it where n8n's "Install community node" puts it, in the same
 * shape: unpacked into `.n8n/nodes/node_modules`, its package.json without development and peer
 * dependencies, and entered in the ledger beside it. n8n's own installation cannot be used: it
 * takes packages from the public npm registry only.
 * @param userFolder the N8N_USER_FOLDER of an n8n that is not running.
 * @throws Error when the package was not built.
 */
export async function packAndInstall(userFolder: string): Promise<void> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const temporary = await mkdtemp(join(tmpdir(), 'n8n-nodes-rsompay-'));
	try {
		const tarball = await pack(temporary);
		await run('tar', ['-xzf', tarball], temporary);
		const unpacked = join(temporary, 'package');
		const { name, version } = await stripManifest(unpacked);
		const target = join(nodes, 'node_modules', name);
		await rm(target, { recursive: true, force: true });
		await mkdir(join(nodes, 'node_modules'), { recursive: true });
		await cp(unpacked, target, { recursive: true });
		await writeJson(join(nodes, 'package.json'), {
			name: 'installed-nodes',
			private: true,
			dependencies: { [name]: version },
		});
	} finally {
		await rm(temporary, { recursive: true, force: true });
	}
}

async function pack(into: string): Promise<string> {
	const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
	const [{ filename }] = packedSchema.parse(JSON.parse(await run('npm', args, repository)));
	return join(into, filename);
}

async function stripManifest(folder: string) {
	const path = join(folder, 'package.json');
	const manifest = manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
	for (const file of [...manifest.n8n.nodes, ...manifest.n8n.credentials]) {
		if (!existsSync(join(folder, file))) {
			throw new Error(`The package holds no ${file}: run "npm run build" first.`);
		}
	}
	const kept = Object.entries(manifest).filter(([key]) => !stripped.includes(key));
	await writeJson(path, Object.fromEntries(kept));
	return manifest;
}

async function writeJson(path: string, value: unknown) {
	await writeFile(path, JSON.stringify(value, null, 2));
}
