import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { run, runNpm } from './run.mts';

const repository = resolve(import.meta.dirname, '../..');

/** The folders of the two packages that this repository publishes. */
export const PACKAGE_FOLDERS = [repository, join(repository, 'moyasar')] as const;

const packedSchema = z.tuple([
	z.object({
		name: z.string(),
		filename: z.string(),
		size: z.number(),
		files: z.array(z.object({ path: z.string() })),
	}),
]);
const stripped = ['devDependencies', 'peerDependencies', 'optionalDependencies'];
const manifestSchema = z
	.object({
		name: z.string(),
		version: z.string(),
		n8n: z.object({ nodes: z.array(z.string()), credentials: z.array(z.string()) }),
	})
	.passthrough();

/** The ledger of n8n's folder for community packages. */
const ledgerSchema = z.object({ dependencies: z.record(z.string()).default({}) });

/** A package as npm publishes it. */
export interface PackedPackage {
	name: string;
	/** The size of the tarball, in bytes. */
	size: number;
	/** The paths in the tarball. */
	files: string[];
	/** Where the tarball is unpacked. */
	folder: string;
}

/**
 * Packs a built package as `npm publish` does.
 * @param into an existing folder for the tarball.
 */
export async function pack(packageFolder: string, into: string) {
	const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
	const [packed] = packedSchema.parse(JSON.parse(await runNpm(args, packageFolder)));
	return packed;
}

/**
 * Packs a built package and unpacks the tarball.
 * @param packageFolder one of `PACKAGE_FOLDERS`.
 * @param into an existing folder, one for each package.
 * @throws Error when the package was not built.
 */
export async function packAndUnpack(packageFolder: string, into: string): Promise<PackedPackage> {
	const packed = await pack(packageFolder, into);
	await run('tar', ['-xzf', packed.filename], into);
	const folder = join(into, 'package');
	const { n8n } = await readManifest(folder);
	for (const file of [...n8n.nodes, ...n8n.credentials]) {
		if (!existsSync(join(folder, file))) {
			throw new Error(`The package holds no ${file}: run "npm run build" first.`);
		}
	}
	return { ...packed, files: packed.files.map(({ path }) => path), folder };
}

/**
 * Packs the built packages and puts each where n8n's "Install community node" puts it, in the same
 * shape: unpacked into `.n8n/nodes/node_modules`, its package.json without development and peer
 * dependencies, and entered in the ledger beside it. n8n's own installation cannot be used: it
 * takes packages from the public npm registry only.
 * @param userFolder the N8N_USER_FOLDER of an n8n that is not running.
 * @throws Error when the packages were not built.
 */
export async function packAndInstall(userFolder: string): Promise<void> {
	await packInto(join(userFolder, '.n8n', 'nodes'));
}

/**
 * Packs the built packages and puts each into n8n's folder for community packages. Other packages
 * stay.
 * @param nodes the folder that contains, or is to contain, node_modules.
 * @throws Error when the packages were not built.
 */
export async function packInto(nodes: string): Promise<void> {
	const ledger = join(nodes, 'package.json');
	const { dependencies } = ledgerSchema.parse(
		existsSync(ledger) ? JSON.parse(await readFile(ledger, 'utf8')) : {},
	);
	for (const packageFolder of PACKAGE_FOLDERS) {
		const temporary = await mkdtemp(join(tmpdir(), 'n8n-nodes-rsompay-'));
		try {
			const { folder } = await packAndUnpack(packageFolder, temporary);
			const { name, version } = await stripManifest(folder);
			const target = join(nodes, 'node_modules', name);
			await rm(target, { recursive: true, force: true });
			await mkdir(join(nodes, 'node_modules'), { recursive: true });
			await cp(folder, target, { recursive: true });
			dependencies[name] = version;
		} finally {
			await rm(temporary, { recursive: true, force: true });
		}
	}
	await writeJson(ledger, { name: 'installed-nodes', private: true, dependencies });
}

async function readManifest(folder: string) {
	return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
}

async function stripManifest(folder: string) {
	const manifest = await readManifest(folder);
	const kept = Object.entries(manifest).filter(([key]) => !stripped.includes(key));
	await writeJson(join(folder, 'package.json'), Object.fromEntries(kept));
	return manifest;
}

async function writeJson(path: string, value: unknown) {
	await writeFile(path, JSON.stringify(value, null, 2));
}
