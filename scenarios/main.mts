/** `npm run scenario [-- <name> …]`: runs promises under load and faults on a real n8n. */
import { busyList } from './busy-list.mts';
import { fulfilOnce } from './fulfil-once.mts';
import { lostCallbacks } from './lost-callbacks.mts';
import { missedWebhooks } from './missed-webhooks.mts';
import { moyasarTrigger, moyasarTriggerBacklog } from './moyasar-trigger.mts';
import { strangers } from './strangers.mts';
import { format, isKept, type Scenario } from './scenario.mts';

const scenarios: readonly Scenario[] = [
	busyList,
	fulfilOnce,
	lostCallbacks,
	missedWebhooks,
	moyasarTrigger,
	moyasarTriggerBacklog,
	strangers,
];

const names = process.argv.slice(2);
const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown !== undefined || names.length === 0) {
	if (unknown !== undefined) console.error(`There is no scenario "${unknown}".`);
	console.log('npm run scenario -- <name> …\n');
	for (const { name, description } of scenarios) console.log(`  ${name.padEnd(26)}${description}`);
	process.exit(unknown === undefined ? 0 : 1);
}

let allKept = true;
for (const scenario of scenarios.filter(({ name }) => names.includes(name))) {
	console.log(`${scenario.name}: ${scenario.description}`);
	const figures = await scenario.run((line) => console.log(`     ${line}`));
	for (const figure of figures) console.log(format(figure));
	allKept &&= figures.every(isKept);
}
// Left-over timers of a client must not keep the command running.
process.exit(allKept ? 0 : 1);
