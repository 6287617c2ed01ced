/**
 * `npm run test:versions`: tries every feature on several versions of n8n, and writes the tables of
 * docs/versions.md and README.md. With RUNNING_N8N_URL set: tries them on that n8n only, and writes nothing.
 */
import { join, resolve } from 'node:path';
import { N8n } from '../harness/n8n/n8n.mts';
import { connectToRunningN8n, readRunningN8n, type RunningN8n } from '../harness/n8n/running.mts';
import { versions } from '../harness/n8n/versions.mts';
import { type Bed, openBed } from './bed.mts';
import { type Case, cases } from './cases.mts';
import {
	type Column,
	formatMatrix,
	isOlder,
	type Result,
	summarize,
	writeTable,
} from './matrix.mts';

const repository = resolve(import.meta.dirname, '..');

const report = (line: string) => console.log(`     ${line}`);

/** Tries every case on an n8n. */
async function tryCases(n8n: RunningN8n): Promise<Column> {
	console.log(`n8n ${n8n.version}`);
	await using bed = await openBed(n8n);
	const results: Result[] = [];
	for (const each of cases) {
		const result = await tryCase(each, bed);
		results.push(result);
		console.log(`  ${result.kind.padEnd(8)}${each.feature}`);
		if (result.kind === 'failed') report(result.reason);
	}
	return { version: n8n.version, results };
}

async function tryCase({ run, needs }: Case, bed: Bed): Promise<Result> {
	try {
		if (needs === undefined || !isOlder(bed.n8n.version, needs.version)) {
			await run(bed);
			return { kind: 'works' };
		}
		await needs.runOnOlder(bed);
		return { kind: 'needs', version: needs.version };
	} catch (error) {
		return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
	} finally {
		await bed.endCase();
	}
}

async function tryVersions(): Promise<Column[]> {
	const columns: Column[] = [];
	for (const version of versions) {
		await using n8n = await N8n.start({
			version,
			env: { N8N_DISABLE_UI: 'true' },
			onProgress: report,
		});
		columns.push(await tryCases(n8n));
	}
	return columns;
}

const running = readRunningN8n();
const columns = running
	? [await tryCases(await connectToRunningN8n(running, report))]
	: await tryVersions();
const table = formatMatrix(
	cases.map(({ feature }) => feature),
	columns,
);
console.log(`\n${table}`);
if (!running) {
	const areas = cases.map(({ area }) => area);
	await writeTable(join(repository, 'docs', 'versions.md'), table);
	await writeTable(join(repository, 'README.md'), formatMatrix(...summarize(areas, columns)));
}
const hasFailed = columns.some(({ results }) =>
	results.some((result) => result?.kind === 'failed'),
);
// Left-over timers of a client must not keep the command running.
process.exit(hasFailed ? 1 : 0);
