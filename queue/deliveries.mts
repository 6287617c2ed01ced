import type { Bed } from './bed.mts';
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
}

const SPACINGS_MS = [0, 200, 500, 1_500, 2_200];

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
];

/** The share of the events on each route. With hashing there is less to find. */
const SHARES: Record<'short' | 'long', ReadonlyArray<[Route, number]>> = {
	short: [
		['alternating', 1],
		['hash', 0.5],
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
			const trigger = rsomPayTrigger(each.kind);
			const workflowId = await bed.publish(countEvents(trigger, bed.counter.url, each.query));
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
	await paced(pairs, PAIR_EVERY_MS, async ({ each, eventIds }, turn) => {
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
		const executions = await bed.executions([workflowId]);
		return {
			scenario: name,
			balancing: route,
			...outcome,
			remainder: `${executions} executions, at most ${outcome.attempts} attempts`,
			atMost: { lost: 0, twice: 0 },
			broken: unacknowledged(outcome),
		};
	});
	return await Promise.all(rows);
}
