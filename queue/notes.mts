import type { WorkflowJson } from '../harness/n8n/api.mts';
import type { Bed } from './bed.mts';
import { outcomeOf, unacknowledged } from './outcome.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced, Sender, type Sent } from './sender.mts';
import { countEvents, rsomPayTrigger, type Trigger } from './workflows.mts';

/** Events of each trigger. */
const EVENTS = 15;

const EVERY_MS = 300;

/** How long after an event it is repeated, in ms. */
const REPEATED_AFTER_MS = 2_000;

/**
 * Two triggers store what they have received, in one workflow and in two. Their events come at the
 * same moment, again, and again when the webhook processors have restarted.
 */
export const notes: QueueScenario = {
	name: 'notes',
	description: 'no note of a trigger undoes those of another',
	run: async (bed, report) => {
		const rows: Row[] = [];
		report('two workflows');
		const inTwo = [rsomPayTrigger('accepted'), rsomPayTrigger('accepted')];
		for (const trigger of inTwo) await bed.publish(countEvents(trigger, bed.counter.url));
		rows.push(await runTriggers(bed, 'two workflows', inTwo));
		report('two triggers in one workflow');
		const inOne = [rsomPayTrigger('accepted', 'First'), rsomPayTrigger('accepted', 'Second')];
		try {
			await bed.publish(merge(inOne, bed.counter.url));
		} catch (error) {
			// The promise is kept, too, if n8n does not publish such a workflow.
			const remainder = error instanceof Error ? error.message : String(error);
			const atMost = { lost: 0, twice: 0 };
			const scenario = 'two triggers in one workflow';
			return [
				...rows,
				{ scenario, balancing: '', events: 0, lost: 0, twice: 0, remainder, atMost },
			];
		}
		rows.push(await runTriggers(bed, 'two triggers in one workflow', inOne));
		return rows;
	},
};

async function runTriggers(bed: Bed, name: string, triggers: readonly Trigger[]): Promise<Row> {
	const sender = await Sender.create(bed, 'alternating');
	const events = Array.from({ length: EVENTS * bed.scale }, (_, index) => index);
	const send = async (copiesAt: readonly number[], everyMs: number): Promise<Sent[]> => {
		const sent = await paced(events, everyMs, async (index) =>
			(
				await Promise.all(
					triggers.map(async ({ path }, which) => {
						const eventId = `${path}-${index}`;
						return await sender.deliverCopies(path, eventId, copiesAt, index + which);
					}),
				)
			).flat(),
		);
		return sent.flat();
	};
	const first = await send([0, REPEATED_AFTER_MS], EVERY_MS);
	await bed.settle(first.map(({ eventId }) => eventId));
	const before = outcomeOf(first, bed.counter).twice;
	await Promise.all(bed.cluster.processors.map(async (processor) => await processor.restart()));
	const again = await send([0], EVERY_MS);
	await bed.settle(again.map(({ eventId }) => eventId));
	const outcome = outcomeOf([...first, ...again], bed.counter);
	return {
		scenario: `${name}, repeated after 2 s and after a restart`,
		balancing: 'alternating',
		...outcome,
		remainder: `${before} of them twice before the restart`,
		atMost: { lost: 0, twice: 0 },
		broken: unacknowledged(outcome),
	};
}

/** A workflow with several triggers, each with a counting node behind it. */
function merge(triggers: readonly Trigger[], counterUrl: string): WorkflowJson {
	const parts = triggers.map((trigger) => countEvents(trigger, counterUrl));
	return {
		name: 'Two triggers',
		nodes: parts.flatMap(({ nodes }) => nodes),
		connections: Object.assign({}, ...parts.map(({ connections }) => connections)),
		settings: { executionOrder: 'v1' },
	};
}
