import fc from 'fast-check';

import { whereJsonBreaks } from '../../../../nodes/shared/jsonError.ts';

test.each([
	['', 'the end is missing'],
	['[{', 'the end is missing'],
	['[{ "a": 1 }', 'the end is missing'],
	['[{ "a": 1 } ', 'the end is missing'],
	['text', 'look at line 1, column 1'],
	['[1,]', 'look at line 1, column 4'],
	['[{ a: 1 }]', 'look at line 1, column 4'],
	["[{ 'a': 1 }]", 'look at line 1, column 4'],
	['[{ "a" 1 }]', 'look at line 1, column 8'],
	['[{ "a": 1 "b": 2 }]', 'look at line 1, column 11'],
	['[{ "a": 01 }]', 'look at line 1, column 10'],
	['[{ "a": TRUE }]', 'look at line 1, column 9'],
	['[\n  { "a": 1, }\n]', 'look at line 2, column 13'],
	['[\r\n  { "a": "open }\r\n]', 'look at line 2, column 10'],
	['[\n] x', 'look at line 2, column 3'],
])('%j: %s', (text, expected) => {
	expect(whereJsonBreaks(text)).toBe(expected);
});

test('reads everything that JSON.parse reads, and reports what was put in between', () => {
	fc.assert(
		fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
			const json = JSON.stringify([value], null, 1);
			expect(whereJsonBreaks(json)).toBe('the end is missing');
			const lines = json.split('\n');
			expect(whereJsonBreaks(`${json} §`)).toBe(
				`look at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 2}`,
			);
		}),
	);
});

test('stops in a text that nests without end', () => {
	expect(whereJsonBreaks('['.repeat(100_000))).toBe('look at line 1, column 102');
});
