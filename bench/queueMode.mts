import { availableParallelism } from 'node:os';
import { startCluster } from '../harness/queue/cluster.mts';
import type { Balancing } from '../harness/queue/nginx.mts';
import { BASELINE } from './baseline.mts';
import { compareBytes, compareCpu, compareRates, type Measured } from './deliveryFigures.mts';
import { fillStore } from './load.mts';
import { alternate, type Comparison } from './measure.mts';
import { walBytes, WAL } from './postgres.mts';
import { cpuTime } from './procfs.mts';
import { measureRound, type Meters, type Round } from './round.mts';
import { publishTriggers } from './triggers.mts';

/** Enough for two webhook processors. */
const CONNECTIONS = 16;

const ROUNDS = 20;

/** One for each of two webhook processors and two workers, one for Postgres, one for all else. */
const CORES_NEEDED = 6;

/**
 * Measures deliveries to n8n in queue mode, with one webhook processor and with two behind nginx. nginx
 * selects them in turn, so that one trigger occupies both.
 * @throws Error when a program is missing or does not start.
 */
export async function measureQueueMode(report: (line: string) => void): Promise<Comparison[]> {
	await using cluster = await startCluster(report, BASELINE);
	const { main, nginx, postgres, processors, workers } = cluster;
	const meters: Meters = {
		cpuTime: () => cpuTime([main, ...processors, ...workers].map(({ pid }) => pid)),
		bytesWritten: async () => await walBytes(postgres),
	};
	const triggers = await publishTriggers(main.api);
	await fillStore(nginx.url + triggers.ours.path);
	report('Measuring deliveries in queue mode (about five minutes)');
	const deliverTo =
		(trigger: 'ours' | 'plainV2', balancing: Balancing) => async (): Promise<Round> => {
			await nginx.balance(balancing);
			return await measureRound(nginx.url + triggers[trigger].path, CONNECTIONS, meters);
		};
	const rounds = await alternate(ROUNDS, {
		ours1: deliverTo('ours', 'first only'),
		plain1: deliverTo('plainV2', 'first only'),
		ours2: deliverTo('ours', 'round robin'),
		plain2: deliverTo('plainV2', 'round robin'),
	});
	for (const child of [...processors, ...workers]) {
		if (child.exits > 0) throw new Error(`${child.name} ended by itself:\n${child.log()}`);
	}
	const plain = 'a trigger that does nothing (version 2)';
	return [
		...compareTriggers('1 webhook processor', rounds.ours1, rounds.plain1),
		...compareTriggers('2 webhook processors', rounds.ours2, rounds.plain2),
		compareProcessors('ours', rounds.ours2, rounds.ours1, promise(report)),
		compareProcessors(plain, rounds.plain2, rounds.plain1),
	];
}

function compareTriggers(where: string, ours: Round[], plain: Round[]): Comparison[] {
	const own: Measured = { name: 'ours', rounds: ours };
	const other: Measured = { name: 'a trigger that does nothing (version 2)', rounds: plain };
	return [
		compareRates(where, own, other),
		compareCpu(where, own, other),
		compareBytes(where, WAL, own, other),
	];
}

function compareProcessors(
	trigger: string,
	two: Round[],
	one: Round[],
	limit?: Comparison['limit'],
): Comparison {
	return compareRates(
		`queue mode, ${trigger}`,
		{ name: '2 webhook processors', rounds: two },
		{ name: '1', rounds: one },
		limit,
	);
}

/** What is promised of two processors, if this machine has the cores for it. */
function promise(report: (line: string) => void): Comparison['limit'] {
	const cores = availableParallelism();
	report(`This machine has ${cores} cores.`);
	if (cores >= CORES_NEEDED) return { atLeast: 1.7 };
	report(
		`2 webhook processors take 1.7 times the deliveries of 1 where there are ${CORES_NEEDED} cores. It is not checked here.`,
	);
	return undefined;
}
