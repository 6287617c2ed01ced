import type { NodeJson } from '../harness/workflows.mts';
import type { Bed } from './bed.mts';
import type { Counter } from './counter.mts';
import { outcomeOf, unacknowledged } from './outcome.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced, type Route, Sender, type Sent } from './sender.mts';
import { countEvents, type Kind, rsomPayTrigger } from './workflows.mts';

/** Events of each case, 3 copies each. With all shares about 1,000 deliveries in the short version. */
const EVENTS = 20;

/** Two events at the same moment: about eight deliveries a second. Two cores take about twelve. */
const PAIR_EVERY_MS = 800;

/** Events that are repeated in one way. */
interface Case {
	name: string;
	kind: Kind;
	events: number;
	/** When each copy is sent, in ms after the first. */
	copiesAt: readonly number[];
	/** What the workflow calls the counter with. */
	query?: Record<string, string>;
	/** Settings of the trigger node. */
	settings?: Partial<NodeJson>;
}

const SPACINGS_MS = [0, 200, 500, 1_500, 2_200];

/** With these, n8n runs the next node also when the trigger outputs nothing or fails. */
const CONTINUING = { alwaysOutputData: true, onError: 'continueRegularOutput' };

const CASES: readonly Case[] = [
	...SPACINGS_MS.flatMap((ms) =>
		(['accepted', 'finished'] as const).map((kind) => ({
			name: `${ms === 0 ? 'at the same moment' : `${ms / 1_000} s apart`}, ${kind}`,
			kind,
			events: EVENTS,
			copiesAt: [0, ms, 2 * ms],
		})),
	),
	{
		name: 'a workflow of 8 s, again after 5 s, finished',
		kind: 'finished',
		events: 20,
		copiesAt: [0, 5_000],
		query: { delay: '8000' },
	},
	{
		name: 'the first run fails, 2 copies at once, finished',
		kind: 'finished',
		events: 20,
		copiesAt: [0, 0],
		query: { failFirst: 'true' },
	},
	{
		name: 'Always Output Data and On Error: Continue, 0.5 s apart, accepted',
		kind: 'accepted',
		events: 12,
		copiesAt: [0, 500, 1_000],
		settings: CONTINUING,
	},
	{
		name: 'the same, a workflow of 8 s, again after 1 s, finished',
		kind: 'finished',
		events: 12,
		copiesAt: [0, 1_000],
		query: { delay: '8000' },
		settings: CONTINUING,
	},
];

/** The share of the events on each route. With hashing there is less to find. */
const SHARES: Record<'short' | 'long', ReadonlyArray<[Route, number]>> = {
	short: [
		['alternating', 1],
		['hash', 0.3],
	],
	long: [
		['alternating', 0.7],
		['round robin', 0.4],
		['hash', 0.4],
	],
};

/** Every event comes several times, to different webhook processors, and runs once. */
export const deliveries: QueueScenario = {
	name: 'deliveries',
	description: 'every event comes several times',
	run: async (bed, report) => {
		const rows: Row[] = [];
		for (const [route, share] of bed.scale > 1 ? SHARES.long : SHARES.short) {
			report(route);
			rows.push(...(await runCases(bed, route, share)));
		}
		return rows;
	},
};

/** @param share of the events of each case */
async function runCases(bed: Bed, route: Route, share: number): Promise<Row[]> {
	const prepared = await Promise.all(
		CASES.map(async (each) => {
			const { node, ...trigger } = rsomPayTrigger(each.kind);
			const workflow = countEvents(
				{ ...trigger, node: { ...node, ...each.settings } },
				bed.counter.url,
				each.query,
			);
			const workflowId = await bed.publish(workflow);
			return { ...each, path: trigger.path, workflowId, sent: [] as Sent[] };
		}),
	);
	// Pairs of one workflow, whose cases take turns, so that the spaced copies of one meet the others.
	const pairs = prepared
		.flatMap((each) => {
			const count = (each.events * bed.scale * share) / 2;
			return Array.from({ length: count }, (_, index) => ({
				each,
				eventIds: [`${each.workflowId}-${index}-a`, `${each.workflowId}-${index}-b`],
				position: (index + 0.5) / count,
			}));
		})
		.sort((a, b) => a.position - b.position);
	const sender = await Sender.create(bed, route);
	await paced(bed, pairs, PAIR_EVERY_MS, async ({ each, eventIds }, turn) => {
		const sent = await Promise.all(
			eventIds.map(async (eventId, index) =>
				sender.deliverCopies(each.path, eventId, each.copiesAt, turn + index),
			),
		);
		each.sent.push(...sent.flat());
	});
	await bed.settle(pairs.flatMap(({ eventIds }) => eventIds));
	const rows = prepared.map(async ({ name, sent, workflowId }) => {
		const outcome = outcomeOf(sent, bed.counter);
		const executions = (await bed.executions([workflowId])).length;
		return {
			scenario: name,
			balancing: route,
			...outcome,
			remainder: `${executions} executions, at most ${outcome.attempts} attempts`,
			atMost: { lost: 0, twice: 0 },
			broken: [...unacknowledged(outcome), ...withoutEvent(workflowId, bed.counter)],
		};
	});
	return await Promise.all(rows);
}

/** What breaks the promise: n8n has run the node behind a trigger that output nothing. */
function withoutEvent(workflowId: string, { ran }: Counter): string[] {
	const times = ran.get(workflowId)?.length ?? 0;
	return times === 0 ? [] : [`ran ${times} times without an event`];
}
