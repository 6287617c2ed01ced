/**
 * `npm run test:queue [-- --long] [-- <name> …]`: runs promises on a real n8n in queue mode, and
 * prints a table.
 */
import { startBed } from './bed.mts';
import { deliveries } from './deliveries.mts';
import { kills } from './kills.mts';
import { memory } from './memory.mts';
import { notes } from './notes.mts';
import { measurePace } from './pace.mts';
import { isKept, type QueueScenario, type Row } from './scenario.mts';
import { toTable } from './table.mts';
import { waiting } from './waiting.mts';

const scenarios: readonly QueueScenario[] = [deliveries, kills, waiting, notes, memory];

const args = process.argv.slice(2);
const isLong = args.includes('--long');
const names = args.filter((arg) => arg !== '--long');
const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown !== undefined) {
	console.error(`There is no scenario "${unknown}". These are:\n`);
	for (const { name, description } of scenarios)
		console.error(`  ${name.padEnd(12)}${description}`);
	process.exit(1);
}

const startedAt = Date.now();
const report = (line: string) =>
	console.log(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(5)} s  ${line}`);
const rows: Row[] = [];
const printRows = () => {
	if (rows.length > 0) console.log(`\n${toTable(rows)}\n`);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => {
		printRows();
		report('Stopped before the end.');
		// What runs when this process exits ends the servers and removes their folders.
		process.exit(1);
	});
}
let failure: string | undefined;
try {
	await using started = new AsyncDisposableStack();
	const bed = await startBed(started, isLong ? 10 : 1, report);
	bed.pace = await measurePace(bed, report);
	for (const scenario of scenarios) {
		if (names.length > 0 && !names.includes(scenario.name)) continue;
		report(`${scenario.name}: ${scenario.description}`);
		rows.push(...(await scenario.run(bed, (line) => report(`  ${line}`))));
	}
} catch (error) {
	failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
}
printRows();
const broken = rows.filter((row) => !isKept(row)).length;
if (failure !== undefined) console.error(failure);
else report(broken === 0 ? 'Every promise is kept.' : `${broken} promises are broken.`);
// Left-over timers of a client must not keep the command running.
process.exit(failure === undefined && broken === 0 ? 0 : 1);
