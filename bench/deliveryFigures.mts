import { type Comparison, mean, median, OURS, ratioError } from './measure.mts';
import type { Round } from './round.mts';

/** Rounds of one trigger. */
export interface Measured {
	/** For people: "a trigger that does nothing". */
	name: string;
	rounds: readonly Round[];
}

/** Deliveries a second in each round. */
const ratesOf = ({ rounds }: Measured): number[] =>
	rounds.map(({ delivered, seconds }) => delivered / seconds);

/** CPU time per delivery, in ms. */
function cpuOf({ rounds }: Measured): number {
	const sum = (key: 'cpuMs' | 'delivered') =>
		rounds.reduce((total, round) => total + round[key], 0);
	return sum('cpuMs') / sum('delivered');
}

/** Bytes written per delivery. The median, because a database writes more after each checkpoint. */
const bytesOf = ({ rounds }: Measured): number =>
	median(rounds.map(({ bytes, delivered }) => bytes / delivered));

/** Compares deliveries a second of two triggers. */
export function compareRates(
	where: string,
	ours: Measured,
	other: Measured,
	limit?: Comparison['limit'],
): Comparison {
	const [own, others] = [ratesOf(ours), ratesOf(other)];
	return {
		what: `deliveries a second, ${where}: ${ours.name} and ${other.name}`,
		measured: `${mean(own).toFixed(1)}/s, ${mean(others).toFixed(1)}/s (mean of ${own.length} alternating rounds; standard error of the ratio ${ratioError(own, others).toFixed(3)})`,
		ratio: mean(own) / mean(others),
		limit,
		bars: {
			title: `Deliveries a second, ${where}`,
			lengths: { [OURS]: mean(own), [other.name]: mean(others) },
		},
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
