import type { WorkflowJson } from '../harness/n8n/api.mts';
import type { Bed } from './bed.mts';
import { outcomeOf, unacknowledged } from './outcome.mts';
import type { QueueScenario } from './scenario.mts';
import { paced, Sender, type Sent } from './sender.mts';
import { countEvents, rsomPayTrigger, type Trigger, writeStaticData } from './workflows.mts';

/** Pairs of triggers of each kind, and events of each trigger. */
const PAIRS = 6;
const EVENTS = 3;

/** Four deliveries at a time: eight a second. */
const EVERY_MS = 500;

/** How long after an event it is repeated, in ms. */
const REPEATED_AFTER_MS = 2_000;

/** A pair of triggers. */
type Pair = readonly [Trigger, Trigger];

/** The workflows of a pair, by what its triggers share. */
const KINDS: Record<string, (pair: Pair, counterUrl: string) => WorkflowJson[]> = {
	'two workflows': (pair, url) => pair.map((trigger) => countEvents(trigger, url)),
	'two triggers in one workflow': (pair, url) => [merge(pair, url)],
	'two workflows that write static data': (pair, url) =>
		pair.map((trigger) => writeStaticData(trigger, url)),
};

/**
 * Pairs of triggers store what they have received, in one workflow, in two, and in two that write static
 * data of their own. The events of a pair come at the same moment, again, and again when the webhook
 * processors have restarted.
 */
export const notes: QueueScenario = {
	name: 'notes',
	description: 'nothing in the static data undoes the notes of a trigger',
	run: async (bed, report) => {
		report('publishing workflows');
		const kinds: Array<[scenario: string, pairs: Pair[]]> = [];
		for (const [scenario, workflowsOf] of Object.entries(KINDS)) {
			const pairs = Array.from({ length: PAIRS * bed.scale }, newPair);
			const workflows = pairs.flatMap((pair) => workflowsOf(pair, bed.counter.url));
			for (const workflow of workflows) await bed.publish(workflow);
			kinds.push([scenario, pairs]);
		}
		const all = kinds.flatMap(([, pairs]) => pairs);
		const sender = await Sender.create(bed, 'alternating');
		report('each event twice');
		const first = await sendToPairs(bed, sender, all, [0, REPEATED_AFTER_MS]);
		await bed.settle(first.map(({ eventId }) => eventId));
		report('each event again after a restart of the webhook processors');
		await Promise.all(bed.cluster.processors.map(async (processor) => await processor.restart()));
		const again = await sendToPairs(bed, sender, all, [0]);
		await bed.settle(again.map(({ eventId }) => eventId));
		return kinds.map(([scenario, pairs]) => {
			const isOf = ({ eventId }: Sent) => pairs.flat().some(({ path }) => eventId.startsWith(path));
			const outcome = outcomeOf([...first, ...again].filter(isOf), bed.counter);
			return {
				scenario,
				balancing: 'alternating',
				...outcome,
				remainder: `at most ${outcome.attempts} attempts`,
				atMost: { lost: 0, twice: 0 },
				broken: unacknowledged(outcome),
			};
		});
	},
};

const newPair = (): Pair => [
	rsomPayTrigger('accepted', 'First'),
	rsomPayTrigger('accepted', 'Second'),
];

/** Sends events to both triggers of a pair at once: of every second pair, to the same processor. */
async function sendToPairs(
	bed: Bed,
	sender: Sender,
	pairs: readonly Pair[],
	copiesAt: readonly number[],
): Promise<Sent[]> {
	const turns = Array.from({ length: EVENTS }, (_, event) =>
		pairs.map((pair, which) => ({ pair, event, areApart: which % 2 === 0 })),
	).flat();
	const sent = await paced(bed, turns, EVERY_MS, async ({ pair, event, areApart }) =>
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
