import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { run } from './run.mts';
import { newest, type N8nVersion } from './versions.mts';

const manifestSchema = z.object({ dependencies: z.object({ n8n: z.string() }) });
const lockSchema = z.object({ packages: z.record(z.unknown()) });

/**
 * Installs a version of n8n, once per machine: later calls find it in the user's cache folder.
 * @param onProgress receives a line of text for each step.
 * @returns the folder that contains its node_modules.
 * @throws Error with the last lines of npm's output, when npm fails.
 */
export async function ensureN8n(
	onProgress: (message: string) => void = () => undefined,
	{ folder: source }: Pick<N8nVersion, 'folder'> = newest,
): Promise<string> {
	const manifest = manifestSchema.parse(await readJson(join(source, 'package.json')));
	const lock = await readFile(join(source, 'package-lock.json'));
	const nodeMajor = process.versions.node.split('.')[0] ?? '';
	const hash = createHash('sha256').update(lock).update(nodeMajor).digest('hex').slice(0, 12);
	const folder = join(cacheFolder(), `n8n-${manifest.dependencies.n8n}-${hash}`);
	if (existsSync(folder)) return folder;

	await removeAbandoned(folder);
	const partial = `${folder}.partial-${process.pid}`;
	try {
		await install(source, partial, manifest.dependencies.n8n, onProgress);
		await moveIntoPlace(partial, folder);
	} finally {
		await rm(partial, { recursive: true, force: true });
	}
	return folder;
}

function cacheFolder(): string {
	return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-rsompay');
}

async function install(
	source: string,
	folder: string,
	version: string,
	onProgress: (message: string) => void,
) {
	await mkdir(folder, { recursive: true });
	for (const file of ['package.json', 'package-lock.json']) {
		await copyFile(join(source, file), join(folder, file));
	}
	const { packages } = lockSchema.parse(await readJson(join(source, 'package-lock.json')));
	const total = Object.keys(packages).length - 1;
	let fetched = 0;
	let shown = 0;
	onProgress(`Installing n8n ${version} once, up to 2.2 GB in ${total} packages`);
	await run(
		'npm',
		['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=http'],
		folder,
		(line) => {
			if (line.includes('.tgz')) fetched += 1;
			if (fetched < shown + total / 20) return;
			shown = fetched;
			onProgress(`${shown} of ${total} packages fetched`);
		},
	);
	onProgress('Building its database driver');
	await run('npm', ['rebuild', 'sqlite3'], folder);
	await run(process.execPath, ['-e', "require('sqlite3')"], folder);
}

/** Moves a complete installation to its place, unless another process was faster. */
async function moveIntoPlace(partial: string, folder: string) {
	try {
		await rename(partial, folder);
	} catch (error) {
		if (!existsSync(folder)) throw error;
	}
}

/** Removes the partial folders of installations that were killed. */
async function removeAbandoned(folder: string) {
	const parent = dirname(folder);
	await mkdir(parent, { recursive: true });
	for (const name of await readdir(parent)) {
		const pid = /\.partial-(\d+)$/.exec(name)?.[1];
		if (pid === undefined || isRunning(Number(pid))) continue;
		await rm(join(parent, name), { recursive: true, force: true });
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}

async function readJson(path: string): Promise<unknown> {
	return JSON.parse(await readFile(path, 'utf8'));
}
