import { chain } from '../harness/workflows.mts';
import type { QueueProcess } from '../harness/queue/process.mts';
import type { Bed } from './bed.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced, Sender, type Sent } from './sender.mts';
import { baselineTrigger, rsomPayTrigger, type Trigger } from './workflows.mts';

/** Deliveries to each trigger, one at a time. Two cores take few while the processors warm up. */
const DELIVERIES = {
	short: { count: 250, everyMs: 400 },
	long: { count: 10_000, everyMs: 300 },
};

/** How many samples of the memory are taken. The first fifth is the warm-up. */
const SAMPLES = 50;

/** How many of the samples are printed on the way. */
const REPORTS = 10;

/** How much more memory a webhook processor may have after all, beside a do-nothing trigger. */
const MARGIN_MB = 60;

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
		return [rowOf(used, usedByPlain), ...(await Promise.all(tables))];
	},
};

const deliveriesOf = ({ scale }: Bed) => (scale > 1 ? DELIVERIES.long : DELIVERIES.short);

interface Used {
	sent: Sent[];
	/** The memory after the warm-up and at the end, each the mean of some samples, in MB. */
	beginMb: number;
	endMb: number;
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
	const events = Array.from({ length: count }, (_, index) => index);
	const samples: number[] = [];
	const sent = await paced(events, everyMs, async (index) => {
		if (index % (count / SAMPLES) === 0) samples.push(processor.memory() / MB);
		if (index % (count / REPORTS) === 0) report(`${index}, ${samples.at(-1)?.toFixed(0)} MB`);
		return await sender.deliver(path, `${path}-${index}`, turn);
	});
	samples.push(processor.memory() / MB);
	const fifth = SAMPLES / 5;
	return {
		sent,
		beginMb: mean(samples.slice(fifth, 2 * fifth)),
		endMb: mean(samples.slice(-fifth)),
	};
}

function rowOf(ours: Used, plain: Used): Row {
	const growth = ({ beginMb, endMb }: Used) => endMb - beginMb;
	// Where the other one shrinks, ours does not grow for that.
	const more = growth(ours) - Math.max(0, growth(plain));
	const describe = ({ beginMb, endMb }: Used) => `${beginMb.toFixed(0)} to ${endMb.toFixed(0)} MB`;
	const lost = ours.sent.filter(({ isAcknowledged }) => !isAcknowledged).length;
	return {
		scenario: 'memory of a webhook processor',
		balancing: '',
		events: ours.sent.length,
		lost,
		twice: 0,
		remainder: `${describe(ours)}; trigger that does nothing: ${describe(plain)}`,
		atMost: { lost: 0 },
		broken: more > MARGIN_MB ? [`grows by ${more.toFixed(0)} MB more`] : [],
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

const mean = (values: readonly number[]): number =>
	values.reduce((sum, value) => sum + value, 0) / values.length;
