/** Reads Markdown as GitHub shows it. */
import MarkdownIt, { type Token } from 'markdown-it';

/** A part of a page, and the line in which it begins, from 1. */
export interface Part {
	text: string;
	line: number;
}

/** A cell of a table. */
export interface Cell extends Part {
	/** Whether it has nothing but code. */
	isCode: boolean;
}

/** A code block. */
export interface Fence extends Part {
	/** The word behind the fence, such as `json`. */
	language: string;
}

/** What the checks need to know of a page. */
export interface Markdown {
	headings: Part[];
	links: Part[];
	bold: Part[];
	italics: Part[];
	/** Code within a line. */
	codes: Part[];
	fences: Fence[];
	/** Each as its rows of cells. The first row is the header. */
	tables: Cell[][][];
	/** The text that a reader sees, code included. */
	visible: string;
}

const parser = new MarkdownIt({ html: true, linkify: true });
// GitHub links addresses that begin with https:// only.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/** Parses Markdown, with tables and bare addresses. */
export function parseMarkdown(text: string): Markdown {
	const page: Markdown = {
		headings: [],
		links: [],
		bold: [],
		italics: [],
		codes: [],
		fences: [],
		tables: [],
		visible: '',
	};
	let line = 1;
	let block = '';
	for (const token of parser.parse(text, {})) {
		if (token.map) line = token.map[0] + 1;
		switch (token.type) {
			case 'heading_open':
			case 'th_open':
			case 'td_open':
				block = token.type;
				break;
			case 'heading_close':
			case 'th_close':
			case 'td_close':
				block = '';
				break;
			case 'table_open':
				page.tables.push([]);
				break;
			case 'tr_open':
				page.tables.at(-1)?.push([]);
				break;
			case 'fence':
				page.fences.push({ language: token.info.trim(), text: token.content, line });
				page.visible += `${token.content}\n`;
				break;
			case 'html_block':
				page.links.push(...linksInHtml(token.content, line));
				break;
			case 'inline': {
				const children = token.children ?? [];
				readInline(page, children, line);
				const content = visibleText(children);
				page.visible += `${content}\n`;
				if (block === 'heading_open') page.headings.push({ text: content, line });
				if (block === 'th_open' || block === 'td_open') {
					const isCode = children.every(
						({ type, content: part }) => type === 'code_inline' || /^[\s,]*$/.test(part),
					);
					page.tables.at(-1)?.at(-1)?.push({ text: content.trim(), line, isCode });
				}
			}
		}
	}
	return page;
}

function readInline(page: Markdown, tokens: Token[], firstLine: number): void {
	let line = firstLine;
	tokens.forEach((token, index) => {
		const textUntil = (type: string) => {
			const rest = tokens.slice(index + 1);
			const end = rest.findIndex((other) => other.type === type && other.level === token.level);
			return visibleText(rest.slice(0, end));
		};
		switch (token.type) {
			case 'softbreak':
			case 'hardbreak':
				line++;
				break;
			case 'link_open':
				page.links.push({ text: String(token.attrGet('href') ?? ''), line });
				break;
			case 'image':
				page.links.push({ text: String(token.attrGet('src') ?? ''), line });
				break;
			case 'html_inline':
				page.links.push(...linksInHtml(token.content, line));
				break;
			case 'strong_open':
				page.bold.push({ text: textUntil('strong_close'), line });
				break;
			case 'em_open':
				page.italics.push({ text: textUntil('em_close'), line });
				break;
			case 'code_inline':
				page.codes.push({ text: token.content, line });
		}
	});
}

const visibleText = (tokens: Token[]): string =>
	tokens
		.map(({ type, content }) =>
			type === 'text' || type === 'code_inline' ? content : type.endsWith('break') ? ' ' : '',
		)
		.join('');

function linksInHtml(html: string, line: number): Part[] {
	return [...html.matchAll(/\b(?:href|src|srcset)="([^"]*)"/g)].map(([, text = '']) => ({
		text,
		line,
	}));
}

/** Returns the anchors of a page's headings by GitHub's rules. */
export function anchorsOf({ headings }: Markdown): Set<string> {
	const anchors = new Set<string>();
	for (const { text } of headings) {
		const slug = text
			.toLowerCase()
			.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
			.replaceAll(' ', '-');
		let anchor = slug;
		for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
		anchors.add(anchor);
	}
	return anchors;
}

/** Counts the words that a reader sees: what has a letter or a digit, between spaces. Code counts. */
export function countWords({ visible }: Markdown): number {
	return visible.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
