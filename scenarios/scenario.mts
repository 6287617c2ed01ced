/** A figure that a scenario measured, and the limit that it must keep. */
export interface Figure {
	/** What was measured, with its unit. */
	label: string;
	value: number;
	/** The largest value that keeps the promise. Left out for a figure that is only reported. */
	atMost?: number;
	/** The smallest value that keeps the promise. */
	atLeast?: number;
}

/** A promise of the package, tried under load or faults on a real n8n. */
export interface Scenario {
	/** The argument of `npm run scenario -- <name>`. */
	name: string;
	/** One line for the list of scenarios. */
	description: string;
	/**
	 * Runs the scenario. It starts what it needs on loopback, and stops it.
	 *
	 * @param report prints a line of progress
	 * @returns the figures, in the order in which they are printed
	 */
	run(report: (line: string) => void): Promise<Figure[]>;
}

/** Whether a figure keeps its promise. */
export function isKept({ value, atMost = Infinity, atLeast = -Infinity }: Figure): boolean {
	return value <= atMost && value >= atLeast;
}

/** A figure as a line of text: the value, what it is, the limit, and whether it is kept. */
export function format(figure: Figure): string {
	const { label, value, atMost, atLeast } = figure;
	const limits = [
		atMost !== undefined && `at most ${atMost}`,
		atLeast !== undefined && `at least ${atLeast}`,
	].filter((limit) => limit !== false);
	if (limits.length === 0) return `     ${number(value)}  ${label}`;
	return `${isKept(figure) ? 'ok  ' : 'FAIL'} ${number(value)}  ${label} (${limits.join(', ')})`;
}

const number = (value: number): string =>
	(Number.isInteger(value) ? String(value) : value.toFixed(2)).padStart(8);
