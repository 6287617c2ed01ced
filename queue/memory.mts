import { setTimeout as sleep } from 'node:timers/promises';
import { chain } from '../harness/workflows.mts';
import type { QueueProcess } from '../harness/queue/process.mts';
import type { Bed } from './bed.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { Sender, type Sent } from './sender.mts';
import { baselineTrigger, rsomPayTrigger, type Trigger } from './workflows.mts';

/**
 * Deliveries to each trigger, one at a time: more than the machine takes would pile up in the memory. And
 * how much more the live heap may grow after the warm-up, beside that of a do-nothing trigger. The short
 * version only finds a leak of 30 kB a delivery and more.
 */
const DELIVERIES = {
	short: { count: 200, everyMs: 300, marginMb: 5 },
	long: { count: 10_000, everyMs: 200, marginMb: 20 },
};

/** How often the memory is printed. */
const REPORTS = 10;

/** The share of the deliveries with which a webhook processor warms up. */
const WARM_UP = 0.2;

const MB = 1024 * 1024;

/** The tables that grow with deliveries, and how large they may become, in MB. */
const TABLES_MB = { workflow_entity: 200, processed_data: 50 } as const;

/** One webhook processor receives our deliveries, the other those of a trigger that does nothing. */
export const memory: QueueScenario = {
	name: 'memory',
	description: 'memory and tables after many deliveries',
	run: async (bed, report) => {
		report('restarting the webhook processors');
		await Promise.all(bed.cluster.processors.map(async (processor) => await processor.restart()));
		const [first, second] = bed.cluster.processors;
		report(`${deliveriesOf(bed).count} deliveries to each`);
		const ours = rsomPayTrigger('accepted');
		const plain = baselineTrigger();
		// Only the trigger, and no execution is stored: workers must not be slower than the processors.
		const settings = { saveDataSuccessExecution: 'none' };
		for (const { node } of [ours, plain]) await bed.publish({ ...chain(node), settings });
		const [used, usedByPlain] = await Promise.all([
			measure(bed, first, 0, ours, (line) => report(`this trigger: ${line}`)),
			measure(bed, second, 1, plain, (line) => report(`trigger that does nothing: ${line}`)),
		]);
		const tables = Object.entries(TABLES_MB).map(
			async ([table, limitMb]) => await tableRow(bed, table, limitMb),
		);
		return [rowOf(used, usedByPlain, deliveriesOf(bed).marginMb), ...(await Promise.all(tables))];
	},
};

const deliveriesOf = ({ scale }: Bed) => (scale > 1 ? DELIVERIES.long : DELIVERIES.short);

/** The memory of a webhook processor at one time, in MB. */
interface Memory {
	/** Its JavaScript objects and their buffers after a garbage collection. */
	heap: number;
	/** All of it, with what n8n keeps for later. */
	rss: number;
}

interface Used {
	sent: Sent[];
	/** After the warm-up. */
	before: Memory;
	after: Memory;
	/** Whether both are of the same process. */
	isSame: boolean;
}

async function measure(
	bed: Bed,
	processor: QueueProcess,
	turn: number,
	{ path }: Trigger,
	report: (line: string) => void,
): Promise<Used> {
	const sender = await Sender.create(bed, 'alternating');
	const { count, everyMs } = deliveriesOf(bed);
	const sent: Sent[] = [];
	const deliverUntil = async (end: number) => {
		while (sent.length < end) {
			const index = sent.length;
			if (index % (count / REPORTS) === 0) {
				report(`${index}, ${(processor.memory() / MB).toFixed(0)} MB`);
			}
			const next = sleep(everyMs * bed.pace);
			sent.push(await sender.deliver(path, `${path}-${index}`, turn));
			await next;
		}
	};
	const sample = async (): Promise<Memory> => {
		const rss = processor.memory() / MB;
		return { heap: (await processor.liveHeap()) / MB, rss };
	};
	await deliverUntil(count * WARM_UP);
	const { pid } = processor;
	const before = await sample();
	await deliverUntil(count);
	return { sent, before, after: await sample(), isSame: processor.pid === pid };
}

function rowOf(ours: Used, plain: Used, marginMb: number): Row {
	const growth = ({ before, after }: Used) => after.heap - before.heap;
	// Where the other one shrinks, ours does not grow for that.
	const more = growth(ours) - Math.max(0, growth(plain));
	const from = (before: number, after: number) => `${before.toFixed(0)} to ${after.toFixed(0)} MB`;
	const describe = ({ before, after }: Used) =>
		`live heap ${from(before.heap, after.heap)}, in all ${from(before.rss, after.rss)}`;
	const lost = ours.sent.filter(({ isAcknowledged }) => !isAcknowledged).length;
	return {
		scenario: 'memory of a webhook processor',
		balancing: '',
		events: ours.sent.length,
		lost,
		twice: 0,
		remainder: `${describe(ours)}; trigger that does nothing: ${describe(plain)}`,
		atMost: { lost: 0 },
		broken: [
			...(more > marginMb ? [`grows by ${more.toFixed(1)} MB more`] : []),
			...(ours.isSame && plain.isSame ? [] : ['a webhook processor has ended']),
		],
	};
}

async function tableRow({ cluster }: Bed, table: string, limitMb: number): Promise<Row> {
	const [[size, live, dead, updates] = []] = await cluster.postgres.query(
		`SELECT pg_total_relation_size(relid), n_live_tup, n_dead_tup, n_tup_upd
		 FROM pg_stat_user_tables WHERE relname = '${table}'`,
	);
	const sizeMb = Number(size) / MB;
	return {
		scenario: `table ${table}`,
		balancing: '',
		events: 0,
		lost: 0,
		twice: 0,
		remainder: `${sizeMb.toFixed(1)} MB, ${live ?? ''} rows, ${dead ?? ''} dead rows, ${updates ?? ''} updates`,
		atMost: {},
		broken: sizeMb <= limitMb ? [] : [`larger than ${limitMb} MB`],
	};
}
