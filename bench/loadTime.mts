import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { PACKAGE_FOLDERS } from '../harness/n8n/package.mts';
import { alternate, median } from './measure.mts';

const PROCESSES = 20;

const manifestSchema = z.object({
	name: z.string(),
	n8n: z.object({ nodes: z.array(z.string()), credentials: z.array(z.string()) }),
});

const readManifest = (folder: string) =>
	manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));

/**
 * How long a fresh process that has n8n-workflow and zod loaded takes to load a package's nodes and
 * credentials, as n8n does when it starts: the median of 20 processes.
 * @param folders those with the package.json of a built package.
 * @returns a line for each package.
 */
export async function measureLoadTimes(
	folders: readonly string[] = PACKAGE_FOLDERS,
): Promise<string[]> {
	const times = await alternate(
		PROCESSES,
		Object.fromEntries(folders.map((folder) => [folder, () => loadInProcess(folder)])),
	);
	return folders.map(
		(folder) =>
			`${readManifest(folder).name} loads in ${median(times[folder] ?? []).toFixed(1)} ms`,
	);
}

async function loadInProcess(folder: string): Promise<number> {
	const child = fork(import.meta.filename, [folder]);
	const [message] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
	const [ms] = z.tuple([z.number()]).rest(z.unknown()).parse(message);
	return ms;
}

/** Loads each class by the name of its file, as n8n does, and makes an instance of it. */
function load(folder: string): number {
	const { n8n } = readManifest(folder);
	const require = createRequire(join(folder, 'package.json'));
	for (const loaded of ['n8n-workflow', 'zod']) require(loaded);
	const start = performance.now();
	for (const file of [...n8n.nodes, ...n8n.credentials]) {
		const [name = ''] = basename(file).split('.');
		const classes = require(`./${file}`) as Record<string, new () => object>;
		if (!classes[name]) throw new Error(`${file} exports no ${name}`);
		new classes[name]();
	}
	return performance.now() - start;
}

const [, , folder] = process.argv;
if (process.send && folder !== undefined) process.send(load(folder));
