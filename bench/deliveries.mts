import type { N8n } from '../harness/n8n/n8n.mts';
import { compareBytes, compareCpu, compareRates, type Measured } from './deliveryFigures.mts';
import { fillStore } from './load.mts';
import { alternate, type Comparison } from './measure.mts';
import { measureRound, type Meters, type Round } from './round.mts';
import { compareStaticData } from './staticData.mts';
import { publishTriggers } from './triggers.mts';

const CONNECTIONS = 8;

const ROUNDS = 40;

/** The n8n that is measured. */
export interface Target {
	n8n: N8n;
	/** Its database, for people: "sqlite". */
	database: string;
	meters: Meters;
	/** Which bytes the meter counts, for people. */
	bytes: string;
}

/**
 * Compares valid deliveries to our trigger with deliveries to a trigger that does nothing, in one
 * process of n8n. The difference to the one of typeVersion 2 is what our trigger adds: mostly storing
 * each event ID.
 */
export async function measureDeliveries({
	n8n,
	database,
	meters,
	bytes,
}: Target): Promise<Comparison[]> {
	const triggers = await publishTriggers(n8n.api);
	await fillStore(n8n.url + triggers.ours.path);
	const deliverTo = (trigger: keyof typeof triggers) => async (): Promise<Round> =>
		await measureRound(n8n.url + triggers[trigger].path, CONNECTIONS, meters);
	const rounds = await alternate(ROUNDS, {
		ours: deliverTo('ours'),
		plain: deliverTo('plain'),
		plainV2: deliverTo('plainV2'),
	});
	const where = `one process on ${database}`;
	const ours: Measured = { name: 'ours', rounds: rounds.ours };
	const others: Measured[] = [
		{ name: 'a trigger that does nothing (version 1)', rounds: rounds.plain },
		{ name: 'a trigger that does nothing (version 2)', rounds: rounds.plainV2 },
	];
	return [
		...others.map((other) => compareRates(where, ours, other, { atLeast: 0.97 })),
		...others.map((other) => compareCpu(where, ours, other)),
		...others.map((other) => compareBytes(where, bytes, ours, other)),
		compareStaticData(where, await n8n.api.staticData(triggers.ours.workflowId)),
	];
}
