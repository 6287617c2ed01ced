import type { WorkflowJson } from '../harness/n8n/api.mts';
import type { Bed } from './bed.mts';
import { outcomeOf, unacknowledged } from './outcome.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced, Sender, type Sent } from './sender.mts';
import { countEvents, rsomPayTrigger, type Trigger, writeStaticData } from './workflows.mts';

/** Pairs of triggers, and events of each trigger. */
const PAIRS = 15;
const EVENTS = 3;

const EVERY_MS = 250;

/** How long after an event it is repeated, in ms. */
const REPEATED_AFTER_MS = 2_000;

/**
 * Pairs of triggers store what they have received, in one workflow, in two, and in two that write static
 * data of their own. The events of a pair come at the same moment, again, and again when the webhook
 * processors have restarted.
 */
export const notes: QueueScenario = {
	name: 'notes',
	description: 'nothing in the static data undoes the notes of a trigger',
	run: async (bed, report) => {
		report('two workflows');
		const apart = await runPairs(bed, 'two workflows', async (pair) => {
			for (const trigger of pair) await bed.publish(countEvents(trigger, bed.counter.url));
		});
		report('two triggers in one workflow');
		const together = await runPairs(bed, 'two triggers in one workflow', async (pair) => {
			await bed.publish(merge(pair, bed.counter.url));
		});
		report('workflows that write their own static data');
		const overwritten = await runPairs(bed, 'static data of the workflow', async (pair) => {
			for (const trigger of pair) await bed.publish(writeStaticData(trigger, bed.counter.url));
		});
		return [apart, together, overwritten];
	},
};

async function runPairs(
	bed: Bed,
	scenario: string,
	publish: (pair: readonly Trigger[]) => Promise<void>,
): Promise<Row> {
	const balancing = 'alternating';
	const atMost = { lost: 0, twice: 0 };
	const pairs = Array.from({ length: PAIRS * bed.scale }, () => [
		rsomPayTrigger('accepted', 'First'),
		rsomPayTrigger('accepted', 'Second'),
	]);
	try {
		for (const pair of pairs) await publish(pair);
	} catch (error) {
		// The promise is kept, too, if n8n does not publish such a workflow.
		const remainder = error instanceof Error ? error.message : String(error);
		return { scenario, balancing, events: 0, lost: 0, twice: 0, remainder, atMost };
	}
	const sender = await Sender.create(bed, balancing);
	const first = await sendToPairs(sender, pairs, [0, REPEATED_AFTER_MS]);
	await bed.settle(first.map(({ eventId }) => eventId));
	const before = outcomeOf(first, bed.counter).twice;
	await Promise.all(bed.cluster.processors.map(async (processor) => await processor.restart()));
	const again = await sendToPairs(sender, pairs, [0]);
	await bed.settle(again.map(({ eventId }) => eventId));
	const outcome = outcomeOf([...first, ...again], bed.counter);
	return {
		scenario: `${scenario}, again after 2 s and after a restart`,
		balancing,
		...outcome,
		remainder: `${before} of them twice before the restart`,
		atMost,
		broken: unacknowledged(outcome),
	};
}

/** Sends events to both triggers of a pair at once: of every second pair, to the same processor. */
async function sendToPairs(
	sender: Sender,
	pairs: ReadonlyArray<readonly Trigger[]>,
	copiesAt: readonly number[],
): Promise<Sent[]> {
	const turns = Array.from({ length: EVENTS }, (_, event) =>
		pairs.map((pair, which) => ({ pair, event, areApart: which % 2 === 0 })),
	).flat();
	const sent = await paced(turns, EVERY_MS, async ({ pair, event, areApart }) =>
		Promise.all(
			pair.map(async ({ path }, which) =>
				sender.deliverCopies(path, `${path}-${event}`, copiesAt, event + (areApart ? which : 0)),
			),
		),
	);
	return sent.flat(2);
}

/** A workflow with several triggers, each with a counting node behind it. */
function merge(triggers: readonly Trigger[], counterUrl: string): WorkflowJson {
	const parts = triggers.map((trigger) => countEvents(trigger, counterUrl));
	return {
		name: 'Two triggers',
		nodes: parts.flatMap(({ nodes }) => nodes),
		connections: Object.fromEntries(parts.flatMap((part) => Object.entries(part.connections))),
		settings: { executionOrder: 'v1' },
	};
}
