import {
	formatMatrix,
	isOlder,
	replaceTable,
	type Result,
	summarize,
} from '../../../versions/matrix.mts';

describe('formatMatrix', () => {
	test('has a row for each feature and a column for each n8n', () => {
		const table = formatMatrix(
			['Trigger', 'Wait'],
			[
				{ version: '1.123.81', results: [{ kind: 'works' }, { kind: 'needs', version: '2.4' }] },
				{
					version: '2.41.1',
					results: [{ kind: 'failed', reason: 'Timed out' }, { kind: 'works' }],
				},
			],
		);

		expect(table.split('\n')).toStrictEqual([
			'| Feature | n8n 1.123.81               | n8n 2.41.1 |',
			'| ------- | -------------------------- | ---------- |',
			'| Trigger | works                      | FAILS      |',
			'| Wait    | needs n8n 2.4, and says so | works      |',
		]);
	});

	test('says what was not tried', () => {
		expect(formatMatrix(['Trigger'], [{ version: '2.41.1', results: [] }])).toContain('not tried');
	});
});

describe('summarize', () => {
	const works: Result = { kind: 'works' };
	const needs: Result = { kind: 'needs', version: '2.4' };
	const failed: Result = { kind: 'failed', reason: 'Timed out' };

	test('has the worst result of each area', () => {
		const areas = ['A', 'A', 'B', 'B', 'C', 'D'];
		const results = [works, works, needs, failed, needs];

		expect(summarize(areas, [{ version: '2.4.8', results }])).toStrictEqual([
			['A', 'B', 'C', 'D'],
			[{ version: '2.4.8', results: [works, failed, needs, undefined] }],
		]);
	});
});

describe('replaceTable', () => {
	const start = '<!-- npm run test:versions writes the table -->';
	const end = '<!-- end of the table -->';

	test('replaces what is between the markers, each time', () => {
		const once = replaceTable(`# Title\n\n${start}\n\nold\n\n${end}\n\nText\n`, 'new');

		expect(once).toBe(`# Title\n\n${start}\n\nnew\n\n${end}\n\nText\n`);
		expect(replaceTable(once, 'new')).toBe(once);
	});

	test.each([['no markers'], [`${end} ${start}`]])('rejects %j', (document) => {
		expect(() => replaceTable(document, 'new')).toThrow('no markers');
	});
});

test.each([
	['1.123.81', '2.4', true],
	['2.3.6', '2.4', true],
	['2.4.0', '2.4', false],
	['2.41.1', '2.4', false],
	['3.0.0', '2.4', false],
])('n8n %s is older than %s: %s', (version, than, expected) => {
	expect(isOlder(version, than)).toBe(expected);
});
