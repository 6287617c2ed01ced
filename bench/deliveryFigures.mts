import { type Comparison, mean, median } from './measure.mts';
import type { Round } from './round.mts';

/** Rounds of one trigger. */
export interface Measured {
	/** For people: "a trigger that does nothing". */
	name: string;
	rounds: readonly Round[];
}

/** Deliveries a second, as the mean of the rounds. */
export const rateOf = ({ rounds }: Measured): number =>
	mean(rounds.map(({ delivered, seconds }) => delivered / seconds));

/** CPU time per delivery, in ms. */
export function cpuOf({ rounds }: Measured): number {
	const sum = (key: 'cpuMs' | 'delivered') =>
		rounds.reduce((total, round) => total + round[key], 0);
	return sum('cpuMs') / sum('delivered');
}

/** Bytes written per delivery. The median, because a database writes more after each checkpoint. */
export const bytesOf = ({ rounds }: Measured): number =>
	median(rounds.map(({ bytes, delivered }) => bytes / delivered));

/** Compares deliveries a second of two triggers. */
export function compareRates(
	where: string,
	ours: Measured,
	other: Measured,
	limit?: Comparison['limit'],
): Comparison {
	return {
		what: `deliveries a second, ${where}: ${ours.name} and ${other.name}`,
		measured: `${rateOf(ours).toFixed(1)}/s, ${rateOf(other).toFixed(1)}/s (mean of ${ours.rounds.length} alternating rounds)`,
		ratio: rateOf(ours) / rateOf(other),
		limit,
	};
}

/** Compares the CPU time per delivery of two triggers. */
export function compareCpu(where: string, ours: Measured, other: Measured): Comparison {
	return {
		what: `CPU time of n8n per delivery, ${where}: ${ours.name} and ${other.name}`,
		measured: `${cpuOf(ours).toFixed(1)} ms, ${cpuOf(other).toFixed(1)} ms`,
		ratio: cpuOf(ours) / cpuOf(other),
	};
}

/**
 * Compares the bytes written per delivery of two triggers.
 * @param which says which bytes are counted
 */
export function compareBytes(
	where: string,
	which: string,
	ours: Measured,
	other: Measured,
): Comparison {
	const [own, others] = [bytesOf(ours), bytesOf(other)];
	return {
		what: `${which} per delivery, ${where}: ${ours.name} and ${other.name}`,
		measured: `${kB(own)}, ${kB(others)}: ${kB(own - others)} more`,
		ratio: own / others,
	};
}

/** A number of bytes as text. */
export const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
