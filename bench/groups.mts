import type { Comparison } from './measure.mts';

/** The bars of one title, by what was measured. */
export type Groups = Map<string, Map<string, number>>;

/** Groups the bars of comparisons by their title. A bar that several of them have comes once. */
export function groupsOf(comparisons: readonly Comparison[]): Groups {
	const groups: Groups = new Map();
	for (const { bars } of comparisons) {
		if (bars === undefined) continue;
		const group = groups.get(bars.title) ?? new Map<string, number>();
		for (const [name, length] of Object.entries(bars.lengths)) group.set(name, length);
		groups.set(bars.title, group);
	}
	return groups;
}
