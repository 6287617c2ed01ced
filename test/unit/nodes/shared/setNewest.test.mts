import { setNewest } from '../../../../nodes/shared/setNewest.ts';

test('moves an entry to the end, and deletes the oldest when the map is full', () => {
	const map = new Map([['a', 1]]);
	setNewest(map, 'b', 2, 3);
	setNewest(map, 'c', 3, 3);
	setNewest(map, 'a', 4, 3);
	expect([...map]).toStrictEqual([
		['b', 2],
		['c', 3],
		['a', 4],
	]);

	setNewest(map, 'd', 5, 3);
	expect([...map]).toStrictEqual([
		['c', 3],
		['a', 4],
		['d', 5],
	]);
});
