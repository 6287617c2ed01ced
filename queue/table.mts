import { isKept, type Row } from './scenario.mts';

const HEADINGS = ['', 'scenario', 'balancing', 'events', 'lost', 'ran twice', 'remainder'];

/** The rows as a Markdown table. The limits are in brackets. */
export function toTable(rows: readonly Row[]): string {
	const cells = [HEADINGS, ...rows.map(cellsOf)];
	const widths = HEADINGS.map((_, column) =>
		Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
	);
	const line = (row: readonly string[]) =>
		`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
	const [headings = '', ...body] = cells.map(line);
	return [headings, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

function cellsOf(row: Row): string[] {
	const { scenario, balancing, events, lost, twice, remainder, atMost, broken = [] } = row;
	return [
		isKept(row) ? 'ok' : 'FAIL',
		scenario,
		balancing,
		String(events),
		withLimit(lost, atMost.lost),
		withLimit(twice, atMost.twice),
		[remainder, ...broken].filter((text) => text !== '').join('; '),
	];
}

const withLimit = (value: number, limit: number | undefined) =>
	limit === undefined ? String(value) : `${value} (${limit})`;
