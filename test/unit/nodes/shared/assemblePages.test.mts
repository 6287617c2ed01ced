import { assemblePages, type Snapshot } from '../../../../nodes/shared/assemblePages.ts';

/** Pages of two records, in the order in which they arrive: page, records, total and round. */
const assemble = (...pages: Array<[page: number, records: string, total: number, round: number]>) =>
	assemblePages(
		pages.map(([page, records, total, round]): Snapshot<string> => {
			return { page, records: Array.from(records), total, lastPage: Math.ceil(total / 2), round };
		}),
		(record) => record,
	);

test('pages of one state are whole, in whatever order they arrive', () => {
	expect(assemble([1, 'ab', 5, 0], [3, 'e', 5, 1], [2, 'cd', 5, 1])).toMatchObject({
		records: Array.from('abcde'),
		isWhole: true,
		torn: [],
	});
});

test('pages with a record in common are linked', () => {
	expect(assemble([1, 'ab', 3, 0], [2, 'bc', 4, 1])).toMatchObject({
		records: Array.from('abc'),
		isWhole: true,
	});
});

test('a record that has moved to an earlier page leaves a gap, which the two pages close', () => {
	type Pages = Parameters<typeof assemble>;
	const read: Pages = [
		[1, 'ab', 6, 0],
		[2, 'de', 5, 1],
		[3, 'f', 5, 1],
	];
	const torn = assemble(...read);
	expect(torn).toMatchObject({ records: Array.from('ab'), isWhole: false, torn: [1, 2] });
	expect(torn.all.toSorted()).toStrictEqual(Array.from('abdef'));

	const again: Pages = [
		[1, 'bc', 5, 2],
		[2, 'de', 5, 2],
	];
	expect(assemble(...read, ...again)).toMatchObject({
		records: Array.from('abcdef'),
		isWhole: true,
	});
});

test('a record that has moved to a later page leaves a gap, which that page closes', () => {
	// Page 1 is read after page 2 although both were requested at the same time.
	expect(assemble([2, 'cd', 4, 0], [1, 'na', 5, 0])).toMatchObject({
		records: Array.from('na'),
		isWhole: false,
		torn: [2],
	});
	expect(assemble([2, 'cd', 4, 0], [1, 'na', 5, 0], [2, 'bc', 5, 1])).toMatchObject({
		records: Array.from('nabcd'),
		isWhole: true,
	});
});

test('a page does not continue one that was read later, although the total is the same', () => {
	// "n" is new, "d" has left, and "b" has moved from page 1 to page 2.
	expect(assemble([2, 'cd', 4, 0], [1, 'na', 4, 1])).toMatchObject({ isWhole: false, torn: [2] });
});

test('a page does not continue one of an earlier state with the same total', () => {
	// "a" has left, which moved "c" to page 1; then "z" has entered.
	expect(assemble([1, 'ab', 6, 0], [3, 'f', 5, 1], [2, 'de', 6, 2])).toMatchObject({
		isWhole: false,
		torn: [1, 2, 3],
	});
});

test('a page that is no longer followed by another one is read again', () => {
	expect(assemble([1, 'ab', 4, 0], [2, 'bc', 5, 1], [1, 'ab', 4, 2])).toMatchObject({
		isWhole: false,
		torn: [2],
	});
});

test('fewer records than the total are not whole', () => {
	expect(assemble([1, 'ab', 4, 0], [2, 'c', 4, 1])).toMatchObject({ isWhole: false, torn: [] });
});

test('a record that came and went unseen may be missing', () => {
	// The list was "abxc". "n" and "m" are new, and "x" has left.
	expect(assemble([1, 'ab', 4, 0], [2, 'ab', 5, 1], [3, 'c', 5, 1])).toMatchObject({
		records: Array.from('abc'),
		isWhole: true,
	});
});

test('the newest version of a record is returned, and its first place', () => {
	const snapshot = (page: number, records: string[], total: number): Snapshot<string> => {
		return { page, records, total, lastPage: 2, round: page };
	};
	const { records } = assemblePages(
		[snapshot(1, ['a paid', 'b paid'], 3), snapshot(2, ['b refunded', 'c paid'], 4)],
		([id = '']) => id,
	);

	expect(records).toStrictEqual(['a paid', 'b refunded', 'c paid']);
});
