import type { Cell, Markdown } from './markdown.mts';
import type { PanelName, Subject } from './panel.mts';
import type { Page } from './repository.mts';

/** What a page may name. */
export interface Vocabulary {
	/** The names of all panels. */
	names: readonly PanelName[];
	/** Names that have no values: nodes, outputs, buttons, workflows to import, terms of n8n. */
	titles: readonly string[];
	/** The texts of the package's messages. Where they name the service is left open. */
	messages: readonly string[];
}

/** The header of a column with names of fields. A column of values has the name of their field. */
const FIELDS = ['Field', 'Option'];

/** A shorter part of a message occurs by chance. */
const MIN_MESSAGE = 10;

/**
 * Finds what is in a panel and on no page of its subject. A page names what is bold, in italics, in code,
 * or in a column of a table that has the name of a field, or `Field` or `Option`.
 */
export function findUnnamed(subjects: readonly Subject[], pages: readonly Page[]): string[] {
	const columns = columnsOf(subjects.flatMap(({ names }) => names));
	return subjects.flatMap(({ title, pages: paths, names, codes }) => {
		const described = pages
			.filter(({ path }) => paths.includes(path))
			.map(({ markdown }) => markdown);
		const inCode = new Set(described.flatMap((page) => page.codes.map(({ text }) => text)));
		const named = new Set(described.flatMap((page) => namedIn(page, columns)));
		const unnamed = names.map(({ name }) => name).filter((name) => !named.has(name));
		return [...new Set([...unnamed, ...codes])]
			.filter((name) => !inCode.has(name))
			.map((name) => `${paths.join(', ')}: ${title} has "${name}"`);
	});
}

/** The headers of columns that name something: a field that has values, and `FIELDS`. */
const columnsOf = (names: readonly PanelName[]): ReadonlySet<string> =>
	new Set([...FIELDS, ...names.flatMap(({ of }) => of)]);

function namedIn({ bold, italics, tables }: Markdown, columns: ReadonlySet<string>): string[] {
	const emphasized = [...bold, ...italics].flatMap(({ text }) => [text, ...text.split(': ')]);
	return [
		...emphasized,
		...nameCells(tables, columns).flatMap(({ header, cell }) => [header, ...namesOfCell(cell)]),
	];
}

const nameCells = (tables: Cell[][][], columns: ReadonlySet<string>) =>
	tables.flatMap(([header = [], ...rows]) =>
		rows.flatMap((row) =>
			row.flatMap((cell, index) => {
				const { text = '' } = header[index] ?? {};
				return columns.has(text) && !cell.isCode ? [{ header: text, cell }] : [];
			}),
		),
	);

/** Without a remark in brackets, such as `(default)`. */
const namesOfCell = ({ text }: Cell): string[] => text.replace(/ \([a-z][^)]*\)$/, '').split(', ');

/**
 * Finds what a page names and no panel shows. Bold is a name, or a sentence that ends with a full stop.
 * In italics is a name, or a message of the package. A name may be that of a field with its value
 * (`Field: Value`), and a path (`Settings → Install`). On the page of a subject, a column `Field` or
 * `Option` has fields of that subject, and a column of values those of the field in its header.
 */
export function findUnknown(
	{ path, markdown }: Page,
	subjects: readonly Subject[],
	{ names, titles, messages }: Vocabulary,
): string[] {
	const isName = (text: string) => titles.includes(text) || names.some(({ name }) => name === text);
	const isValueOf = (value: string, field: string) =>
		names.some(({ name, of }) => name === value && of.includes(field));
	const isPair = (text: string) => {
		const [, field = '', value = ''] = /^(.+?): (.+)$/.exec(text) ?? [];
		return isValueOf(value, field);
	};
	const isKnown = (text: string) => isName(text) || isPair(text) || text.split(' → ').every(isName);
	const isMessage = (text: string) => {
		const quoted = [...text.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
		const parts = text
			.split(/…|\d+|'[^']+'|\b(?:RsomPay|Moyasar)\b/)
			.map((part) => part.trim())
			.filter((part) => /\p{L}/u.test(part));
		return (
			quoted.every(isName) &&
			(quoted.length > 0 || parts.some(({ length }) => length >= MIN_MESSAGE)) &&
			parts.every((part) => messages.some((message) => message.includes(part)))
		);
	};
	const ownNames = subjects
		.filter(({ pages }) => pages.includes(path))
		.flatMap((subject) => subject.names);
	const ownFields = ownNames.filter(({ of }) => of.length === 0).map(({ name }) => name);
	const isInColumn = (name: string, header: string) => {
		if (ownNames.length === 0) return isKnown(name);
		return FIELDS.includes(header) ? ownFields.includes(name) : isValueOf(name, header);
	};
	const unknown = [
		...markdown.bold.filter(({ text }) => !isKnown(text) && !text.endsWith('.')),
		...markdown.italics.filter(({ text }) => !isKnown(text) && !isMessage(text)),
		...nameCells(markdown.tables, columnsOf(names))
			.filter(({ header, cell }) => !namesOfCell(cell).every((name) => isInColumn(name, header)))
			.map(({ cell }) => cell),
	];
	return unknown.map(({ line, text }) => `${path}:${line}: "${text}" is no name`);
}

/** Finds the numbers whose row of a table does not state their default and range. */
export function findWrongRanges(subjects: readonly Subject[], pages: readonly Page[]): string[] {
	return subjects.flatMap(({ pages: paths, names }) => {
		const rows = pages
			.filter(({ path }) => paths.includes(path))
			.flatMap(({ markdown }) => markdown.tables.flat());
		return names.flatMap(({ name, range }) => {
			if (range === undefined) return [];
			const isStated = rows.some(
				([field, ...cells]) =>
					field?.text === name && cells.some(({ text }) => text.includes(range)),
			);
			return isStated ? [] : [`${paths.join(', ')}: ${name} is ${range}`];
		});
	});
}

/** Finds the terms that no page uses. */
export function findUnused(terms: readonly string[], pages: readonly Page[]): string[] {
	const used = new Set(
		pages.flatMap(({ markdown: { bold, italics } }) =>
			[...bold, ...italics].flatMap(({ text }) => [text, ...text.split(' → ')]),
		),
	);
	return terms.filter((term) => !used.has(term));
}

/** Finds the cells of tables with more words than one reads at a glance. */
export function findLongCells({ path, markdown }: Page, maxWords: number): string[] {
	return markdown.tables.flat(2).flatMap(({ line, text }) => {
		const { length } = text.split(/\s+/);
		return length > maxWords ? [`${path}:${line}: ${length} words: ${text}`] : [];
	});
}
