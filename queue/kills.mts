import { setTimeout as sleep } from 'node:timers/promises';
import type { Balancing } from '../harness/queue/nginx.mts';
import type { Cluster } from '../harness/queue/cluster.mts';
import type { Bed } from './bed.mts';
import { type Outcome, outcomeOf, unacknowledged } from './outcome.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced, PATIENCE_MS, Sender, type Sent } from './sender.mts';
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

/** How long jobs pile up before Redis loses them, in ms. */
const WORKERS_STOPPED_MS = 2_000;

/** How long a sender tries where no lease has to end first, in ms. */
const SHORT_PATIENCE_MS = 60_000;

/** How long it tries in the long version, in ms: ten minutes after the last disturbance, and some. */
const LONG_PATIENCE_MS = 17 * 60_000;

/**
 * How many events may run twice around one disturbance. The counter counts a run when it begins: one that
 * is killed in between is repeated, and counts twice. Of 1,008 events one did so where no run was killed.
 */
const MAX_TWICE = 1;
const MAX_TWICE_WHERE_RUNS_STOP = 4;

/** How many more events than n8n's Webhook node the trigger may lose by chance in the same run. */
const MAX_MORE_LOST = 5;

/** The last response to an event in flight: 503, or none in time (0). */
const IN_FLIGHT_STATUSES: readonly unknown[] = [503, 0];

/** What happens under load. */
interface Disturbance {
	name: string;
	/** Returns when all of n8n runs again, or is about to. */
	disturb(cluster: Cluster): Promise<void>;
	/**
	 * What is lost, if anything. With each of these a processor may never learn how a run ended: its event
	 * is in flight for ten minutes then. `runs`: workflows stop halfway, and a lease has to end. `jobs`: no
	 * worker begins some; judged apart, since it would hide other losses.
	 */
	loses?: 'runs' | 'ends' | 'jobs';
}

const DISTURBANCES: readonly Disturbance[] = [
	{
		name: 'Postgres away for 10 s',
		disturb: async ({ postgres: { server } }) => {
			await server.end();
			await sleep(POSTGRES_AWAY_MS);
			await server.start();
		},
		loses: 'runs',
	},
	{
		name: 'worker 1 killed',
		disturb: async ({ workers }) => await workers[0].kill(),
		loses: 'runs',
	},
	{
		name: 'worker 2 killed',
		disturb: async ({ workers }) => await workers[1].kill(),
		loses: 'runs',
	},
	{
		name: 'main killed',
		disturb: async ({ main }) => {
			await main.kill();
			await main.restart();
		},
	},
	{
		name: 'webhook processor 1 killed',
		disturb: async ({ processors }) => await processors[0].kill(),
	},
	{
		name: 'webhook processor 2 killed',
		disturb: async ({ processors }) => await processors[1].kill(),
	},
	{
		name: 'Redis restarted',
		disturb: async (cluster) => await restartRedis(cluster, 'SIGTERM'),
		loses: 'ends',
	},
	{
		name: 'Redis killed',
		disturb: async (cluster) => await restartRedis(cluster, 'SIGKILL'),
		loses: 'ends',
	},
	{
		name: 'Redis loses jobs',
		disturb: async ({ redis, workers }) => {
			for (const { pid } of workers) process.kill(pid, 'SIGSTOP');
			try {
				await sleep(WORKERS_STOPPED_MS);
				await redis.loseJobs();
			} finally {
				for (const { pid } of workers) process.kill(pid, 'SIGCONT');
			}
		},
		loses: 'jobs',
	},
];

async function restartRedis({ redis: { server } }: Cluster, signal: NodeJS.Signals) {
	await server.end(signal);
	await sleep(REDIS_AWAY_MS);
	await server.start();
}

/** Each process and server ends once under load. */
export const kills: QueueScenario = {
	name: 'kills',
	description:
		'each process is killed under load, Redis is killed and loses jobs, Postgres is away',
	run: async (bed, report) => {
		const rows: Row[] = [];
		for (const balancing of ['round robin', 'hash'] as const) {
			rows.push(...(await runAll(bed, balancing, report)));
			// One round of all takes about five minutes, a long one 20.
			if (bed.scale === 1) break;
		}
		return rows;
	},
};

const LOADS = ['finished', 'accepted', 'webhook'] as const;

/** A workflow for each kind of acknowledgement, and one with n8n's Webhook node. */
type Loads = Record<(typeof LOADS)[number], { trigger: Trigger; workflowId: string }>;

/** The deliveries around one disturbance. */
type Disturbed = Record<keyof Loads, Sent[]> & { disturbance: Disturbance };

async function runAll(bed: Bed, balancing: Balancing, report: (line: string) => void) {
	const prepare = async (trigger: Trigger) => {
		const workflow = countEvents(trigger, bed.counter.url, { delay: String(RUN_MS) });
		return { trigger, workflowId: await bed.publish(workflow) };
	};
	const loads: Loads = {
		finished: await prepare(rsomPayTrigger('finished')),
		accepted: await prepare(rsomPayTrigger('accepted')),
		webhook: await prepare(n8nWebhook()),
	};
	const sender = await Sender.create(bed, balancing);
	const sending: Array<Promise<Disturbed>> = [];
	for (const disturbance of DISTURBANCES) {
		report(`${disturbance.name}, ${balancing}`);
		sending.push(deliverAround(bed, sender, disturbance, loads));
		await sleep(DISTURBED_AT_MS);
		await Promise.all([
			disturbance.disturb(bed.cluster),
			sleep(countOf(bed) * EVERY_MS * bed.pace - DISTURBED_AT_MS),
		]);
		await bed.cluster.ready();
	}
	// A run that a killed worker left behind is repeated up to 90 s later, when the next disturbance has come.
	report('waiting for the last repetitions');
	const all = await Promise.all(sending);
	const sent = all.flatMap((each) => LOADS.flatMap((load) => each[load]));
	await bed.settle(
		sent.map(({ eventId }) => eventId),
		15_000,
	);
	const rows = all.flatMap((disturbed) => {
		const { name, loses } = disturbed.disturbance;
		return [
			finishedRow(bed, disturbed, balancing),
			acceptedRow(bed, `${name}, accepted`, balancing, [disturbed], loses === 'jobs'),
		];
	});
	const others = all.filter(({ disturbance }) => disturbance.loses !== 'jobs');
	const name = 'all where Redis loses no jobs, accepted';
	return [...rows, acceptedRow(bed, name, balancing, others, true)];
}

function patienceOf({ scale }: Bed, { loses }: Disturbance): number {
	if (scale > 1) return LONG_PATIENCE_MS;
	return loses === 'runs' ? PATIENCE_MS : SHORT_PATIENCE_MS;
}

const countOf = ({ scale }: Bed): number => Math.round(EVENTS * Math.sqrt(scale));

async function deliverAround(
	bed: Bed,
	sender: Sender,
	disturbance: Disturbance,
	loads: Loads,
): Promise<Disturbed> {
	const sent: Disturbed = { disturbance, finished: [], accepted: [], webhook: [] };
	const events = Array.from({ length: countOf(bed) }, (_, index) => index);
	const patienceMs = patienceOf(bed, disturbance);
	await paced(bed, events, EVERY_MS, async (index) => {
		await Promise.all(
			LOADS.map(async (load) => {
				const { trigger, workflowId } = loads[load];
				const eventId = `${workflowId}-${disturbance.name}-${index}`;
				sent[load].push(await sender.deliver(trigger.path, eventId, index, patienceMs));
			}),
		);
	});
	return sent;
}

/** Nothing that was acknowledged is lost. A processor that never learns of an end cannot acknowledge it. */
function finishedRow(bed: Bed, { disturbance, finished }: Disturbed, balancing: Balancing): Row {
	const { lost } = outcomeOf(
		finished.filter(({ isAcknowledged }) => isAcknowledged),
		bed.counter,
	);
	const outcome = { ...outcomeOf(finished, bed.counter), lost };
	const twice = disturbance.loses === 'runs' ? MAX_TWICE_WHERE_RUNS_STOP : MAX_TWICE;
	const row = rowOf(`${disturbance.name}, finished`, balancing, outcome, { lost: 0, twice });
	const { unacknowledged, events } = outcome;
	const mayBeInFlight = disturbance.loses && bed.scale === 1 ? events / 4 : 0;
	const areInFlight = unacknowledged.every((statuses) =>
		IN_FLIGHT_STATUSES.includes(statuses.at(-1)),
	);
	if (unacknowledged.length === 0 || unacknowledged.length > mayBeInFlight || !areInFlight)
		return row;
	const seconds = patienceOf(bed, disturbance) / 1_000;
	const remainder = `${unacknowledged.length} in flight for more than ${seconds} s`;
	return { ...row, broken: [], remainder };
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

/**
 * What was accepted, beside n8n's own Webhook node in the same run.
 * @param isCompared whether it may lose no more than that node.
 */
function acceptedRow(
	{ counter }: Bed,
	scenario: string,
	balancing: Balancing,
	disturbed: readonly Disturbed[],
	isCompared = false,
): Row {
	const of = (load: keyof Loads) =>
		outcomeOf(
			disturbed.flatMap((each) => each[load]),
			counter,
		);
	const [ours, theirs] = [of('accepted'), of('webhook')];
	// Which of two requests is lost is a matter of chance: two standard deviations of the difference.
	const more = Math.max(MAX_MORE_LOST, Math.ceil(2 * Math.sqrt(2 * theirs.lost)));
	// Where a claim cannot be made, an event runs without one.
	const atMost = { twice: MAX_TWICE, ...(isCompared && { lost: theirs.lost + more }) };
	return rowOf(scenario, balancing, ours, atMost, describeWebhook(theirs));
}

const describeWebhook = ({ events, lost, twice }: Outcome): string =>
	`n8n's Webhook node: ${lost} of ${events} lost, ${twice} twice`;
