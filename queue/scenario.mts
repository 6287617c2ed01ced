import type { Bed } from './bed.mts';

/** A line of the table: what became of some events. */
export interface Row {
	scenario: string;
	/** How the webhook processor of each request was selected. */
	balancing: string;
	events: number;
	/** Events that did not run. Around a kill, and with "finished", only those that were acknowledged. */
	lost: number;
	/** Events that ran more than once. */
	twice: number;
	/** What else happened, as text. */
	remainder: string;
	/** The promise. A number that has no limit is only reported. */
	atMost: { lost?: number; twice?: number };
	/** What else breaks the promise. */
	broken?: string[];
}

/** A situation of queue mode that the package must come through. */
export interface QueueScenario {
	/** The argument of `npm run test:queue -- <name>`. */
	name: string;
	description: string;
	/** @param report prints a line of progress */
	run(bed: Bed, report: (line: string) => void): Promise<Row[]>;
}

/** Whether a row keeps its promise. */
export function isKept({ lost, twice, atMost, broken = [] }: Row): boolean {
	const { lost: mayBeLost = Infinity, twice: mayBeTwice = Infinity } = atMost;
	return lost <= mayBeLost && twice <= mayBeTwice && broken.length === 0;
}
