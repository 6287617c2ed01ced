import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cacheFolder, makeOnce } from '../cache.mts';
import { formatBytes } from '../format.mts';
import { DRIVER_FILE, ensureDriver } from './driver.mts';
import { type Lock, lockSchema } from './lock.mts';
import { InstallationProgress } from './progress.mts';
import { run, runNpm } from './run.mts';
import { newest, type N8nVersion } from './versions.mts';

const manifestSchema = z.object({ dependencies: z.object({ n8n: z.string() }) });

/** How often the progress is reported. */
const REPORT_MS = 10_000;

/**
 * Installs a version of n8n, once per machine: later calls find it in the user's cache folder. What
 * npm has fetched before a failure is not fetched again.
 * @param onProgress receives a line of text for each step.
 * @param signal stops the installation.
 * @returns the folder that contains its node_modules.
 * @throws Error when there is too little space on the disk, before anything is fetched; when there is
 * no database driver, as soon as that is known; and with the last lines of npm's output, when npm fails.
 */
export async function ensureN8n(
	onProgress: (message: string) => void = () => undefined,
	{ folder: source, bytes }: Pick<N8nVersion, 'folder' | 'bytes'> = newest,
	signal?: AbortSignal,
): Promise<string> {
	const manifest = manifestSchema.parse(await readJson(join(source, 'package.json')));
	const lockText = await readFile(join(source, 'package-lock.json'));
	const nodeMajor = process.versions.node.split('.')[0] ?? '';
	const hash = createHash('sha256').update(lockText).update(nodeMajor).digest('hex').slice(0, 12);
	const version = manifest.dependencies.n8n;
	const name = `n8n-${version}-${process.platform}-${process.arch}-${hash}`;
	return await makeOnce(name, async (folder) => {
		onProgress(
			`Installing n8n ${version}, once on this machine: ${formatBytes(bytes.fetched)} to download, ${formatBytes(bytes.disk)} on the disk, in ${cacheFolder()}`,
		);
		await checkSpace(cacheFolder(), bytes.disk + bytes.fetched);
		const lock = lockSchema.parse(JSON.parse(lockText.toString()));
		const driver = await withDriver(lock, onProgress, signal, async (stop) => {
			await install(source, folder, lock, onProgress, stop);
		});
		const target = join(folder, 'node_modules', 'sqlite3', DRIVER_FILE);
		await mkdir(dirname(target), { recursive: true });
		await cp(driver, target);
		await run(process.execPath, ['-e', "require('sqlite3')"], folder, { signal });
	});
}

/**
 * Gets the database driver while something else is done, which is stopped when there is no driver.
 * @returns the path of the driver's file.
 */
async function withDriver(
	lock: Lock,
	onProgress: (message: string) => void,
	signal: AbortSignal | undefined,
	work: (stop: AbortSignal) => Promise<void>,
): Promise<string> {
	const failed = new AbortController();
	const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
	const both = [ensureDriver(lock, onProgress, stop), work(stop)] as const;
	try {
		const [driver] = await Promise.all(both);
		return driver;
	} catch (error) {
		failed.abort(error);
		await Promise.allSettled(both);
		throw error;
	}
}

async function install(
	source: string,
	folder: string,
	lock: Lock,
	onProgress: (message: string) => void,
	signal?: AbortSignal,
) {
	for (const file of ['package.json', 'package-lock.json']) {
		await copyFile(join(source, file), join(folder, file));
	}
	const paths = Object.keys(lock.packages).filter((path) => path !== '');
	const progress = new InstallationProgress(paths.length);
	const reporting = setInterval(() => {
		if (signal?.aborted) return;
		progress.installed = paths.filter((path) =>
			existsSync(join(folder, path, 'package.json')),
		).length;
		onProgress(`Installing n8n: ${progress.describe()}`);
	}, REPORT_MS);
	try {
		await runNpm(
			[
				...['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'],
				// A stopped installation fetches only what is missing.
				...['--prefer-offline', '--loglevel=http'],
			],
			folder,
			{ onLine: (line) => progress.add(line), signal },
		);
	} finally {
		clearInterval(reporting);
	}
}

/**
 * Checks the space on a folder's disk.
 * @param needed in bytes.
 * @throws Error when it is too little.
 */
export async function checkSpace(folder: string, needed: number): Promise<void> {
	const { bavail, bsize } = await statfs(folder);
	const free = bavail * bsize;
	if (free >= needed) return;
	throw new Error(
		`n8n needs ${formatBytes(needed)} of disk space (npm's cache included), and ${folder} has ${formatBytes(free)} free. Set the environment variable XDG_CACHE_HOME to a folder on a disk with more.`,
	);
}

async function readJson(path: string): Promise<unknown> {
	return JSON.parse(await readFile(path, 'utf8'));
}
