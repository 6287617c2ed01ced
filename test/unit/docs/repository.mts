/** The files of the repository that users and developers read. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Markdown, parseMarkdown } from './markdown.mts';

const ROOT = join(import.meta.dirname, '../../..');

/** A file and its text. */
export interface File {
	path: string;
	text: string;
}

/** A Markdown file. */
export interface Page extends File {
	markdown: Markdown;
}

/** Reads a file of the repository. */
export const readFile = (path: string): File => ({
	path,
	text: readFileSync(join(ROOT, path), 'utf8'),
});

/** Parses a Markdown text. */
export const toPage = ({ path, text }: File): Page => ({
	path,
	text,
	markdown: parseMarkdown(text),
});

/** Reads the files that match a pattern. */
export const readFiles = (pattern: string | string[]): File[] =>
	globSync(pattern, { cwd: ROOT }).toSorted().map(readFile);

/** Reads all Markdown files. */
export const readPages = (): Page[] =>
	readFiles(['*.md', 'docs/*.md', 'moyasar/*.md', '.github/**/*.md']).map(toPage);

/** Whether the repository has a file or folder. */
export const exists = (path: string): boolean => existsSync(join(ROOT, path));
