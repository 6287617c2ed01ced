import { setTimeout as sleep } from 'node:timers/promises';
import type { Balancing } from '../harness/queue/nginx.mts';
import type { Cluster } from '../harness/queue/cluster.mts';
import type { Bed } from './bed.mts';
import { type Outcome, outcomeOf, unacknowledged } from './outcome.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced, Sender, type Sent } from './sender.mts';
import { countEvents, n8nWebhook, rsomPayTrigger, type Trigger } from './workflows.mts';

/** Events of each workflow around one disturbance, and how often one is sent to all. */
const EVENTS = 20;
const EVERY_MS = 400;

/** When the disturbance comes, in ms after the first event. */
const DISTURBED_AT_MS = 3_000;

/** How long a run takes, in ms, so that some run when the disturbance comes. */
const RUN_MS = 500;

/** How long Postgres and Redis are away, in ms. */
const POSTGRES_AWAY_MS = 10_000;
const REDIS_AWAY_MS = 1_000;

/** What happens under load. It returns when all of n8n runs again, or is about to. */
const DISTURBANCES: ReadonlyArray<[name: string, disturb: (cluster: Cluster) => Promise<void>]> = [
	[
		'main killed',
		async ({ main }) => {
			await main.kill();
			await main.restart();
		},
	],
	['webhook processor 1 killed', async ({ processors }) => await processors[0].kill()],
	['webhook processor 2 killed', async ({ processors }) => await processors[1].kill()],
	['worker 1 killed', async ({ workers }) => await workers[0].kill()],
	['worker 2 killed', async ({ workers }) => await workers[1].kill()],
	['Redis restarted', async (cluster) => await restartRedis(cluster, 'SIGTERM')],
	['Redis killed', async (cluster) => await restartRedis(cluster, 'SIGKILL')],
	[
		'Postgres away for 10 s',
		async ({ postgres: { server } }) => {
			await server.end();
			await sleep(POSTGRES_AWAY_MS);
			await server.start();
		},
	],
];

async function restartRedis({ redis: { server } }: Cluster, signal: NodeJS.Signals) {
	await server.end(signal);
	await sleep(REDIS_AWAY_MS);
	await server.start();
}

/** Each process and server ends once under load. */
export const kills: QueueScenario = {
	name: 'kills',
	description: 'each process is killed under load, Redis is killed, Postgres is away',
	run: async (bed, report) => {
		const rows: Row[] = [];
		for (const balancing of ['round robin', 'hash'] as const) {
			rows.push(...(await runAll(bed, balancing, report)));
			// One round of all takes about five minutes.
			if (bed.scale === 1) break;
		}
		return rows;
	},
};

interface Load {
	trigger: Trigger;
	workflowId: string;
	all: Outcome[];
}

async function runAll(bed: Bed, balancing: Balancing, report: (line: string) => void) {
	const prepare = async (trigger: Trigger): Promise<Load> => {
		const workflow = countEvents(trigger, bed.counter.url, { delay: String(RUN_MS) });
		return { trigger, workflowId: await bed.publish(workflow), all: [] };
	};
	const finished = await prepare(rsomPayTrigger('finished'));
	const accepted = await prepare(rsomPayTrigger('accepted'));
	const webhook = await prepare(n8nWebhook());
	const sender = await Sender.create(bed, balancing);
	const rows: Row[] = [];
	for (const [name, disturb] of DISTURBANCES) {
		report(`${name}, ${balancing}`);
		const [ofFinished, ofAccepted, ofWebhook] = await disturbLoad(
			bed,
			sender,
			name,
			[finished, accepted, webhook],
			disturb,
		);
		rows.push(
			rowOf(`${name}, finished`, balancing, ofFinished, { lost: 0 }),
			rowOf(`${name}, accepted`, balancing, ofAccepted, {}, describeWebhook(ofWebhook)),
		);
	}
	return [...rows, totalOf(balancing, accepted, webhook)];
}

async function disturbLoad(
	bed: Bed,
	sender: Sender,
	name: string,
	loads: readonly [Load, Load, Load],
	disturb: (cluster: Cluster) => Promise<void>,
): Promise<[Outcome, Outcome, Outcome]> {
	const sent: Record<string, Sent[]> = {};
	const events = Array.from({ length: EVENTS * Math.sqrt(bed.scale) }, (_, index) => index);
	const disturbed = sleep(DISTURBED_AT_MS).then(async () => await disturb(bed.cluster));
	await paced(events, EVERY_MS, async (index) => {
		await Promise.all(
			loads.map(async ({ trigger, workflowId }) => {
				const eventId = `${workflowId}-${name}-${index}`;
				(sent[workflowId] ??= []).push(await sender.deliver(trigger.path, eventId, index));
			}),
		);
	});
	await disturbed;
	await bed.cluster.ready();
	await bed.settle(
		Object.values(sent).flatMap((each) => each.map(({ eventId }) => eventId)),
		15_000,
	);
	const outcome = ({ workflowId, all }: Load) => {
		const found = outcomeOf(sent[workflowId] ?? [], bed.counter);
		all.push(found);
		return found;
	};
	return [outcome(loads[0]), outcome(loads[1]), outcome(loads[2])];
}

function rowOf(
	scenario: string,
	balancing: Balancing,
	outcome: Outcome,
	atMost: Row['atMost'],
	remainder = '',
): Row {
	const broken = unacknowledged(outcome);
	return { scenario, balancing, ...outcome, remainder, atMost, broken };
}

/** All that was accepted, beside n8n's own Webhook node in the same run. */
function totalOf(balancing: Balancing, accepted: Load, webhook: Load): Row {
	const ours = sum(accepted.all);
	const theirs = sum(webhook.all);
	// Which of two requests is lost is a matter of chance: two standard deviations of the difference.
	const lost = theirs.lost + Math.ceil(2 * Math.sqrt(theirs.lost + ours.lost));
	return rowOf('all of these, accepted', balancing, ours, { lost }, describeWebhook(theirs));
}

function sum(outcomes: readonly Outcome[]): Outcome {
	return outcomes.reduce((a, b) => ({
		events: a.events + b.events,
		lost: a.lost + b.lost,
		twice: a.twice + b.twice,
		unacknowledged: [...a.unacknowledged, ...b.unacknowledged],
		attempts: Math.max(a.attempts, b.attempts),
	}));
}

const describeWebhook = ({ events, lost, twice }: Outcome): string =>
	`n8n's Webhook node: ${lost} of ${events} lost, ${twice} twice`;
