import type { Comparison } from '../../../bench/measure.mts';
import { groupsOf } from '../../../bench/groups.mts';

const comparison = (bars?: Comparison['bars']): Comparison => ({
	what: 'anything',
	measured: '2 ms, 4 ms',
	ratio: 0.5,
	...(bars && { bars }),
});

const comparisons = [
	comparison({ title: 'Creates, in ms', lengths: { 'this package': 2, 'plain axios': 1.5 } }),
	comparison(),
	comparison({ title: 'Creates, in ms', lengths: { 'this package': 2, 'HTTP Request node': 4 } }),
	comparison({ title: 'Verifying, in µs', lengths: { 'this package': 3.61, 'a bare HMAC': 3.3 } }),
];

test('comparisons of one title share a group, and their common bar comes once', () => {
	const groups = [...groupsOf(comparisons)].map(([title, bars]) => [title, [...bars]]);
	expect(groups).toStrictEqual([
		[
			'Creates, in ms',
			[
				['this package', 2],
				['plain axios', 1.5],
				['HTTP Request node', 4],
			],
		],
		[
			'Verifying, in µs',
			[
				['this package', 3.61],
				['a bare HMAC', 3.3],
			],
		],
	]);
});
