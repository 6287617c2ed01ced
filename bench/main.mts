/**
 * `npm run bench [-- --queue]`: measures the promises about speed, each side by side in one run, and
 * writes the plot of docs/benchmark.md. With `--queue`: those about deliveries on Postgres and in queue
 * mode, without a plot.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupsOf } from './groups.mts';
import { measureLoadTimes } from './loadTime.mts';
import { type Comparison, format, isWithinLimit } from './measure.mts';
import { plot } from './plot.mts';
import { measureOnPostgres } from './postgres.mts';
import { measureQueueMode } from './queueMode.mts';
import { measureOnSqlite } from './sqlite.mts';
import { measureVerification } from './verification.mts';

const PLOT = join(import.meta.dirname, '..', 'docs', 'pictures', 'benchmark.svg');

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--queue')) {
	console.error('npm run bench [-- --queue]');
	process.exit(1);
}

// What runs when this process exits ends the servers and removes their folders.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const report = (line: string) => console.log(line);
const isQueue = args.includes('--queue');
const comparisons: Comparison[] = [];
let failure: string | undefined;
try {
	if (isQueue) {
		// Queue mode first, because it needs most programs: a missing one is noticed at once.
		comparisons.push(...(await measureQueueMode(report)));
		comparisons.push(...(await measureOnPostgres(report)));
	} else {
		comparisons.push(await measureVerification());
		comparisons.push(...(await measureOnSqlite(report)));
	}
} catch (error) {
	failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
}
if (comparisons.length > 0) {
	console.log('\nEach ratio is the first measurement divided by the second.');
	if (!isQueue) console.log('The simulator responds after 50 ms.');
	console.log();
}
for (const comparison of comparisons) console.log(format(comparison));
if (failure !== undefined) console.error(failure);
else if (!isQueue) {
	await writeFile(PLOT, await plot(groupsOf(comparisons)));
	for (const line of await measureLoadTimes()) console.log(line);
}
// Left-over timers of a client must not keep the command running.
process.exit(failure === undefined && comparisons.every(isWithinLimit) ? 0 : 1);
