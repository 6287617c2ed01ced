import { readFile, writeFile } from 'node:fs/promises';

/** What became of a case on an n8n. */
export type Result =
	| { kind: 'works' }
	/** The feature needs a newer n8n, and the node said so. */
	| { kind: 'needs'; version: string }
	| { kind: 'failed'; reason: string };

/** The results on one n8n, one for each case. */
export interface Column {
	/** Its version, for example `2.41.1`. */
	version: string;
	results: ReadonlyArray<Result | undefined>;
}

const START = '<!-- npm run test:versions writes the table -->';
const END = '<!-- end of the table -->';

/** Formats the results as a Markdown table, as prettier formats it. */
export function formatMatrix(features: readonly string[], columns: readonly Column[]): string {
	const rows = [
		['Feature', ...columns.map(({ version }) => `n8n ${version}`)],
		...features.map((feature, index) => [
			feature,
			...columns.map(({ results }) => formatResult(results[index])),
		]),
	];
	const widths = rows[0]?.map((_, column) =>
		Math.max(...rows.map((row) => row[column]?.length ?? 0)),
	);
	const line = (cells: string[]) =>
		`| ${cells.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join(' | ')} |`;
	const [head = [], ...body] = rows.map(line);
	return [head, `| ${widths?.map((width) => '-'.repeat(width)).join(' | ') ?? ''} |`, ...body].join(
		'\n',
	);
}

/**
 * Makes one row of the cases of each area: the worst result of them.
 * @param areas the area of each case
 */
export function summarize(
	areas: readonly string[],
	columns: readonly Column[],
): [areas: string[], columns: Column[]] {
	const names = [...new Set(areas)];
	const worstOf = (results: Column['results'], area: string) => {
		const found = areas.flatMap((each, index) => (each === area ? [results[index]] : []));
		if (found.includes(undefined)) return undefined;
		const has = (kind: Result['kind']) => found.find((result) => result?.kind === kind);
		return has('failed') ?? has('needs') ?? has('works');
	};
	return [
		names,
		columns.map(({ version, results }) => ({
			version,
			results: names.map((area) => worstOf(results, area)),
		})),
	];
}

function formatResult(result: Result | undefined): string {
	switch (result?.kind) {
		case 'works':
			return 'works';
		case 'needs':
			return `needs n8n ${result.version}, and says so`;
		case 'failed':
			return 'FAILS';
		case undefined:
			return 'not tried';
	}
}

/**
 * Replaces the table between the two markers of a document.
 * @throws Error when the document has no markers.
 */
export function replaceTable(document: string, table: string): string {
	const [start, end] = [document.indexOf(START), document.indexOf(END)];
	if (start < 0 || end < start) throw new Error('The document has no markers for the table.');
	return `${document.slice(0, start)}${START}\n\n${table}\n\n${document.slice(end)}`;
}

/** Writes the table into a file that has the markers. */
export async function writeTable(path: string, table: string): Promise<void> {
	await writeFile(path, replaceTable(await readFile(path, 'utf8'), table));
}

/** Whether a version is older than another one, of which major and minor are compared. */
export function isOlder(version: string, than: string): boolean {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
	return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
