import type { Counter } from './counter.mts';
import type { Sent } from './sender.mts';

/** What became of the deliveries of some events. */
export interface Outcome {
	events: number;
	/** Events that did not run. */
	lost: number;
	/** Events that ran more than once. */
	twice: number;
	/** The statuses of each delivery that was never acknowledged; 0 for no response. */
	unacknowledged: number[][];
	/** The most attempts that a delivery took. */
	attempts: number;
}

/** Compares what was sent with what has run. */
export function outcomeOf(sent: readonly Sent[], { ran }: Counter): Outcome {
	const ids = [...new Set(sent.map(({ eventId }) => eventId))];
	const times = (id: string) => ran.get(id)?.length ?? 0;
	return {
		events: ids.length,
		lost: ids.filter((id) => times(id) === 0).length,
		twice: ids.filter((id) => times(id) > 1).length,
		unacknowledged: sent
			.filter(({ isAcknowledged }) => !isAcknowledged)
			.map(({ statuses }) => statuses),
		attempts: Math.max(0, ...sent.map(({ statuses }) => statuses.length)),
	};
}

/** What breaks every promise: a delivery that is never acknowledged. */
export function unacknowledged({ unacknowledged: [first, ...others] }: Outcome): string[] {
	if (first === undefined) return [];
	return [`${others.length + 1} deliveries never acknowledged, one with ${first.join(' ')}`];
}
