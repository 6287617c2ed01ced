/** The folder that stores, for all clones on this machine, what the commands need: n8n, its driver, a browser. */
import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Something that was removed from the cache. */
export interface Removed {
	name: string;
	/** The space that it took on the disk. */
	bytes: number;
}

/** Returns the path of the cache. It may not exist. */
export function cacheFolder(): string {
	return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-rsompay');
}

/**
 * Makes a folder of the cache, once per machine: later calls find it. Two processes may do so at once.
 * @param name contains everything that the content depends on, such as a version.
 * @param fill puts the content into an empty folder, which then becomes the folder of the cache. When
 * it throws, the folder is removed.
 * @returns the path of the folder.
 */
export async function makeOnce(
	name: string,
	fill: (folder: string) => Promise<void>,
): Promise<string> {
	const cache = cacheFolder();
	const folder = join(cache, name);
	await mkdir(cache, { recursive: true });
	markInUse(cache);
	if (existsSync(folder)) return folder;
	await removeAbandoned(cache);
	const partial = await mkdtemp(`${folder}.partial-${process.pid}-`);
	try {
		await fill(partial);
		await moveIntoPlace(partial, folder);
	} finally {
		await rm(partial, { recursive: true, force: true });
	}
	return folder;
}

/** Returns the IDs of the other processes that use the cache, or are filling it. */
export async function usersOfCache(): Promise<number[]> {
	const cache = cacheFolder();
	const names = existsSync(cache) ? await readdir(cache) : [];
	const pids = new Set(names.flatMap((name) => pidIn(name) ?? []));
	pids.delete(process.pid);
	return [...pids].filter(isRunning);
}

/** Removes everything in the cache. No other process must use it. */
export async function emptyCache(): Promise<Removed[]> {
	const cache = cacheFolder();
	const names = existsSync(cache) ? await readdir(cache) : [];
	const removed: Removed[] = [];
	for (const name of names) {
		const bytes = sizeOf(join(cache, name));
		// A process that is killed here leaves a folder that is known to be incomplete.
		const partial = join(cache, `${name}.partial-${process.pid}-`);
		await rename(join(cache, name), partial);
		await rm(partial, { recursive: true });
		if (!name.startsWith(IN_USE)) removed.push({ name, bytes });
	}
	await rm(cache, { recursive: true, force: true });
	return removed;
}

/** Returns the space that a file, or a folder with everything in it, takes on the disk, in bytes. */
export function sizeOf(path: string): number {
	const status = lstatSync(path);
	const content = status.isDirectory() ? readdirSync(path) : [];
	return content.reduce((sum, name) => sum + sizeOf(join(path, name)), status.blocks * 512);
}

const IN_USE = 'in-use-';

/** The ID of the process that a name in the cache mentions, if it mentions one. */
function pidIn(name: string): number | undefined {
	const pid = /^in-use-(\d+)$|\.partial-(\d+)/.exec(name)?.slice(1).find(Boolean);
	return pid === undefined ? undefined : Number(pid);
}

/** Lets emptyCache() know, until this process ends. */
function markInUse(cache: string): void {
	const marker = join(cache, `${IN_USE}${process.pid}`);
	if (existsSync(marker)) return;
	writeFileSync(marker, '');
	process.once('exit', () => rmSync(marker, { force: true }));
}

/** Moves a complete folder to its place, unless another process was faster. */
async function moveIntoPlace(partial: string, folder: string): Promise<void> {
	try {
		await rename(partial, folder);
	} catch (error) {
		if (!existsSync(folder)) throw error;
	}
}

/** Removes what processes that were killed have left behind. */
async function removeAbandoned(cache: string): Promise<void> {
	for (const name of await readdir(cache)) {
		const pid = pidIn(name);
		if (pid === undefined || isRunning(pid)) continue;
		// Another process may do the same.
		await rm(join(cache, name), { recursive: true, force: true, maxRetries: 3 });
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}
